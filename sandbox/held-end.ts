/**
 * A good end of a script, told when the turn is over in which it came: a rejection that nothing handles, of the same
 * turn, makes it a failure.
 */

/** Where the end of the turn is not seen, what else comes of it is waited for so long. */
const holdMs = 50;

export class HeldEnd {
  #tell: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param isInPlace `tell` is certain to be called soon */
  hold(tell: () => void, isInPlace: boolean): void {
    this.#tell = tell;
    if (!isInPlace) this.#timer = setTimeout(() => this.tell(), holdMs);
  }

  /** The turn is over. */
  tell(): void {
    const tell = this.#tell;
    if (tell === undefined) return;
    this.drop();
    tell();
  }

  drop(): void {
    this.#tell = undefined;
    clearTimeout(this.#timer);
  }
}
