/** Ends a request that takes too long: without progress, or in all. Time in which its call rests does not count. */
import type { CallClock } from './call-clock.ts';

export interface CallTimes {
  /** Without progress, in milliseconds; each progress notification starts it anew. */
  readonly timeoutMs: number;
  /** In all, in milliseconds. */
  readonly totalMsMax: number;
}

export class CallTimer {
  readonly #times: CallTimes;
  readonly #clock: CallClock | undefined;
  readonly #onExpired: (reason: string) => void;
  readonly #totalDeadlineMs: number;
  #deadlineMs: number;
  #timer: NodeJS.Timeout;

  constructor(times: CallTimes, clock: CallClock | undefined, onExpired: (reason: string) => void) {
    this.#times = times;
    this.#clock = clock;
    this.#onExpired = onExpired;
    const now = performance.now() - this.#restedMs;
    this.#deadlineMs = now + times.timeoutMs;
    this.#totalDeadlineMs = now + times.totalMsMax;
    this.#timer = this.#start();
  }

  progress(): void {
    this.#deadlineMs = performance.now() - this.#restedMs + this.#times.timeoutMs;
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get #restedMs(): number {
    return this.#clock?.restedMs ?? 0;
  }

  get #leftMs(): number {
    return Math.min(this.#deadlineMs, this.#totalDeadlineMs) + this.#restedMs - performance.now();
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#check(), Math.max(this.#leftMs, 1));
  }

  #check(): void {
    if (this.#leftMs > 0) this.#timer = this.#start();
    else if (this.#deadlineMs >= this.#totalDeadlineMs) this.#onExpired('it took longer than allowed in all');
    else this.#onExpired('Request timed out');
  }
}
