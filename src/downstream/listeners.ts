/** Who hears of what happens to a connection. */

export class Listeners<Arguments extends unknown[] = []> {
  readonly #listeners: ((...about: Arguments) => void)[] = [];

  add(listener: (...about: Arguments) => void): void {
    this.#listeners.push(listener);
  }

  readonly tell = (...about: Arguments): void => {
    for (const listener of this.#listeners) listener(...about);
  };
}
