/** The port of what checks tokens, and the words that its drivers share. */
import type { HttpConfig } from '../../config/http-types.ts';
import type { Scope } from '../access.ts';

export interface Identity {
  /** Never a credential. */
  readonly principal: string;
  readonly scope: Scope;
  readonly profile?: string | undefined;
}

/**
 * Says whose token it is; undefined for one that it does not know.
 *
 * @throws TokenProblem for one that it knows and that is not good
 */
export type Verifier = (token: string) => Identity | undefined | Promise<Identity | undefined>;

/** Why a token is not good; the message names no token. */
export class TokenProblem extends Error {}

/** What a scope of ours is called by the OAuth server. */
export function oauthScopeName(oauth: HttpConfig['oauth'], scope: Scope): string {
  return oauth?.scopes?.[scope] ?? `mcp:${scope}`;
}
