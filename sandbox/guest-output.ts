/** Console text on its way out: cut at its limit and counted beyond, gathered where there is much of it. */
import { promiseThen, stringSlice } from './guest-primordials.ts';

const bufferCharactersMax = 16_384;
/** So many writes go out at once, and are not lost when the script is ended; beyond, they are gathered. */
const writesAtOnceMax = 1_000;

/** Characters are bounded here (never more than bytes); isolate.ts cuts to exact bytes. */
export class Output {
  #buffer = '';
  #charactersLeft: number;
  #flushPending = false;
  #writes = 0;
  readonly #send: (text: string) => void;
  /** Characters that were dropped. */
  cut = 0;

  constructor(charactersMax: number, send: (text: string) => void) {
    this.#charactersLeft = charactersMax;
    this.#send = send;
  }

  write(text: string): void {
    const kept = text.length <= this.#charactersLeft ? text : stringSlice(text, 0, this.#charactersLeft);
    this.cut += text.length - kept.length;
    // After a cut nothing more is let through, so that a short line cannot seem to follow what is missing.
    this.#charactersLeft = kept.length < text.length ? 0 : this.#charactersLeft - kept.length;
    if (kept === '') return;
    this.#buffer += kept;
    if (++this.#writes <= writesAtOnceMax || this.#buffer.length >= bufferCharactersMax) this.flush();
    else this.#flushSoon();
  }

  /** Called before anything else is posted, so that lines keep their place among the calls. */
  flush(): void {
    if (this.#buffer === '') return;
    const text = this.#buffer;
    this.#buffer = '';
    this.#send(text);
  }

  #flushSoon(): void {
    if (this.#flushPending) return;
    this.#flushPending = true;
    promiseThen(resolved, () => {
      this.#flushPending = false;
      this.flush();
    });
  }
}

const resolved = Promise.resolve();
