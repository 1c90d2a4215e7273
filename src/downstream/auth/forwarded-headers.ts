/** Headers of whoever calls us that may go on to a server: each by the one name that its entry gives. */
import type { HttpServerConfig, ServerConfig } from '../../config/types.ts';
import type { Caller } from '../caller.ts';
import type { Fetch } from '../http-fetch.ts';
import { currentCaller } from './caller-context.ts';
import type { LiveSecrets } from './live-secrets.ts';

export type ForwardHeaders = NonNullable<HttpServerConfig['forwardHeaders']>;

/** @param owner whose connection it is: counts where nobody calls */
export function withForwardedHeaders(
  fetch: Fetch,
  names: ForwardHeaders,
  { owner, secrets }: { owner: Caller | undefined; secrets: LiveSecrets | undefined },
): Fetch {
  return (url, init) => {
    const given = forwardedOf(names, currentCaller() ?? owner);
    const headers = new Headers(init?.headers);
    for (const [name, value] of given) headers.set(name, value);
    // A key of the caller's own is as secret as ours.
    secrets?.add(...given.map(([, value]) => value));
    return fetch(url, { ...init, headers });
  };
}

/** True where a server knows the caller: then what it is asked on their behalf must say so. */
export function isPersonal(config: ServerConfig): boolean {
  if (config.transport === 'stdio') return false;
  return config.auth?.type === 'token_exchange' || config.forwardHeaders !== undefined;
}

/** Who the caller is to the server: two that differ here share no connection. */
export function identityAt(config: ServerConfig, caller: Caller): string {
  if (config.transport === 'stdio' || !config.forwardHeaders) return caller.principal;
  return JSON.stringify([caller.principal, ...forwardedOf(config.forwardHeaders, caller)]);
}

function forwardedOf(names: ForwardHeaders, caller: Caller | undefined): [name: string, value: string][] {
  return Object.entries(names).flatMap(([from, to]): [string, string][] => {
    const value = caller?.headers?.[from];
    return value === undefined || value === '' ? [] : [[to, value]];
  });
}
