/** What a run has done so far: one row a call, kept even where the run fails, so that nobody repeats a write blindly. */
import type { Effect, Tool } from '../catalog/tool.ts';
import { type CallOutcome, messageOf, OrchestratorError } from '../errors.ts';
import type { Log } from '../log.ts';

/** One call as the RunResult lists it. */
export interface CallRecord {
  index: number;
  server: string;
  tool: string;
  /** False also for a call that was still under way when the run ended. */
  ok: boolean;
  ms: number;
  effect: Effect;
  line?: number;
  /** Made by `onStop`, after the script was cut off. */
  stop?: boolean;
  /** Where the script never asked for its value: neither awaited it nor attached a handler. */
  awaited?: false;
  /** Only where not ok: what went wrong, and whether it may have happened all the same. */
  error?: string;
  outcome?: CallOutcome;
}

/** `error` of a call that was still under way when the run ended. */
export const notAwaited = 'still under way when the run ended';

/** A call as the journal notes it. */
export interface StartedCall {
  readonly server: string;
  readonly tool: string;
  /** The author's line, where known. */
  readonly line?: number | undefined;
  /** Of a script's call, by which it is known again. */
  readonly id?: number | undefined;
  /** Made by `onStop`, after the script was cut off. */
  readonly stop?: boolean | undefined;
}

export interface JournalEntry {
  resolved(tool: Tool): void;
  ended(outcome: { ok: boolean; resultBytes?: number; error?: unknown }): void;
}

export class Journal {
  readonly #records: CallRecord[] = [];
  readonly #startedAt: number[] = [];
  readonly #byId = new Map<number, CallRecord>();
  readonly #onCall: ((record: CallRecord, done: number) => void) | undefined;
  readonly #log: Log | undefined;
  #done = 0;
  #runEnded = false;
  bytesFromTools = 0;

  /** @param onCall called at each call's end, with the number of calls ended so far */
  constructor(onCall?: (record: CallRecord, done: number) => void, log?: Log) {
    this.#onCall = onCall;
    this.#log = log;
  }

  get calls(): number {
    return this.#records.length;
  }

  start(request: StartedCall): JournalEntry {
    const { server, tool, line, id, stop } = request;
    const record: CallRecord = {
      index: this.#records.length,
      server,
      tool,
      ok: false,
      ms: 0,
      effect: 'unknown',
      outcome: 'unknown',
    };
    if (line !== undefined) record.line = line;
    if (stop) record.stop = true;
    if (id !== undefined) this.#byId.set(id, record);
    const startedAt = performance.now();
    this.#records.push(record);
    this.#startedAt.push(startedAt);
    return {
      resolved: (found) => {
        record.server = found.server;
        record.tool = found.name;
        record.effect = found.effect;
      },
      ended: ({ ok, resultBytes = 0, error }) => {
        if (this.#runEnded && !stop) return this.#endedLate(record, error);
        record.ok = ok;
        record.ms = roundMs(performance.now() - startedAt);
        this.bytesFromTools += resultBytes;
        if (ok) delete record.outcome;
        else Object.assign(record, whatFailed(error));
        this.#done += 1;
        this.#announce(record);
      },
    };
  }

  /**
   * From here on nothing more counts. Calls still under way are of unknown outcome; they are about to be aborted, and
   * those that turn out not to have been sent are known to have failed.
   *
   * @param notAwaitedIds of calls whose value the script never asked for
   * @returns how many were under way
   */
  endRun(notAwaitedIds: readonly number[] = []): number {
    this.#runEnded = true;
    for (const id of notAwaitedIds) {
      const record = this.#byId.get(id);
      if (record) record.awaited = false;
    }
    const now = performance.now();
    const underWay = this.#records.filter(({ ok, error }) => !ok && error === undefined);
    for (const record of underWay) {
      record.ms = roundMs(now - (this.#startedAt[record.index] ?? now));
      record.error = notAwaited;
    }
    return underWay.length;
  }

  /** The calls of `onStop`. */
  get stops(): CallRecord[] {
    return this.#records.filter(({ stop }) => stop);
  }

  /** At most so many of them. Reads that went well give way first: the rest is what must not be repeated blindly. */
  listed(recordsMax: number): CallRecord[] {
    const records = this.#records;
    if (records.length <= recordsMax) return [...records];
    const isRead = ({ ok, effect, stop }: CallRecord) => ok && effect === 'read' && !stop;
    const kept = new Set(records.filter((record) => !isRead(record)).slice(-recordsMax));
    const reads = records.filter(isRead).reverse();
    for (const record of reads) if (kept.size < recordsMax) kept.add(record);
    return records.filter((record) => kept.has(record));
  }

  /** A listener's own failure is not the call's. */
  #announce(record: CallRecord): void {
    try {
      this.#onCall?.(record, this.#done);
    } catch (error) {
      this.#log?.error({ error: messageOf(error) }, 'a listener to calls threw');
    }
  }

  #endedLate(record: CallRecord, error: unknown): void {
    if (error === undefined || whatFailed(error).outcome !== 'failed') return;
    record.error = 'not sent: the run ended first';
    record.outcome = 'failed';
  }
}

function whatFailed(error: unknown): { error: string; outcome: CallOutcome } {
  if (!(error instanceof OrchestratorError))
    return { error: 'tool_failed', outcome: error === undefined ? 'failed' : 'unknown' };
  return { error: error.code, outcome: error.callOutcome };
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
