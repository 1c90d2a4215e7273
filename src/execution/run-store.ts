/** The records of runs: those that ended, from the storage, and those under way. Bounded by count, age and bytes. */
import { randomUUID } from 'node:crypto';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Storage } from '../storage/storage.ts';
import {
  Instance,
  LiveRecord,
  type LiveRecordOptions,
  liveIds,
  readLive,
  removeLive,
} from './live-record.ts';
import { PlanStore } from './plan-store.ts';
import { type RunRecord, type RunSummary, summaryOf } from './run-record.ts';
import { RunShelf } from './run-shelf.ts';
import { untilAborted } from './until-aborted.ts';

/** A run under way, as the store looks at it. */
export interface ActiveRun {
  readonly id: string;
  readonly principal: string;
  /** The run that it goes on from. */
  readonly resumes?: string | undefined;
  /** As it is now; also after it has ended. */
  snapshot(): RunRecord;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<unknown>;
  abort(): void;
  /** Where its record is written as it goes. */
  readonly live?: LiveRecord | undefined;
}

export interface RunStoreOptions {
  readonly storage: Storage;
  readonly limits: Limits;
  readonly log: Log;
}

/** Whose runs are meant; those of everybody where absent. Over HTTP it is always there. */
export interface RunQuery {
  readonly principal?: string | undefined;
}

/** Records are written when the answers are out: a run that ends does not wait for its record. */
const writeDelayMs = 20;
const hourMs = 3_600_000;
/** How often a run of another process is looked at by those who wait for it. */
const lookMs = 250;

/** By which run it was resumed. */
const nextKey = (id: string) => `run-next/${id}`;
/** Ids come from outside: nothing else becomes a key. */
const idPattern = /^run_[a-z0-9_-]{1,64}$/;

export class RunStore {
  readonly plans: PlanStore;
  readonly #options: RunStoreOptions;
  readonly #shelf: RunShelf;
  readonly #instance: Instance;
  readonly #active = new Map<string, ActiveRun>();
  /** Ended, and not yet written. */
  readonly #waiting = new Map<string, ActiveRun>();
  readonly #next = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RunStoreOptions) {
    const { storage, limits } = options;
    this.#options = options;
    this.plans = new PlanStore(storage, limits);
    this.#shelf = new RunShelf(storage, limits);
    this.#instance = new Instance(storage, randomUUID());
  }

  /** For a run that is to be recorded as it goes; undefined where nothing would survive our end anyway. */
  liveRecord(
    id: string,
    { isPrompt, snapshot }: Pick<LiveRecordOptions, 'isPrompt' | 'snapshot'>,
  ): LiveRecord | undefined {
    const { storage, log, limits } = this.#options;
    if (storage.driver === 'memory' || limits.recordsMax === 0) return undefined;
    const ttlMs = limits.recordHoursMax * hourMs;
    return new LiveRecord(id, { isPrompt, storage, log, ttlMs, instance: this.#instance, snapshot });
  }

  /** A run that starts; seen from here on. */
  started(run: ActiveRun): void {
    this.#active.set(run.id, run);
  }

  /** Its record can be had at once, and is made and written soon. */
  ended(run: ActiveRun): void {
    this.#active.delete(run.id);
    if (this.#options.limits.recordsMax === 0) return;
    this.#waiting.set(run.id, run);
    this.#timer ??= setTimeout(() => void this.flush(), writeDelayMs).unref();
  }

  /** Undefined where there is none, or none of this principal's. */
  async get(id: string, { principal }: RunQuery = {}): Promise<RunRecord | undefined> {
    if (!idPattern.test(id)) return undefined;
    const record = this.#here(id)?.snapshot() ?? (await this.#shelf.get(id)) ?? (await this.#live(id));
    return record && (principal === undefined || record.principal === principal) ? record : undefined;
  }

  /** The run once it has ended, or as it is when the time is over or the signal comes. */
  async wait(
    id: string,
    { principal, ms, signal }: RunQuery & { ms: number; signal: AbortSignal },
  ): Promise<RunRecord | undefined> {
    const over = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
    for (;;) {
      const record = await this.get(id, { principal });
      if (record?.status !== 'running' || over.aborted) return record;
      const run = this.#active.get(id);
      await untilAborted(run ? run.ended : sleep(lookMs), over).catch(() => {});
      // What has ended is moved from the active ones a moment later.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * A run to go on from.
   *
   * @param by the run that wants to
   * @throws OrchestratorError `run_unknown`; `resume_refused` where it is under way, or another run has gone on from it
   * and done something since
   */
  async resumable(id: string, by: { run: string; principal: string }): Promise<RunRecord> {
    const record = await this.get(id, by);
    if (!record) throw this.unknown(id);
    if (record.status === 'running')
      throw refused(`${id} is still running`, 'Wait for its end, or cancel it first.');
    // Of two that ask at the same time, the first one gets it.
    const first = [...this.#active.values()].find(({ resumes }) => resumes === id);
    const under = first?.id === by.run ? undefined : first;
    const next = under?.id ?? this.#next.get(id) ?? (await this.#options.storage.get(nextKey(id)));
    if (next === undefined) return record;
    throw refused(
      `${id} was resumed by ${next}, which ${under ? 'is still running' : 'has done more since'}`,
      under ? 'Wait for its end, and resume that one.' : `Resume ${next}: it knows all that ${id} did.`,
    );
  }

  /** To be called before a resumed run does something of its own: two runs must not go on from the same point. */
  resumed(id: string, by: string): void {
    this.#next.set(id, by);
    const { storage, limits, log } = this.#options;
    storage.set(nextKey(id), by, { ttlMs: limits.recordHoursMax * hourMs }).then(
      () => this.#next.delete(id),
      (error) => log.warn({ run: by, problem: messageOf(error) }, 'what a run resumed could not be noted'),
    );
  }

  /** The newest first. */
  async list({ principal }: RunQuery = {}): Promise<RunSummary[]> {
    const here = [...this.#active.values(), ...this.#waiting.values()].map((run) =>
      summaryOf(run.snapshot()),
    );
    const known = new Set(here.map(({ run_id }) => run_id));
    const elsewhere = (await liveIds(this.#options.storage)).filter((id) => !known.has(id));
    const live = await Promise.all(elsewhere.map((id) => this.#live(id)));
    const kept = await this.#shelf.list((id) => !known.has(id) && !elsewhere.includes(id));
    return [...here, ...live.flatMap((record) => (record ? summaryOf(record) : [])), ...kept]
      .filter((summary) => principal === undefined || summary.principal === principal)
      .sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
  }

  /** The run, where it is under way here. */
  active(id: string, { principal }: RunQuery = {}): ActiveRun | undefined {
    const run = this.#active.get(id);
    return run && (principal === undefined || run.principal === principal) ? run : undefined;
  }

  /** Writes what waits. Never rejects: a record that cannot be kept is told to the log. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** What to say where there is no such run: what is only in memory ends with its process. */
  unknown(id: string): OrchestratorError {
    const hint =
      this.#options.storage.driver === 'memory'
        ? 'Records are kept in memory only and end with the process: set "storage": "file" to keep them.'
        : 'Records are kept for a time only (recordHoursMax, recordsMax, recordsMebibytesMax). List them: runs list.';
    return new OrchestratorError('run_unknown', `There is no record of a run "${id.slice(0, 80)}".`, {
      hint,
    });
  }

  #here(id: string): ActiveRun | undefined {
    return this.#active.get(id) ?? this.#waiting.get(id);
  }

  /** A run of another process; one that was interrupted becomes a record like any other. */
  async #live(id: string): Promise<RunRecord | undefined> {
    const { storage } = this.#options;
    const record = await readLive(storage, id);
    if (record?.status !== 'interrupted') return record;
    // It may have come to its end while it was read.
    const whole = await this.#shelf.get(id);
    if (!whole) await this.#shelf.put(record);
    await removeLive(storage, id);
    return whole ?? record;
  }

  async #write(): Promise<void> {
    const { log } = this.#options;
    for (const [id, run] of [...this.#waiting]) {
      try {
        await this.#shelf.put(run.snapshot());
        await run.live?.end();
      } catch (error) {
        log.warn({ run: id, problem: messageOf(error) }, 'the record of a run could not be kept');
      }
      this.#instance.done(id);
      this.#waiting.delete(id);
    }
    try {
      for (const id of await this.#shelf.prune()) await this.#options.storage.delete(nextKey(id));
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'old records of runs could not be removed');
    }
  }
}

function refused(message: string, hint: string): OrchestratorError {
  return new OrchestratorError('resume_refused', `${message}.`, { hint });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
