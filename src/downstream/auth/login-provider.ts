/** One login under way, as the SDK sees it: what it found, made and was given stays here until all is done. */
import { randomBytes } from 'node:crypto';
import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import type { OAuthAuth } from '../../config/auth-types.ts';
import type { Kept } from './token-file.ts';

export interface LoginProviderOptions {
  readonly auth: OAuthAuth;
  readonly redirectUrl: string;
  readonly discovery: OAuthDiscoveryState;
  /** Of the login before. */
  readonly kept: Kept | undefined;
  /** What is to be asked for. */
  readonly scope: string | undefined;
}

export class LoginProvider implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadataUrl?: string;
  readonly clientMetadata: OAuthClientMetadata;
  /** Absent where the configuration says who we are: then nothing is registered, nor sent to another issuer than before. */
  readonly saveClientInformation?: (client: StoredOAuthClientInformation) => void;
  readonly stateText = randomBytes(32).toString('base64url');
  authorizationUrl: URL | undefined;
  client: StoredOAuthClientInformation | undefined;
  issued: StoredOAuthTokens | undefined;
  resource: string | undefined;
  #discovery: OAuthDiscoveryState;
  #verifier = '';

  constructor({ auth, redirectUrl, discovery, kept, scope }: LoginProviderOptions) {
    this.redirectUrl = redirectUrl;
    this.#discovery = discovery;
    if (auth.clientMetadataUrl !== undefined) this.clientMetadataUrl = auth.clientMetadataUrl;
    this.clientMetadata = {
      client_name: 'MCP Tools Orchestrator',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...methodFor(discovery),
    };
    if (auth.clientId !== undefined) {
      const issuer = kept?.client?.client_id === auth.clientId ? kept.client.issuer : undefined;
      this.client = {
        client_id: auth.clientId,
        ...(auth.clientSecret !== undefined && { client_secret: auth.clientSecret }),
        ...(issuer !== undefined && { issuer }),
      };
    } else {
      this.client = mayServe(kept?.client, this, scope) ? kept?.client : undefined;
      this.saveClientInformation = (client) => {
        this.client = client;
      };
    }
  }

  state(): string {
    return this.stateText;
  }

  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.client;
  }

  /** None: a login is for new ones. */
  tokens(): StoredOAuthTokens | undefined {
    return this.issued;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.issued = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.authorizationUrl = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  saveResourceUrl(url: string): void {
    this.resource = url;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }

  discoveryState(): OAuthDiscoveryState {
    return this.#discovery;
  }

  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (scope === 'all' || scope === 'client') this.client = undefined;
  }
}

/** A program on a desktop keeps no secret: none is asked for where the server does without. */
function methodFor({ authorizationServerMetadata: metadata }: OAuthDiscoveryState) {
  const methods = metadata?.token_endpoint_auth_methods_supported;
  return methods === undefined || methods.includes('none') ? { token_endpoint_auth_method: 'none' } : {};
}

/**
 * An address of a metadata document serves anywhere; what was registered serves for the address and the scopes that it
 * was registered with.
 */
function mayServe(
  client: StoredOAuthClientInformation | undefined,
  { redirectUrl, clientMetadataUrl }: { redirectUrl: string; clientMetadataUrl?: string },
  scope: string | undefined,
): boolean {
  if (!client) return false;
  if (!('redirect_uris' in client)) return client.client_id === clientMetadataUrl;
  const registered = typeof client.scope === 'string' ? client.scope.split(' ') : undefined;
  if (registered && scope?.split(' ').some((one) => !registered.includes(one))) return false;
  return Array.isArray(client.redirect_uris) && client.redirect_uris.includes(redirectUrl);
}
