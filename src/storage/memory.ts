/** Storage that ends with the process. */
import { checkKey } from './key.ts';
import type { JsonValue, SetOptions, Storage, StorageChange, StorageHealth } from './storage.ts';

interface Kept {
  /** As text: what is kept must not change with the object that was given. */
  readonly text: string;
  readonly untilMs: number;
}

export class MemoryStorage implements Storage {
  readonly driver = 'memory';
  readonly #kept = new Map<string, Kept>();
  readonly #watchers = new Set<(change: StorageChange) => void>();
  #closed = false;

  async get(key: string): Promise<JsonValue | undefined> {
    checkKey(key);
    const kept = this.#alive(key);
    return kept && (JSON.parse(kept.text) as JsonValue);
  }

  async set(
    key: string,
    value: JsonValue,
    { ttlMs = Number.POSITIVE_INFINITY }: SetOptions = {},
  ): Promise<void> {
    checkKey(key);
    if (this.#closed) return;
    this.#kept.set(key, { text: JSON.stringify(value), untilMs: Date.now() + ttlMs });
    this.#tell({ key, kind: 'set' });
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    const had = this.#alive(key) !== undefined;
    this.#kept.delete(key);
    if (had) this.#tell({ key, kind: 'delete' });
    return had;
  }

  async keys(prefix: string): Promise<string[]> {
    return [...this.#kept.keys()].filter((key) => key.startsWith(prefix) && this.#alive(key)).sort();
  }

  watch(prefix: string, listener: (change: StorageChange) => void): () => void {
    const watcher = (change: StorageChange) => {
      if (change.key.startsWith(prefix)) listener(change);
    };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  health(): StorageHealth {
    return { ok: true };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchers.clear();
    this.#kept.clear();
  }

  #alive(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept && kept.untilMs > Date.now()) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  #tell(change: StorageChange): void {
    for (const watcher of this.#watchers) watcher(change);
  }
}
