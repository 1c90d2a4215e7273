/** When a request is sent again: at once at first, then after pauses that grow and are never in step with those of others. */
import type { IBackoff } from 'cockatiel';

const initialDelayMs = 128;
const delayMsMax = 5_000;

export class RetryPauses {
  #left: number;
  #isFirst = true;
  #backoff: IBackoff<unknown> | undefined;

  constructor(retriesMax: number) {
    this.#left = retriesMax;
  }

  /**
   * Waits until the next attempt is due.
   *
   * @param options.atOnce the first one need not wait: most often a new connection is all that was needed
   * @param options.leastMs what the server asks for; the pause comes on top, so that not all come back at once
   * @returns false where there is none: all were made, or the signal fired
   */
  async wait({
    atOnce,
    signal,
    leastMs = 0,
  }: {
    atOnce: boolean;
    signal: AbortSignal | undefined;
    leastMs?: number | undefined;
  }): Promise<boolean> {
    if (this.#left === 0 || signal?.aborted) return false;
    this.#left -= 1;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst && atOnce) return true;
    this.#backoff = this.#backoff?.next(undefined) ?? (await firstPause());
    return slept(leastMs + this.#backoff.duration, signal);
  }
}

/** Loaded when something has failed. */
async function firstPause(): Promise<IBackoff<unknown>> {
  const { decorrelatedJitterGenerator, ExponentialBackoff } = await import('cockatiel');
  const generator = decorrelatedJitterGenerator;
  const backoff = new ExponentialBackoff({ generator, initialDelay: initialDelayMs, maxDelay: delayMsMax });
  return backoff.next();
}

function slept(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(true);
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
