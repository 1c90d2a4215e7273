/** The records of runs: those that ended, from the storage, and those under way. Bounded by count, age and bytes. */
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';
import { type RunRecord, type RunSummary, summaryOf } from './run-record.ts';

/** A run under way, as the store looks at it. */
export interface ActiveRun {
  readonly id: string;
  readonly principal: string;
  /** The run that it goes on from. */
  readonly resumes?: string | undefined;
  /** As it is now; also after it has ended. */
  snapshot(): RunRecord;
  /** Resolves when it has ended and its record is here; never rejects. */
  readonly ended: Promise<unknown>;
  abort(): void;
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

const recordKey = (id: string) => `runs/${id}`;
/** By which run it was resumed. */
const nextKey = (id: string) => `run-next/${id}`;
const summaryPrefix = 'run-list/';
const summaryKey = (id: string) => `${summaryPrefix}${id}`;
/** Ids come from outside: nothing else becomes a key. */
const idPattern = /^run_[a-z0-9_-]{1,64}$/;

export class RunStore {
  readonly #options: RunStoreOptions;
  readonly #active = new Map<string, ActiveRun>();
  /** Ended, and not yet written. */
  readonly #waiting = new Map<string, ActiveRun>();
  readonly #next = new Map<string, string>();
  readonly #bytes = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RunStoreOptions) {
    this.#options = options;
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
    const record =
      (this.#active.get(id) ?? this.#waiting.get(id))?.snapshot() ??
      ((await this.#options.storage.get(recordKey(id))) as unknown as RunRecord | undefined);
    return record && (principal === undefined || record.principal === principal) ? record : undefined;
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
    if (!record) throw unknownRun(id, this.#options.storage.driver);
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
    const kept = (await this.#ids()).filter((id) => !known.has(id));
    const summaries = await Promise.all(kept.map((id) => this.#summary(id)));
    return [...here, ...summaries.flatMap((summary) => summary ?? [])]
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

  async #write(): Promise<void> {
    const { storage, log, limits } = this.#options;
    const ttlMs = limits.recordHoursMax * hourMs;
    for (const [id, run] of [...this.#waiting]) {
      try {
        const record = run.snapshot();
        const summary = summaryOf(record);
        await storage.set(recordKey(id), record as unknown as JsonValue, { ttlMs });
        await storage.set(summaryKey(id), summary as unknown as JsonValue, { ttlMs });
        this.#bytes.set(id, summary.bytes);
      } catch (error) {
        log.warn({ run: id, problem: messageOf(error) }, 'the record of a run could not be kept');
      }
      this.#waiting.delete(id);
    }
    await this.#prune().catch((error) => {
      log.warn({ problem: messageOf(error) }, 'old records of runs could not be removed');
    });
  }

  /** Ids start with their time: the first of the list are the oldest. */
  async #prune(): Promise<void> {
    const { storage, limits } = this.#options;
    const ids = (await this.#ids()).reverse();
    const bytesMax = limits.recordsMebibytesMax * 1_048_576;
    let bytes = 0;
    for (const [index, id] of ids.entries()) {
      bytes += await this.#bytesOf(id);
      if (index < limits.recordsMax && bytes <= bytesMax) continue;
      await Promise.all([recordKey, summaryKey, nextKey].map((key) => storage.delete(key(id))));
      this.#bytes.delete(id);
    }
  }

  async #bytesOf(id: string): Promise<number> {
    const known = this.#bytes.get(id) ?? (await this.#summary(id))?.bytes ?? 0;
    this.#bytes.set(id, known);
    return known;
  }

  async #ids(): Promise<string[]> {
    const keys = await this.#options.storage.keys(summaryPrefix);
    return keys.map((key) => key.slice(summaryPrefix.length));
  }

  async #summary(id: string): Promise<RunSummary | undefined> {
    return (await this.#options.storage.get(summaryKey(id))) as unknown as RunSummary | undefined;
  }
}

/** @param driver of the storage: what is only in memory ends with its process */
export function unknownRun(id: string, driver: Storage['driver']): OrchestratorError {
  const hint =
    driver === 'memory'
      ? 'Records are kept in memory only and end with the process: set "storage": "file" to keep them.'
      : 'Records are kept for a time only (recordHoursMax, recordsMax, recordsMebibytesMax). List them: runs list.';
  return new OrchestratorError('run_unknown', `There is no record of a run "${id.slice(0, 80)}".`, { hint });
}

function refused(message: string, hint: string): OrchestratorError {
  return new OrchestratorError('resume_refused', `${message}.`, { hint });
}
