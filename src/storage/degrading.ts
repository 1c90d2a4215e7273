/**
 * A storage over a medium that may go away. While it is away, changes wait in memory, in the order they were made, and
 * reads are answered from what this process has set and read; when it is back, what waited is written.
 *
 * Of two processes that change one key while the medium is away, the one that writes last wins.
 */
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Backend, Stored } from './backend.ts';
import { checkKey } from './key.ts';
import { Mirror } from './mirror.ts';
import type { JsonValue, SetOptions, Storage, StorageChange, StorageHealth } from './storage.ts';

/** Undefined stands for a deletion. */
type Waiting = Stored | undefined;

const retryMs = 1_000;

export class DegradingStorage implements Storage {
  readonly driver: Storage['driver'];
  readonly #backend: Backend;
  readonly #log: Log;
  readonly #mirror: Mirror;
  readonly #waiting = new Map<string, { readonly what: Waiting }>();
  /** The last piece of work under way for each key: one key's changes are made one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #watchers = new Set<{ prefix: string; listener: (change: StorageChange) => void }>();
  /** Keys that watchers know of, so that they hear of those that vanish while the medium is away. */
  readonly #told = new Set<string>();
  #problem: string | undefined;
  #emptied = false;
  #catchingUp: Promise<void> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  private constructor(backend: Backend, { limits, log }: { limits: Limits; log: Log }) {
    this.driver = backend.driver;
    this.#backend = backend;
    this.#log = log;
    this.#mirror = new Mirror(limits.storageMirrorBytesMax);
  }

  /** Resolves soon, the medium there or not. */
  static async open(backend: Backend, options: { limits: Limits; log: Log }): Promise<DegradingStorage> {
    const storage = new DegradingStorage(backend, options);
    await backend.start({
      changed: (change) => {
        // What this process changed meanwhile is to be written over it.
        if (storage.#waiting.has(change.key)) return;
        storage.#mirror.delete(change.key);
        storage.#tell(change);
      },
      lost: (problem) => storage.#degrade(problem),
      back: ({ emptied }) => {
        if (!emptied && storage.#problem === undefined) return;
        storage.#emptied ||= emptied;
        storage.#problem ??= 'The storage is being caught up with.';
        void storage.#catchUp();
      },
    });
    return storage;
  }

  async get(key: string): Promise<JsonValue | undefined> {
    checkKey(key);
    if (this.#closing) return undefined;
    const stored = await this.#inTurn(key, () => this.#read(key));
    return stored && (JSON.parse(stored.text) as JsonValue);
  }

  async set(key: string, value: JsonValue, { ttlMs }: SetOptions = {}): Promise<void> {
    checkKey(key);
    if (this.#closing) return;
    const untilMs = ttlMs === undefined ? undefined : Date.now() + ttlMs;
    const stored = { text: JSON.stringify(value), untilMs };
    await this.#inTurn(key, async () => {
      this.#mirror.set(key, stored, 'own');
      await this.#change(key, stored);
      this.#tell({ key, kind: 'set' });
    });
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    if (this.#closing) return false;
    return this.#inTurn(key, async () => {
      const known = this.#mirror.get(key) !== undefined;
      this.#mirror.delete(key);
      const had = await this.#change(key, undefined, known);
      if (had) this.#tell({ key, kind: 'delete' });
      return had;
    });
  }

  async keys(prefix: string): Promise<string[]> {
    if (this.#closing) return [];
    const kept = new Set(await this.#list(prefix));
    for (const [key, { what }] of this.#waiting) {
      if (!key.startsWith(prefix)) continue;
      if (what && isAlive(what)) kept.add(key);
      else kept.delete(key);
    }
    return [...kept].sort();
  }

  watch(prefix: string, listener: (change: StorageChange) => void): () => void {
    const watcher = { prefix, listener };
    this.#watchers.add(watcher);
    void this.keys(prefix).then((keys) => {
      for (const key of keys) this.#told.add(key);
    });
    return () => this.#watchers.delete(watcher);
  }

  health(): StorageHealth {
    if (this.#problem === undefined) return { ok: true };
    const waiting = this.#waiting.size;
    const meanwhile = `Meanwhile everything is kept in memory (${waiting} ${waiting === 1 ? 'change waits' : 'changes wait'}) and written when it is back.`;
    return { ok: false, problem: `${this.#problem} ${meanwhile}` };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#retryTimer);
    this.#watchers.clear();
    await Promise.allSettled(this.#turns.values());
    if (this.#waiting.size > 0) await this.#catchUp();
    clearTimeout(this.#retryTimer);
    if (this.#waiting.size > 0) {
      this.#log.error(
        { storage: this.driver, changes: this.#waiting.size, problem: this.#problem },
        'the storage did not come back: changes are lost',
      );
    }
    await this.#backend.close();
  }

  async #read(key: string): Promise<Stored | undefined> {
    const waiting = this.#waiting.get(key);
    if (waiting) return waiting.what && isAlive(waiting.what) ? waiting.what : undefined;
    if (this.#problem !== undefined) return this.#mirror.get(key);
    try {
      const stored = await this.#backend.read(key);
      if (!stored || !isAlive(stored)) return undefined;
      this.#mirror.set(key, stored, 'read');
      return stored;
    } catch (error) {
      this.#degrade(this.#backend.describe(error));
      return this.#mirror.get(key);
    }
  }

  /** @returns whether there was something before: what the medium says, or what is known without it */
  async #change(key: string, what: Waiting, known = false): Promise<boolean> {
    if (this.#problem === undefined) {
      try {
        if (!what) return await this.#backend.remove(key);
        await this.#backend.write(key, what);
        return known;
      } catch (error) {
        this.#degrade(this.#backend.describe(error));
      }
    }
    // The last one to wait for is the last one made.
    this.#waiting.delete(key);
    this.#waiting.set(key, { what });
    return known;
  }

  async #list(prefix: string): Promise<string[]> {
    if (this.#problem !== undefined) return this.#mirror.keys(prefix);
    try {
      return await this.#backend.list(prefix);
    } catch (error) {
      this.#degrade(this.#backend.describe(error));
      return this.#mirror.keys(prefix);
    }
  }

  #degrade(problem: string): void {
    if (this.#closing) {
      this.#problem ??= problem;
      return;
    }
    const isNew = this.#problem === undefined;
    this.#problem = problem;
    if (isNew)
      this.#log.warn({ storage: this.driver, problem }, 'the storage is away: all is kept in memory');
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#catchUp();
    }, retryMs).unref();
  }

  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#writeWaiting().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  async #writeWaiting(): Promise<void> {
    try {
      await this.#backend.probe();
      if (this.#emptied) await this.#restore();
      let written = 0;
      while (this.#waiting.size > 0) {
        for (const key of [...this.#waiting.keys()]) await this.#inTurn(key, () => this.#writeOne(key));
        written += 1;
      }
      this.#problem = undefined;
      this.#log.info({ storage: this.driver, rounds: written }, 'the storage is there');
      if (!this.#closing) await this.#tellAll();
    } catch (error) {
      this.#degrade(this.#backend.describe(error));
    }
  }

  async #writeOne(key: string): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    const { what } = waiting;
    if (what && isAlive(what)) await this.#backend.write(key, what);
    else await this.#backend.remove(key);
    if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
  }

  /** A medium that came back without what it held gets back what this process had it keep. */
  async #restore(): Promise<void> {
    for (const [key, stored] of this.#mirror.own()) {
      await this.#inTurn(key, async () => {
        if (!this.#waiting.has(key)) await this.#backend.restore(key, stored);
      });
    }
    this.#emptied = false;
  }

  /** What others changed while the medium was away. */
  async #tellAll(): Promise<void> {
    const now = new Set<string>();
    for (const prefix of new Set([...this.#watchers].map((watcher) => watcher.prefix))) {
      for (const key of await this.#backend.list(prefix)) now.add(key);
    }
    for (const key of [...this.#told]) if (!now.has(key)) this.#tell({ key, kind: 'delete' });
    for (const key of now) this.#tell({ key, kind: 'set' });
  }

  #tell(change: StorageChange): void {
    const concerned = [...this.#watchers].filter(({ prefix }) => change.key.startsWith(prefix));
    if (concerned.length === 0) return;
    if (change.kind === 'set') this.#told.add(change.key);
    else this.#told.delete(change.key);
    for (const { listener } of concerned) listener(change);
  }

  #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key);
    const turn = before ? before.then(work, work) : work();
    this.#turns.set(key, turn);
    const done = () => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    };
    turn.then(done, done);
    return turn;
  }
}

function isAlive({ untilMs }: Stored): boolean {
  return untilMs === undefined || untilMs > Date.now();
}
