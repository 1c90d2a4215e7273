/** What `doctor` says of how a server knows us. */
import type { ServerConfig } from '../config/types.ts';
import { authErrorIn } from '../downstream/auth/auth-error.ts';
import { loginState } from '../downstream/auth/login-state.ts';
import { httpStatusOf } from '../downstream/connect-problem.ts';
import type { Limits } from '../limits.ts';
import { type Look, ok } from './diagnosis.ts';

/** Of a server that has answered. */
export async function lookAtAuth(config: ServerConfig, limits: Limits): Promise<Look[]> {
  if (config.transport === 'stdio' || !config.auth) return [];
  const { auth } = config;
  if (auth.type !== 'oauth') return [ok('auth', `by "auth" of type "${auth.type}"`)];
  const { status, issuer, scope } = await loginState({ ...config, auth }, limits);
  if (status === 'not_logged_in') return [];
  const what = scope === undefined ? '' : `, scope ${scope}`;
  return [ok('auth', `logged in by ${issuer ?? 'its server'}${what}`)];
}

/** True where a server is there and does not know us. */
export function isAuthFailure(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = cause.cause, depth += 1) {
    const status = httpStatusOf(cause);
    if (status === 401 || status === 403 || authErrorIn(cause)) return true;
  }
  return false;
}
