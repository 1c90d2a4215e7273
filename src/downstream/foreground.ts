/** Counts the connects that somebody waits for, so that connects nobody waits for stand back meanwhile. */

export class Foreground {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Marks one foreground connect as under way. Call the answer once it has ended. */
  begin(): () => void {
    this.#count += 1;
    return () => {
      this.#count -= 1;
      if (this.#count > 0) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resume of waiting) resume();
    };
  }

  /** Resolves as soon as no foreground connect is under way. */
  async idle(): Promise<void> {
    while (this.#count > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}
