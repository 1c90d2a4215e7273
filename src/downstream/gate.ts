/** Lets a number of holders in at once; the others wait in order of arrival. */

export class Gate {
  #free: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<() => void>();

  /** @param waitingMax beyond, `isFull`; whoever enters all the same waits too */
  constructor(holdersMax: number, waitingMax = Number.POSITIVE_INFINITY) {
    this.#free = holdersMax;
    this.#waitingMax = waitingMax;
  }

  /** True where nobody can come in, and no more should wait. */
  get isFull(): boolean {
    return this.#free === 0 && this.#waiting.size >= this.#waitingMax;
  }

  /** True where `enter` would not wait. Then `tryEnter` spares the promise. */
  tryEnter(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Resolves with true once inside, with false where the signal fired first. Each entry needs one `leave`. */
  enter(signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    if (this.tryEnter()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const admit = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = () => {
        this.#waiting.delete(admit);
        resolve(false);
      };
      this.#waiting.add(admit);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next();
    } else {
      this.#free += 1;
    }
  }
}
