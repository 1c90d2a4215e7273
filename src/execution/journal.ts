/** What a run has done so far: one row a call, kept even where the run fails, so that nobody repeats a write blindly. */
import type { Effect, Tool } from '../catalog/tool.ts';
import { OrchestratorError, type RetrySafe } from '../errors.ts';

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
  /** Only where not ok: what went wrong, and whether it may have happened all the same. */
  error?: string;
  outcome?: 'failed' | 'unknown';
}

/** `error` of a call that was still under way when the run ended: cut short, or never awaited. */
export const notAwaited = 'still under way when the run ended';

export interface JournalEntry {
  resolved(tool: Tool): void;
  ended(outcome: { ok: boolean; resultBytes?: number; error?: unknown }): void;
}

export class Journal {
  readonly #records: CallRecord[] = [];
  readonly #startedAt: number[] = [];
  readonly #onCall: ((record: CallRecord, done: number) => void) | undefined;
  #done = 0;
  bytesFromTools = 0;

  /** @param onCall called at each call's end, with the number of calls ended so far */
  constructor(onCall?: (record: CallRecord, done: number) => void) {
    this.#onCall = onCall;
  }

  get calls(): number {
    return this.#records.length;
  }

  start(request: { server: string; tool: string; line?: number | undefined }): JournalEntry {
    const { server, tool, line } = request;
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
        record.ok = ok;
        record.ms = roundMs(performance.now() - startedAt);
        this.bytesFromTools += resultBytes;
        if (ok) delete record.outcome;
        else this.#markFailed(record, error);
        this.#done += 1;
        this.#onCall?.(record, this.#done);
      },
    };
  }

  /** Every call in the order of its start. Those still under way are of unknown outcome, with the time so far. */
  records(): readonly CallRecord[] {
    const now = performance.now();
    return this.#records.map((record, index) => {
      const underWay = !record.ok && record.error === undefined;
      return underWay
        ? {
            ...record,
            ms: roundMs(now - (this.#startedAt[index] ?? now)),
            error: notAwaited,
          }
        : record;
    });
  }

  /** At most so many of them. Reads that went well give way first: the rest is what must not be repeated blindly. */
  listed(recordsMax: number): CallRecord[] {
    const records = [...this.records()];
    if (records.length <= recordsMax) return records;
    const isRead = ({ ok, effect }: CallRecord) => ok && effect === 'read';
    const kept = new Set(records.filter((record) => !isRead(record)).slice(-recordsMax));
    const reads = records.filter(isRead).reverse();
    for (const record of reads) if (kept.size < recordsMax) kept.add(record);
    return records.filter((record) => kept.has(record));
  }

  #markFailed(record: CallRecord, error: unknown): void {
    const retrySafe: RetrySafe | undefined = error instanceof OrchestratorError ? error.retrySafe : undefined;
    const code = error instanceof OrchestratorError ? error.code : 'tool_failed';
    // The server answered that it failed, or the call never left us: it is known not to have succeeded.
    record.outcome =
      code === 'tool_failed' || code === 'protocol_error' || retrySafe === 'yes' ? 'failed' : 'unknown';
    record.error = code;
  }
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
