/** The `fetch` used towards authorization servers: bounded, and what was sent is hidden in what an error says. */
import type { Limits } from '../../limits.ts';
import { createFetch, type Fetch } from '../http-fetch.ts';

const answerBytesMax = 1_048_576;
const errorCharactersMax = 2_000;
const secretParameters = [
  ...['client_secret', 'client_assertion', 'refresh_token', 'code', 'code_verifier'],
  ...['subject_token', 'actor_token', 'assertion', 'token'],
];

/** `fetch` that ends after authRequestMsMax (ms), or with the signal. */
export function authorizationFetch({ authRequestMsMax }: Limits, signal?: AbortSignal): Fetch {
  const bounded = createFetch(answerBytesMax);
  return async (url, init) => {
    const signals = [AbortSignal.timeout(authRequestMsMax), signal, init?.signal].filter((one) => !!one);
    const response = await bounded(url, { ...init, signal: AbortSignal.any(signals) });
    if (response.ok || response.status < 400) return response;
    const { status, statusText, headers } = response;
    const text = withoutSent(await response.text(), init).slice(0, errorCharactersMax);
    return new Response(text, { status, statusText, headers: kept(headers) });
  };
}

/** The SDK puts the answers of a server into its messages, and some servers repeat what they were sent. */
function withoutSent(text: string, init: RequestInit | undefined): string {
  const sent =
    init?.body instanceof URLSearchParams ? init.body : new URLSearchParams(String(init?.body ?? ''));
  const basic = new Headers(init?.headers).get('authorization')?.split(' ')[1];
  const decoded = basic === undefined ? [] : Buffer.from(basic, 'base64').toString().split(':').slice(1);
  const secrets = [...secretParameters.map((name) => sent.get(name)), basic, ...decoded];
  return secrets
    .filter((secret): secret is string => typeof secret === 'string' && secret.length > 0)
    .reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text);
}

function kept(headers: Headers): Headers {
  const rest = new Headers(headers);
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) rest.delete(name);
  return rest;
}
