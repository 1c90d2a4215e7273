/** Credentials that came to be while we run: to be hidden in texts, as those of the configuration are. */

/** Servers may quote a token for a while after it was renewed. */
const keptMax = 64;

export class LiveSecrets {
  #values: readonly string[] = [];

  /** Another list after each change. */
  get values(): readonly string[] {
    return this.#values;
  }

  add(...secrets: readonly (string | undefined)[]): void {
    const fresh = secrets.filter(
      (secret): secret is string => secret !== undefined && secret !== '' && !this.#values.includes(secret),
    );
    if (fresh.length > 0) this.#values = [...this.#values, ...fresh].slice(-keptMax);
  }
}
