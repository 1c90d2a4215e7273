/** The `fetch` used towards HTTP servers: bounded answers, and credentials that stay with the origin they are for. */

import { type Transformer, TransformStream } from 'node:stream/web';
import { isBounded, isPlainPost, post, tooLarge } from './http-post.ts';

const redirectsMax = 5;

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Where a server sends us we do not go. */
export class RedirectError extends Error {}

/** @param messageBytesMax bytes of one JSON body, or of one event of a stream */
export function createFetch(messageBytesMax: number): Fetch {
  return async (url, init) =>
    bounded(await fetchWithinOrigin(new URL(url), init, messageBytesMax), messageBytesMax);
}

/**
 * Follows redirects (`/mcp` -> `/mcp/` is common) on the same origin only: the platform's own following would send
 * custom headers, that is API keys, to whatever host a server names.
 */
async function fetchWithinOrigin(
  start: URL,
  init: RequestInit | undefined,
  messageBytesMax: number,
): Promise<Response> {
  let url = start;
  for (let redirects = 0; ; redirects += 1) {
    const response = isPlainPost(url, init)
      ? await post(url, init, messageBytesMax)
      : await fetch(url, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null)
      return response;
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.origin !== start.origin) {
      throw new RedirectError(
        `redirected to another origin, ${next.origin}; set "url" to that address if it is the right one`,
      );
    }
    if (redirects === redirectsMax) throw new RedirectError(`redirected more than ${redirectsMax} times`);
    url = next;
  }
}

function bounded(response: Response, bytesMax: number): Response {
  if (isBounded(response)) return response;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const isKnownSmall = length <= bytesMax && !response.headers.has('content-encoding');
  if (response.body === null || isKnownSmall) return response;
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') ?? false;
  const body = response.body.pipeThrough(
    new TransformStream(isStream ? eventBound(bytesMax) : bodyBound(bytesMax)),
  );
  const { status, statusText, headers } = response;
  const answer = new Response(body, { status, statusText, headers });
  // EventSource resolves the endpoint against it.
  Object.defineProperty(answer, 'url', { value: response.url });
  return answer;
}

function bodyBound(bytesMax: number): Transformer<Uint8Array, Uint8Array> {
  let bytes = 0;
  return {
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) controller.error(tooLarge(bytesMax));
      else controller.enqueue(chunk);
    },
  };
}

/** Counts from the last empty line, the end of an event. */
function eventBound(bytesMax: number): Transformer<Uint8Array, Uint8Array> {
  let bytes = 0;
  let wasNewline = false;
  return {
    transform(chunk, controller) {
      const end = lastEventEnd(chunk, wasNewline);
      bytes = end === -1 ? bytes + chunk.byteLength : chunk.byteLength - end;
      wasNewline = chunk.at(-1) === 0x0a;
      if (bytes > bytesMax) controller.error(tooLarge(bytesMax));
      else controller.enqueue(chunk);
    },
  };
}

function lastEventEnd(chunk: Uint8Array, wasNewline: boolean): number {
  const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const end = Math.max(buffer.lastIndexOf('\n\n'), buffer.lastIndexOf('\n\r\n'), buffer.lastIndexOf('\r\r'));
  return end === -1 && wasNewline && (chunk[0] === 0x0a || chunk[0] === 0x0d) ? 0 : end;
}
