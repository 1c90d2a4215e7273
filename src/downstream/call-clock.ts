/** The time of one call, which rests while a person or a model is asked for it. */
import type { Caller } from './caller.ts';

export class CallClock {
  #restedMs = 0;
  #questions = 0;
  #restingSinceMs = 0;

  /** Milliseconds of rest so far: deadlines are that much later. */
  get restedMs(): number {
    return this.#restedMs + (this.#questions > 0 ? performance.now() - this.#restingSinceMs : 0);
  }

  /** Rests until what it gives is called, and everybody else's too. */
  rest(): () => void {
    if (this.#questions === 0) this.#restingSinceMs = performance.now();
    this.#questions += 1;
    return () => {
      this.#questions -= 1;
      if (this.#questions === 0) this.#restedMs += performance.now() - this.#restingSinceMs;
    };
  }
}

/** A call that a question may belong to. */
export interface CallUnderWay {
  readonly caller: Caller;
  readonly clock: CallClock;
}
