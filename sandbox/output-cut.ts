/** Console output on its way out of the isolate: the guest counts characters, here the text is cut to bytes. */

export class OutputCut {
  /** What was not passed on. */
  bytesCut = 0;
  readonly #onText: (text: string) => void;
  #bytesLeft: number;

  constructor(bytesMax: number, onText: (text: string) => void) {
    this.#bytesLeft = bytesMax;
    this.#onText = onText;
  }

  /** As much as there is room for, up to a whole character. */
  pass(text: string): void {
    const bytes = Buffer.from(text);
    let end = Math.min(bytes.length, this.#bytesLeft);
    if (end < bytes.length) {
      while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
      this.#bytesLeft = 0;
    } else this.#bytesLeft -= end;
    this.bytesCut += bytes.length - end;
    if (end > 0) this.#onText(end < bytes.length ? bytes.toString('utf8', 0, end) : text);
  }
}
