/**
 * A login at a server by OAuth 2.1: authorization code with PKCE, by the browser of whoever sits here, and back over a
 * loopback address. What comes of it is kept for all later runs.
 */
import type { OAuthDiscoveryState } from '@modelcontextprotocol/client';
import { messageOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Fetch } from '../http-fetch.ts';
import { AuthError } from './auth-error.ts';
import { authorizationFetch } from './authorization-fetch.ts';
import { LoginProvider } from './login-provider.ts';
import { type Loopback, openLoopback } from './loopback.ts';
import { type Kept, type Login, type OAuthServer, tokenFileOf } from './token-file.ts';

export interface LoginOptions {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Shows the address to the person who is to agree. Waited for no longer than they need. */
  show(url: URL): void | Promise<void>;
}

type Sdk = typeof import('@modelcontextprotocol/client');

/** @throws AuthError with what was wrong; the signal's reason where it fired */
export async function logIn(config: OAuthServer, options: LoginOptions): Promise<Kept> {
  const { auth, name } = config;
  const file = tokenFileOf(config, options.limits);
  if (!file) {
    throw new AuthError(
      'there is no folder to keep its login in: this user has no home folder',
      'Set HOME, or XDG_STATE_HOME to a folder of this user.',
    );
  }
  // A login is how a damaged file is mended.
  const kept = await file.read().catch(() => undefined);
  const loopback = await openLoopback(
    auth.redirectPort ?? kept?.redirectPort ?? 0,
    auth.redirectPort !== undefined,
  ).catch((error: unknown) => {
    throw new AuthError(
      `the browser cannot come back: port ${auth.redirectPort} is not free (${messageOf(error)})`,
      'End what listens there, or choose another "redirect_port".',
    );
  });
  let outcome = 'The login failed; the terminal says why.';
  try {
    const fresh = await agree({ ...options, config, kept, loopback });
    const written = await file.locked(() => file.write({ ...fresh, redirectPort: loopback.port }));
    outcome = `You are logged in to "${name}".`;
    return written;
  } finally {
    await loopback.close(outcome);
  }
}

interface Agreement extends LoginOptions {
  readonly config: OAuthServer;
  readonly kept: Kept | undefined;
  readonly loopback: Loopback;
}

async function agree({ config, kept, loopback, ...options }: Agreement): Promise<Login> {
  const { limits, signal } = options;
  const sdk = await import('@modelcontextprotocol/client');
  const fetchFn = authorizationFetch(limits, signal);
  try {
    const challenge = await challengeOf(sdk, config, fetchFn);
    const discovery = await discover(sdk, config, { challenge, fetchFn });
    const asked = sdk.computeScopeUnion(config.auth.scope ?? challenge.scope, kept?.wantedScope);
    const provider = new LoginProvider({
      ...{ auth: config.auth, redirectUrl: loopback.redirectUrl, kept, discovery, scope: asked },
    });
    await sdk.auth(provider, {
      serverUrl: config.url,
      ...(asked !== undefined && { scope: asked }),
      fetchFn,
    });
    const answer = await askInBrowser(provider, loopback, options);
    const transport = new sdk.StreamableHTTPClientTransport(new URL(config.url), {
      authProvider: provider,
      fetch: fetchFn,
    });
    await transport.finishAuth(answer);
    return {
      ...{ client: provider.client, tokens: withScope(provider, asked), obtainedAt: Date.now() },
      ...{ discovery: provider.discoveryState(), resource: provider.resource },
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof AuthError ? error : toldBy(sdk, error, config);
  }
}

interface Challenge {
  readonly status: number;
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
}

/** What the server itself says to somebody whom it does not know: some let a stranger begin, but not go on. */
async function challengeOf(sdk: Sdk, config: OAuthServer, fetchFn: Fetch): Promise<Challenge> {
  const { LATEST_PROTOCOL_VERSION: protocolVersion } = sdk;
  const about = { capabilities: {}, clientInfo: { name: 'mcp-tools-orchestrator', version: '0' } };
  const list = await challengeTo('tools/list', {}, { sdk, config, fetchFn });
  if (list.status === 401) return list;
  return challengeTo('initialize', { protocolVersion, ...about }, { sdk, config, fetchFn });
}

async function challengeTo(
  method: string,
  params: object,
  { sdk, config, fetchFn }: { sdk: Sdk; config: OAuthServer; fetchFn: Fetch },
): Promise<Challenge> {
  const { url, headers } = config;
  const response = await fetchFn(url, {
    method: 'POST',
    headers: {
      ...headers,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method, params }),
  });
  const { resourceMetadataUrl, scope } = sdk.extractWWWAuthenticateParams(response);
  await response.body?.cancel();
  return {
    status: response.status,
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
    ...(scope !== undefined && { scope }),
  };
}

async function discover(
  sdk: Sdk,
  { url, auth }: OAuthServer,
  { challenge, fetchFn }: { challenge: Challenge; fetchFn: Fetch },
): Promise<OAuthDiscoveryState> {
  const { resourceMetadataUrl, status } = challenge;
  const found = await sdk.discoverOAuthServerInfo(url, {
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
    fetchFn,
  });
  if (!found.resourceMetadata && !found.authorizationServerMetadata && status < 400 && auth.isImplied) {
    throw new AuthError('it asks for no login', 'Use it as it is.');
  }
  return {
    ...found,
    ...(resourceMetadataUrl && { resourceMetadataUrl: resourceMetadataUrl.href }),
  };
}

async function askInBrowser(
  provider: LoginProvider,
  loopback: Loopback,
  { limits, signal, show }: LoginOptions,
): Promise<URLSearchParams> {
  const url = provider.authorizationUrl;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new AuthError('its authorization server has no page to log in at', 'Tell its operator.');
  const patience = AbortSignal.timeout(limits.loginMsMax);
  const answer = loopback.redirect(provider.stateText, AbortSignal.any([signal, patience]));
  answer.catch(() => {});
  await show(url);
  try {
    return await answer;
  } catch (error) {
    if (!patience.aborted || signal.aborted) throw error;
    throw new AuthError(
      `nobody came back from the browser within ${limits.loginMsMax / 1_000} s (loginMsMax)`,
      'Log in again, and agree in the browser.',
    );
  }
}

/** Where the server says nothing of the scope, it is what was asked for (RFC 6749, 5.1). */
function withScope({ issued }: LoginProvider, asked: string | undefined): Kept['tokens'] {
  if (!issued || issued.scope !== undefined || asked === undefined) return issued;
  return { ...issued, scope: asked };
}

function toldBy(sdk: Sdk, error: unknown, { auth, url }: OAuthServer): AuthError {
  const text = messageOf(error);
  if (error instanceof sdk.OAuthError && error.code === 'access_denied')
    return new AuthError('the login was refused in the browser', 'Log in again, and agree.', error);
  if (error instanceof sdk.RegistrationRejectedError || /dynamic client registration/i.test(text)) {
    return new AuthError(
      `its authorization server does not register us: ${text}`,
      'Register a client there by hand, with the redirect address http://127.0.0.1:PORT/callback, and write its id and that port into ' +
        '"auth": { "type": "oauth", "client_id": "...", "redirect_port": PORT }.',
      error,
    );
  }
  if (error instanceof sdk.AuthorizationServerMismatchError && auth.clientId !== undefined) {
    return new AuthError(
      `it names another authorization server than at the last login: ${text}`,
      'If that is right, log out first; else tell its operator.',
      error,
    );
  }
  return new AuthError(
    `the login failed: ${text}`,
    `Check that ${new URL(url).origin} offers OAuth; where it takes a key, set it under "headers".`,
    error,
  );
}
