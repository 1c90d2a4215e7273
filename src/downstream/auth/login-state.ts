/** What there is of a login, for people: never a token. And its end. */
import { messageOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { authorizationFetch } from './authorization-fetch.ts';
import { expiryOf, type Kept, type OAuthServer, tokenFileOf } from './token-file.ts';

export interface LoginState {
  readonly status: 'logged_in' | 'expired' | 'not_logged_in';
  /** The authorization server. */
  readonly issuer?: string;
  readonly scope?: string;
  /** Of the access token, ISO 8601. */
  readonly expires_at?: string;
  /** True where it is renewed by itself. */
  readonly renews?: boolean;
  /** What the server asked for beyond it. */
  readonly wanted_scope?: string;
  /** Whether the file that it is kept in is encrypted. */
  readonly encrypted?: boolean;
  /** Why not. */
  readonly plain_because?: string;
  /** Why nothing can be said. */
  readonly problem?: string;
}

/** Asks nobody but the system's key store, where the login is encrypted. */
export async function loginState(server: OAuthServer, limits: Limits): Promise<LoginState> {
  try {
    const kept = await tokenFileOf(server, limits)?.read();
    return kept?.tokens ? stateOf(kept) : { status: 'not_logged_in' };
  } catch (error) {
    return { status: 'not_logged_in', problem: messageOf(error) };
  }
}

export function stateOf(kept: Kept): LoginState {
  const { tokens, client, discovery, wantedScope, plainBecause } = kept;
  const expiry = expiryOf(kept);
  const renews = tokens?.refresh_token !== undefined;
  const issuer = tokens?.issuer ?? client?.issuer ?? discovery?.authorizationServerUrl;
  return {
    status: expiry !== undefined && expiry < Date.now() && !renews ? 'expired' : 'logged_in',
    ...(issuer !== undefined && { issuer }),
    ...(tokens?.scope !== undefined && { scope: tokens.scope }),
    ...(expiry !== undefined && { expires_at: new Date(expiry).toISOString() }),
    renews,
    ...(wantedScope !== undefined && { wanted_scope: wantedScope }),
    encrypted: plainBecause === undefined,
    ...(plainBecause !== undefined && { plain_because: plainBecause }),
  };
}

export interface Logout {
  /** False where nobody was logged in. */
  readonly removed: boolean;
  /** True where the authorization server was told, and said that the tokens are void. */
  readonly revoked: boolean;
}

/** Removes what is kept, whatever the authorization server says. */
export async function logOut(server: OAuthServer, limits: Limits): Promise<Logout> {
  const file = tokenFileOf(server, limits);
  if (!file) return { removed: false, revoked: false };
  // Whoever is about to refresh is let finish: what comes of it is what has to be revoked.
  const there = await file.read().then(
    (kept) => kept !== undefined,
    () => true,
  );
  if (!there) return { removed: false, revoked: false };
  return file.locked(async () => {
    const kept = await file.read().catch(() => undefined);
    const removed = await file.remove();
    return { removed, revoked: kept !== undefined && (await revoke(kept, limits).catch(() => false)) };
  });
}

/** By RFC 7009. */
async function revoke({ tokens, client, discovery }: Kept, limits: Limits): Promise<boolean> {
  const metadata = discovery?.authorizationServerMetadata;
  const endpoint = metadata && 'revocation_endpoint' in metadata ? metadata.revocation_endpoint : undefined;
  if (typeof endpoint !== 'string' || !tokens || !client) return false;
  const { assertSecureTokenEndpoint } = await import('@modelcontextprotocol/client');
  const body = new URLSearchParams(
    tokens.refresh_token === undefined
      ? { token: tokens.access_token, token_type_hint: 'access_token' }
      : { token: tokens.refresh_token, token_type_hint: 'refresh_token' },
  );
  const headers = new Headers();
  if (client.client_secret === undefined) body.set('client_id', client.client_id);
  else {
    const pair = [client.client_id, client.client_secret].map(encodeURIComponent).join(':');
    headers.set('Authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  const answer = await authorizationFetch(limits)(assertSecureTokenEndpoint(endpoint), {
    ...{ method: 'POST', headers, body },
  });
  await answer.body?.cancel();
  return answer.ok;
}
