/** How a server's calls have gone lately: enough for a list, at the price of two numbers a call. */

export interface CallSummary {
  readonly calls: number;
  /** Calls without an answer; a tool that says that it failed has answered. */
  readonly failures: number;
  /** Of the last answers. */
  readonly medianMs?: number;
  readonly lastError?: { readonly message: string; readonly at: string };
}

const answersKept = 64;
const messageCharactersMax = 500;

export class CallStats {
  readonly #answerMs: number[] = [];
  #calls = 0;
  #failures = 0;
  #lastError: CallSummary['lastError'];

  answered(ms: number): void {
    this.#answerMs[this.#calls % answersKept] = ms;
    this.#calls += 1;
  }

  failed(message: string): void {
    this.#calls += 1;
    this.#failures += 1;
    this.#lastError = { message: message.slice(0, messageCharactersMax), at: new Date().toISOString() };
  }

  summary(): CallSummary {
    const sorted = this.#answerMs.filter((ms) => ms !== undefined).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    return {
      calls: this.#calls,
      failures: this.#failures,
      ...(median !== undefined && { medianMs: Math.round(median * 10) / 10 }),
      ...(this.#lastError && { lastError: this.#lastError }),
    };
  }
}
