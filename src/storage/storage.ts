/**
 * The port through which what outlives a request is kept: tool definitions, servers registered at runtime, learned
 * types, records of runs. One file a driver beside this one; one contract suite holds for all of them.
 *
 * Keys are paths such as `runs/run_123`: `[A-Za-z0-9._~:-]` in each part, parts joined by `/`, at most 120 characters
 * in all; `keyPart` makes a part of any text. Values are JSON.
 *
 * No method rejects because of the medium: where it is away (a Redis that is down, a disk that is full), what is set is
 * kept in memory and written as soon as it is back, and `health` says so. A key that is none rejects.
 */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface SetOptions {
  /** After so many milliseconds the value is gone; kept without end where absent. */
  readonly ttlMs?: number | undefined;
}

export interface StorageChange {
  readonly key: string;
  readonly kind: 'set' | 'delete';
}

export interface StorageHealth {
  readonly ok: boolean;
  /** What is wrong, what is done meanwhile, and what to do. */
  readonly problem?: string | undefined;
}

export interface Storage {
  readonly driver: 'memory' | 'file' | 'redis';
  /** Undefined where nothing is kept, or no longer. Sees every `set` of this process that was called before it. */
  get(key: string): Promise<JsonValue | undefined>;
  /** Resolves once the value is kept as well as the driver can. Idempotent. */
  set(key: string, value: JsonValue, options?: SetOptions): Promise<void>;
  /** True where there was something. Idempotent. */
  delete(key: string): Promise<boolean>;
  /** Every key that starts with the prefix, sorted. */
  keys(prefix: string): Promise<string[]>;
  /**
   * Tells of changes under a prefix, whoever makes them: this process too, and every other on the same storage, as far
   * as the driver can know. Each is told at least once, maybe more often; after the medium was away, every key that is
   * there is told as set. An expiry need not be told.
   *
   * @returns how to end it
   */
  watch(prefix: string, listener: (change: StorageChange) => void): () => void;
  /** Looked up whenever it is read; costs nothing. */
  health(): StorageHealth;
  /** Idempotent. Afterwards nothing is kept any more, and watchers are silent. */
  close(): Promise<void>;
}
