/** Servers that have too much to do, over HTTP: they refuse a request, and may say when to send it again. */
import type { Fetch } from './http-fetch.ts';
import { cleanText } from './problem.ts';

const tooManyRequests = 429;
const unavailable = 503;
const saidCharactersMax = 300;

/** The request was refused unread. */
export class BusyError extends Error {
  readonly status: number;
  /** How long the server asks to be left alone, where it does (`Retry-After`). */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, said: string, retryAfterMs: number | undefined) {
    super(said);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Throws where a server refuses a message for now. A 503 counts only with `Retry-After`: without, it may as well come from
 * a proxy that lost the server after the message was sent.
 *
 * @throws BusyError
 */
export function tellingBusy(fetch: Fetch): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { status, headers, statusText } = response;
    if (init?.method !== 'POST' || (status !== tooManyRequests && status !== unavailable)) return response;
    const retryAfterMs = retryAfter(headers.get('retry-after'));
    if (status === unavailable && retryAfterMs === undefined) return response;
    const said = cleanText(await response.text().catch(() => ''), saidCharactersMax);
    throw new BusyError(status, said || statusText, retryAfterMs);
  };
}

/**
 * @param value seconds, or a date (RFC 9110)
 * @returns milliseconds; undefined for what is neither
 */
export function retryAfter(value: string | null, now: number = Date.now()): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  // Date.parse takes much else for a date.
  const at = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
