/** OAuth without a person: the client's own secret or key for a token, from the one authorization server that is named. */
import type { OAuthClientProvider } from '@modelcontextprotocol/client';
import type { ClientCredentialsAuth } from '../../config/auth-types.ts';
import type { HttpServerConfig } from '../../config/types.ts';
import { messageOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { AuthError, scopeWanted } from './auth-error.ts';
import { authorizationFetch } from './authorization-fetch.ts';
import { readKey, readSecret } from './client-proof.ts';
import { LiveSecrets } from './live-secrets.ts';
import { type Issued, OwnToken } from './own-token.ts';
import type { Credentials, Refusal } from './port.ts';

export class ClientCredentials implements Credentials {
  readonly secrets = new LiveSecrets();
  readonly #auth: ClientCredentialsAuth;
  readonly #url: string;
  readonly #limits: Limits;
  readonly #token = new OwnToken(() => this.#issue());
  /** Where the server says what it is; known once it has refused something. */
  #resourceMetadataUrl: URL | undefined;

  constructor({ url }: HttpServerConfig, auth: ClientCredentialsAuth, limits: Limits) {
    this.#auth = auth;
    this.#url = url;
    this.#limits = limits;
  }

  token(): Promise<string> {
    return this.#token.get();
  }

  async renew(refusal: Refusal): Promise<string> {
    if (refusal.status === 403) throw this.explain(refusal);
    this.#resourceMetadataUrl = refusal.challenge.resourceMetadataUrl;
    return this.#token.getAfter(refusal.token);
  }

  explain({ status, challenge }: Refusal): AuthError {
    const { issuer, clientId } = this.#auth;
    const what = status === 403 ? 'does not permit this' : 'is refused';
    return new AuthError(
      `the token that ${issuer} gave the client "${clientId}" ${what} (HTTP ${status})${scopeWanted(challenge)}`,
      'Check "scope" and "issuer" of "auth", and what that client may do.',
    );
  }

  async #issue(): Promise<Issued> {
    const { issuer, scope } = this.#auth;
    const sdk = await import('@modelcontextprotocol/client');
    const fetchFn = authorizationFetch(this.#limits);
    const provider = await this.#provider();
    try {
      const metadata = await sdk.discoverAuthorizationServerMetadata(issuer, { fetchFn });
      if (!metadata) throw new Error('it has no metadata at any of the known places');
      const resource = await this.#resource(sdk, fetchFn);
      const tokens = await sdk.fetchToken(provider, issuer, {
        ...{ metadata, resource, fetchFn },
        ...(scope !== undefined && { scope }),
      });
      this.secrets.add(tokens.access_token);
      return { token: tokens.access_token, lifeSeconds: tokens.expires_in };
    } catch (error) {
      const said = error instanceof sdk.OAuthError ? `${error.code}: ${messageOf(error)}` : messageOf(error);
      throw new AuthError(
        `no token is to be had at ${issuer}: ${said}`,
        'Check "issuer", "client_id" and the secret or key of "auth".',
        error,
      );
    }
  }

  async #provider(): Promise<OAuthClientProvider> {
    const { ClientCredentialsProvider, PrivateKeyJwtProvider } = await import('@modelcontextprotocol/client');
    const { clientId, issuer, proof, scope } = this.#auth;
    const common = { clientId, expectedIssuer: issuer, ...(scope !== undefined && { scope }) };
    if ('keyFile' in proof) {
      const privateKey = await readKey(proof.keyFile);
      return new PrivateKeyJwtProvider({ ...common, privateKey, algorithm: proof.algorithm });
    }
    return new ClientCredentialsProvider({ ...common, clientSecret: await readSecret(proof, this.secrets) });
  }

  /** Which server the token is for, in its own words where it has some. */
  async #resource(
    sdk: typeof import('@modelcontextprotocol/client'),
    fetchFn: ReturnType<typeof authorizationFetch>,
  ): Promise<string> {
    const where = this.#resourceMetadataUrl && { resourceMetadataUrl: this.#resourceMetadataUrl };
    const metadata = await sdk
      .discoverOAuthProtectedResourceMetadata(this.#url, where, fetchFn)
      .catch(() => undefined);
    const own = sdk.resourceUrlFromServerUrl(this.#url);
    if (!metadata) return own.href;
    if (!sdk.checkResourceAllowed({ requestedResource: own, configuredResource: metadata.resource })) {
      throw new Error(`the server says that it is ${metadata.resource}, which it is not`);
    }
    return metadata.resource;
  }
}
