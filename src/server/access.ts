/** Who is served, and what they may do. One per connection over stdio, one per request over HTTP. */
import { scopeNames } from '../config/http-schema.ts';
import type { ScopeName } from '../config/http-types.ts';
import { type Caller, localCaller } from '../downstream/caller.ts';

/**
 * `read`: look at servers, tools and types. `run`: also run scripts and call tools. `admin`: also change which servers
 * there are.
 */
export type Scope = ScopeName;

export interface Access {
  /** Without `client`: how this client is asked back is known by the request. */
  readonly caller: Omit<Caller, 'client'>;
  readonly scope: Scope;
  /** The profile whose servers and tools are seen; all of them where absent. */
  readonly profile?: string | undefined;
}

/** The one user of a process that speaks over stdio. */
export const localAccess: Access = { caller: { ...localCaller, session: 'stdio' }, scope: 'admin' };

/** Each scope includes those before it: read, run, admin. */
export function includesScope(held: Scope, needed: Scope): boolean {
  return scopeNames.indexOf(held) >= scopeNames.indexOf(needed);
}
