/** How often one principal may call: a token bucket each, which holds a minute's worth and is filled all the time. */

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** A bucket that is full again is as good as none. */
const sweepEvery = 1_024;

export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  #taken = 0;

  /** @param perMinute 0 for no limit */
  constructor(perMinute: number, now: () => number = performance.now.bind(performance)) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** @returns 0 where the request may go on, else after how many seconds the next one may */
  take(principal: string): number {
    if (this.#perMinute === 0) return 0;
    const bucket = this.#filled(principal);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil(((1 - bucket.tokens) * 60) / this.#perMinute));
    bucket.tokens -= 1;
    this.#taken += 1;
    if (this.#taken % sweepEvery === 0) this.#sweep();
    return 0;
  }

  #filled(principal: string): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(principal) ?? { tokens: this.#perMinute, filledAtMs: now };
    const earned = ((now - bucket.filledAtMs) * this.#perMinute) / 60_000;
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + earned);
    bucket.filledAtMs = now;
    this.#buckets.set(principal, bucket);
    return bucket;
  }

  #sweep(): void {
    for (const principal of [...this.#buckets.keys()]) {
      if (this.#filled(principal).tokens >= this.#perMinute) this.#buckets.delete(principal);
    }
  }
}
