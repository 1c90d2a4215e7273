/** What a server's entry says of `auth` -> the driver that knows how. */
import type { AuthConfig } from '../../config/auth-types.ts';
import type { HttpServerConfig, ServerConfig } from '../../config/types.ts';
import type { Limits } from '../../limits.ts';
import { BearerCredentials } from './bearer.ts';
import { ClientCredentials } from './client-credentials.ts';
import type { ForwardHeaders } from './forwarded-headers.ts';
import { LiveSecrets } from './live-secrets.ts';
import { OAuthCredentials } from './oauth.ts';
import type { Credentials } from './port.ts';
import { TokenExchange } from './token-exchange.ts';

const known = new WeakMap<AuthConfig, Credentials>();
const forwarded = new WeakMap<ForwardHeaders, LiveSecrets>();

/** One for each server, however many connections it has: a refresh token is good for one refresh. */
export function credentialsFor(config: HttpServerConfig, limits: Limits): Credentials | undefined {
  const { auth } = config;
  if (!auth) return undefined;
  const found = known.get(auth) ?? createCredentials(config, auth, limits);
  known.set(auth, found);
  return found;
}

/** What comes to be known beside the configuration and must be hidden in texts. */
export function secretsOf(config: ServerConfig, limits: Limits): LiveSecrets | undefined {
  if (config.transport === 'stdio') return undefined;
  const { forwardHeaders } = config;
  const own = credentialsFor(config, limits)?.secrets;
  if (own || !forwardHeaders) return own;
  const found = forwarded.get(forwardHeaders) ?? new LiveSecrets();
  forwarded.set(forwardHeaders, found);
  return found;
}

function createCredentials(config: HttpServerConfig, auth: AuthConfig, limits: Limits): Credentials {
  switch (auth.type) {
    case 'bearer':
      return new BearerCredentials(auth, limits);
    case 'oauth':
      return new OAuthCredentials(config, auth, limits);
    case 'client_credentials':
      return new ClientCredentials(config, auth, limits);
    case 'token_exchange':
      return new TokenExchange(auth, limits);
  }
}
