/**
 * The record of a run that is still under way, written as it goes, so that it survives our end: a head, and then chunks
 * of calls as they start and end. What is read back of it is a run that was interrupted, or runs elsewhere.
 */
import { hostname } from 'node:os';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';
import type { RecordedCall, RunRecord } from './run-record.ts';

export interface LiveRecordOptions {
  readonly storage: Storage;
  readonly log: Log;
  readonly ttlMs: number;
  readonly instance: Instance;
  /** Written at once, for those who wait for it; else a moment later, with what comes until then. */
  readonly isPrompt: boolean;
  /** As it is now; its calls are not looked at. */
  snapshot(): RunRecord;
}

const prefix = 'running/';
const headKey = (id: string) => `${prefix}${id}/head`;
/** Chunks sort as they were written. When there are many, they become one segment. */
const chunkKey = (id: string, segment: number, chunk: number) =>
  `${prefix}${id}/${String(segment).padStart(6, '0')}-${String(chunk).padStart(3, '0')}`;
const chunksMax = 100;
const delayMs = 50;

interface Head {
  readonly record: RunRecord;
  readonly owner: Owner;
}

/** `error` of a call that was under way when its orchestrator ended. */
const lostWithUs = 'the orchestrator ended before the answer came';

export class LiveRecord {
  readonly #options: LiveRecordOptions;
  readonly #id: string;
  readonly #changed = new Map<number, () => RecordedCall>();
  /** Of the segment that is being filled. */
  readonly #segmentCalls = new Map<number, () => RecordedCall>();
  #segment = 0;
  #chunk = 0;
  #hasHead = false;
  #asked = 0;
  #kept = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(id: string, options: LiveRecordOptions) {
    this.#id = id;
    this.#options = options;
  }

  /** Writes the head, and what has changed; several changes at once go into one chunk. */
  start(): void {
    this.#asked += 1;
    if (this.#options.isPrompt) this.#writing ??= this.#write();
    else this.#soon();
  }

  /** @param call as it is when it is written */
  changed(index: number, call: () => RecordedCall): void {
    this.#changed.set(index, call);
    this.start();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#kept < this.#asked) this.#writing ??= this.#write();
    }, delayMs).unref();
  }

  /** Resolves once everything that has changed so far is kept, as well as the storage can. Never rejects. */
  async saved(): Promise<void> {
    const wanted = this.#asked;
    while (this.#kept < wanted && this.#writing) await this.#writing;
  }

  /** The run's record is kept as a whole: this one goes. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#hasHead) await removeLive(this.#options.storage, this.#id).catch(() => {});
  }

  async #write(): Promise<void> {
    // Changes that come together are written together.
    await undefined;
    const isOpen = () => this.#kept < this.#asked && !this.#ended;
    while (isOpen()) {
      await this.#writeOnce();
      // What came meanwhile waits its time: a script that calls on and on would have a chunk written for every other call.
      if (!this.#options.isPrompt) break;
    }
    this.#writing = undefined;
    if (isOpen()) this.#soon();
  }

  async #writeOnce(): Promise<void> {
    const asked = this.#asked;
    try {
      await this.#writeHead();
      await this.#writeChunk();
    } catch (error) {
      const { log } = this.#options;
      log.warn({ run: this.#id, problem: messageOf(error) }, 'a run under way could not be recorded');
    }
    this.#kept = asked;
  }

  async #writeHead(): Promise<void> {
    if (this.#hasHead) return;
    const { storage, ttlMs, instance, snapshot } = this.#options;
    const head = { record: { ...snapshot(), calls: [] }, owner: await instance.seen(this.#id) };
    await storage.set(headKey(this.#id), head as unknown as JsonValue, { ttlMs });
    this.#hasHead = true;
  }

  async #writeChunk(): Promise<void> {
    if (this.#changed.size === 0) return;
    for (const [index, call] of this.#changed) this.#segmentCalls.set(index, call);
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    if (this.#chunk < chunksMax) return this.#set(this.#chunk++, changed);
    await this.#set(this.#chunk, [...this.#segmentCalls.values()]);
    const chunks = Array.from({ length: this.#chunk }, (_, chunk) =>
      chunkKey(this.#id, this.#segment, chunk),
    );
    await Promise.all(chunks.map((key) => this.#options.storage.delete(key)));
    this.#segment += 1;
    this.#chunk = 0;
    this.#segmentCalls.clear();
  }

  async #set(chunk: number, calls: readonly (() => RecordedCall)[]): Promise<void> {
    const { storage, ttlMs } = this.#options;
    const rows = calls.map((call) => call()) as unknown as JsonValue;
    await storage.set(chunkKey(this.#id, this.#segment, chunk), rows, { ttlMs });
  }
}

/** Ids of runs that are under way somewhere, or were interrupted. */
export async function liveIds(storage: Storage): Promise<string[]> {
  const keys = await storage.keys(prefix);
  return keys.filter((key) => key.endsWith('/head')).map((key) => key.slice(prefix.length, -'/head'.length));
}

/** What was written of the run; undefined where nothing was. `running` where its orchestrator still lives. */
export async function readLive(storage: Storage, id: string): Promise<RunRecord | undefined> {
  const head = (await storage.get(headKey(id))) as unknown as Head | undefined;
  if (!head) return undefined;
  const keys = (await storage.keys(`${prefix}${id}/`)).filter((key) => !key.endsWith('/head'));
  const chunks = (await Promise.all(keys.map((key) => storage.get(key)))) as unknown as RecordedCall[][];
  const byIndex = new Map(chunks.flatMap((calls) => calls ?? []).map((call) => [call.index, call]));
  const calls = [...byIndex.values()].sort((a, b) => a.index - b.index);
  if (await isAlive(storage, head.owner)) return { ...head.record, calls };
  const lost = (call: RecordedCall): RecordedCall =>
    call.ok || call.error !== undefined ? call : { ...call, outcome: 'unknown', error: lostWithUs };
  return { ...head.record, status: 'interrupted', calls: calls.map(lost) };
}

export async function removeLive(storage: Storage, id: string): Promise<void> {
  const keys = await storage.keys(`${prefix}${id}/`);
  await Promise.all(keys.map((key) => storage.delete(key)));
}

interface Owner {
  readonly instance: string;
  readonly pid: number;
  readonly host: string;
}

const signMs = 10_000;
const signTtlMs = 35_000;

/** One orchestrator, which gives a sign of life as long as it has runs to answer for. */
export class Instance {
  readonly #storage: Storage;
  readonly #owner: Owner;
  readonly #runs = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(storage: Storage, instance: string) {
    this.#storage = storage;
    this.#owner = { instance, pid: process.pid, host: hostname() };
  }

  /** Signs for a run, until it is `done`. */
  async seen(run: string): Promise<Owner> {
    this.#runs.add(run);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#sign().catch(() => {}), signMs).unref();
      await this.#sign();
    }
    return this.#owner;
  }

  done(run: string): void {
    this.#runs.delete(run);
    if (this.#runs.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #sign(): Promise<void> {
    await this.#storage.set(signKey(this.#owner), Date.now(), { ttlMs: signTtlMs });
  }
}

function signKey({ instance }: Owner): string {
  return `alive/${instance}`;
}

/** A process of this machine that is gone is known at once; for any other, its sign runs out. */
async function isAlive(storage: Storage, owner: Owner): Promise<boolean> {
  if (owner.host === hostname() && !hasProcess(owner.pid)) return false;
  return (await storage.get(signKey(owner))) !== undefined;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
