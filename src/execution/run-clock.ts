/** The wall clock of a run. It rests while a person is asked: a run must not end because somebody thinks. */
export class RunClock {
  readonly #onEnd: () => void;
  #msLeft = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #rests = 0;
  #running = false;

  /** @param onEnd called once, where the time is over before `stop` */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  start(ms: number): void {
    this.#msLeft = ms;
    this.#running = true;
    this.#go();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Rests until the work is done; several at once rest once. */
  async rest<T>(work: () => Promise<T>): Promise<T> {
    this.#rests += 1;
    if (this.#rests === 1 && this.#running) {
      clearTimeout(this.#timer);
      this.#msLeft -= performance.now() - this.#startedAt;
    }
    try {
      return await work();
    } finally {
      this.#rests -= 1;
      if (this.#rests === 0 && this.#running) this.#go();
    }
  }

  #go(): void {
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#onEnd, Math.max(0, this.#msLeft));
  }
}
