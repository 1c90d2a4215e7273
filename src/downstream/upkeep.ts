/** What is done for a connection between its requests: ended where it has nothing to do, asked whether it is still there. */

export interface UpkeepOptions {
  /** Without a request for so long it is ended, to be opened again by the next one; never where undefined. */
  readonly idleMs: number | undefined;
  /** It is asked so often; never where undefined. */
  readonly healthMs: number | undefined;
  /** When somebody last wanted something of it, by `performance.now()`. */
  usedAtMs(): number;
  /** True while a request is under way or somebody listens. */
  isBusy(): boolean;
  rest(): void;
  /** Must not reject. */
  check(): Promise<void>;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #healthTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #isChecking = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    const { healthMs } = options;
    if (healthMs !== undefined) this.#healthTimer = setInterval(() => void this.#check(), healthMs).unref();
  }

  /** There is a connection from now on. */
  connected(): void {
    this.#watch(performance.now());
  }

  /** There is none any more. */
  ended(): void {
    clearTimeout(this.#idleTimer);
  }

  close(): void {
    clearTimeout(this.#idleTimer);
    clearInterval(this.#healthTimer);
  }

  /** One timer for all requests: it looks at the clock when it fires. */
  #watch(sinceMs: number): void {
    const { idleMs, usedAtMs, isBusy, rest } = this.#options;
    if (idleMs === undefined) return;
    clearTimeout(this.#idleTimer);
    const leftMs = Math.max(sinceMs, usedAtMs()) + idleMs - performance.now();
    this.#idleTimer = setTimeout(() => {
      if (isBusy()) this.#watch(performance.now());
      else if (usedAtMs() + idleMs > performance.now()) this.#watch(sinceMs);
      else rest();
    }, leftMs).unref();
  }

  async #check(): Promise<void> {
    // A server that works on something is there, and may have no time for questions.
    if (this.#isChecking || this.#options.isBusy()) return;
    this.#isChecking = true;
    await this.#options.check();
    this.#isChecking = false;
  }
}
