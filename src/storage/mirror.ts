/** What this process has set and read last, within a bound: it stands in while the medium is away. */
import type { Stored } from './backend.ts';

interface Entry {
  readonly stored: Stored;
  /** Set by this process, not only read. */
  readonly own: boolean;
  readonly bytes: number;
}

export class Mirror {
  readonly #bytesMax: number;
  /** In the order of their use: the first one goes first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(key: string): Stored | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (isGone(entry.stored)) {
      this.delete(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.stored;
  }

  set(key: string, stored: Stored, by: 'own' | 'read'): void {
    const own = by === 'own' || this.#entries.get(key)?.own === true;
    this.delete(key);
    const bytes = 2 * (key.length + stored.text.length);
    if (bytes > this.#bytesMax) return;
    this.#entries.set(key, { stored, own, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  keys(prefix: string): string[] {
    return [...this.#entries].flatMap(([key, { stored }]) =>
      key.startsWith(prefix) && !isGone(stored) ? [key] : [],
    );
  }

  /** What this process itself has set, as far as it is still here. */
  own(): [key: string, stored: Stored][] {
    return [...this.#entries].flatMap(([key, { stored, own }]): [string, Stored][] =>
      own && !isGone(stored) ? [[key, stored]] : [],
    );
  }
}

function isGone({ untilMs }: Stored): boolean {
  return untilMs !== undefined && untilMs <= Date.now();
}
