/** What a driver over a medium that may fail has to do; `DegradingStorage` makes a `Storage` of it. */
import type { Storage, StorageChange } from './storage.ts';

export interface Stored {
  /** The value as JSON. */
  readonly text: string;
  /** Milliseconds since 1970 after which it is gone; undefined keeps it without end. */
  readonly untilMs?: number | undefined;
}

export interface BackendEvents {
  /** Another process changed something. Changes of our own must not be told. */
  changed(change: StorageChange): void;
  /** The medium is away, whether or not somebody asks something of it. */
  lost(problem: string): void;
  /** It is there (again). `emptied` where it may have lost what it held. */
  back(how: { readonly emptied: boolean }): void;
}

/** Every method but `start` and `close` rejects where the medium does not do it, and may be called again. */
export interface Backend {
  readonly driver: Storage['driver'];
  /** Called once, first. Resolves soon, the medium there or not, and never rejects. */
  start(events: BackendEvents): Promise<void>;
  read(key: string): Promise<Stored | undefined>;
  write(key: string, stored: Stored): Promise<void>;
  /** Writes unless there is something; only called after `back` said that the medium was emptied. */
  restore(key: string, stored: Stored): Promise<void>;
  /** True where there was something. */
  remove(key: string): Promise<boolean>;
  list(prefix: string): Promise<string[]>;
  /** Resolves where the medium is there. */
  probe(): Promise<void>;
  /** One sentence on the failure, and what to do. */
  describe(error: unknown): string;
  close(): Promise<void>;
}
