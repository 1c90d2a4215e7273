/** Requests to a server with what it knows us by: renewed once where it is refused, and told in words where that is in vain. */
import type { Caller } from '../caller.ts';
import type { Fetch } from '../http-fetch.ts';
import { currentCaller } from './caller-context.ts';
import type { Credentials, Refusal } from './port.ts';

/** @param owner whose connection it is: counts where nobody calls */
export function withCredentials(fetch: Fetch, credentials: Credentials, owner: Caller | undefined): Fetch {
  return async (url, init) => {
    const caller = currentCaller() ?? owner;
    const token = await credentials.token(caller);
    const response = await fetch(url, carrying(init, token));
    const refusal = await refusalOf(response, token);
    if (!refusal) return response;
    const other = await credentials.renew(refusal, caller);
    if (other === undefined) return response;
    await response.body?.cancel();
    const again = await fetch(url, carrying(init, other));
    const second = await refusalOf(again, other);
    if (!second) return again;
    await again.body?.cancel();
    throw await credentials.explain(second);
  };
}

function carrying(init: RequestInit | undefined, token: string | undefined): RequestInit | undefined {
  if (token === undefined) return init;
  const headers = new Headers(init?.headers);
  headers.set('Authorization', `Bearer ${token}`);
  return { ...init, headers };
}

/** A 403 for any other reason than scopes is no matter of credentials. */
async function refusalOf(response: Response, token: string | undefined): Promise<Refusal | undefined> {
  const { status } = response;
  if (status !== 401 && status !== 403) return undefined;
  const { extractWWWAuthenticateParams } = await import('@modelcontextprotocol/client');
  const { error, resourceMetadataUrl, scope } = extractWWWAuthenticateParams(response);
  if (status === 403 && error !== 'insufficient_scope') return undefined;
  const challenge = {
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
    ...(scope !== undefined && { scope }),
  };
  return { status, token, challenge };
}
