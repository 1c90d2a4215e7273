/** What a run has done so far: one row a call, kept even where the run fails, so that nobody repeats a write blindly. */
import type { Tool } from '../catalog/tool.ts';
import { type CallOutcome, messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { callKey } from './canonical.ts';
import {
  type Book,
  type CallDetails,
  type CallEnd,
  type CallRecord,
  Entry,
  type JournalEntry,
} from './journal-entry.ts';

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
  /** JSON text, for the run's record. */
  readonly args?: string | undefined;
  /** The result as MCP has it, instead of its value. */
  readonly raw?: boolean | undefined;
}

export interface JournalOptions {
  /** Called at each call's end, with the number of calls ended so far. */
  readonly onCall?: ((record: CallRecord, done: number) => void) | undefined;
  readonly log?: Log | undefined;
  /** Absent where no record is made: then neither arguments nor values are held. */
  readonly keep?: Pick<Limits, 'recordBytesMax' | 'recordValueBytesMax'> | undefined;
  /** Called where a call is about to be made, and where it has ended. */
  readonly onChange?: ((details: CallDetails) => void) | undefined;
  /** Resolves when what is known of the run so far is safe: before that, nothing is to be done that cannot be undone. */
  readonly safe?: (() => Promise<void>) | undefined;
}

export class Journal {
  readonly #records: CallRecord[] = [];
  readonly #details: CallDetails[] = [];
  readonly #byId = new Map<number, CallRecord>();
  readonly #options: JournalOptions;
  readonly #book: Book = {
    resolved: (entry, tool) => this.#resolved(entry, tool),
    sending: (entry) => this.#sending(entry),
    ended: (entry, end) => this.#ended(entry, end),
  };
  #done = 0;
  #runEnded = false;
  #onEnded: (() => void) | undefined;
  #bytesKept = 0;
  bytesFromTools = 0;

  constructor(options: JournalOptions = {}) {
    this.#options = options;
  }

  get calls(): number {
    return this.#records.length;
  }

  start(request: StartedCall): JournalEntry {
    const { server, tool, line, id, stop, args, raw = false } = request;
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
    this.#records.push(record);
    const entry = new Entry(this.#book, record, { raw, args: this.#options.keep && args });
    this.#details.push(entry);
    return entry;
  }

  #resolved(entry: Entry, found: Tool): void {
    const { row } = entry;
    entry.tool = found;
    row.server = found.server;
    row.tool = found.name;
    row.effect = found.effect;
    this.#keepArguments(entry);
  }

  #sending(entry: Entry): Promise<void> | undefined {
    this.#options.onChange?.(entry);
    return entry.row.effect === 'read' ? undefined : this.#options.safe?.();
  }

  #ended(entry: Entry, { ok, resultBytes = 0, error, value, by, run }: CallEnd): void {
    const { row, startedAt } = entry;
    entry.error = error;
    entry.reused = run;
    if (by) row.answered_by = by;
    if (this.#runEnded && !row.stop) return this.#endedLate(row, error);
    if (ok && value !== undefined) this.#keepValue(entry, value, resultBytes);
    row.ok = ok;
    row.ms = roundMs(performance.now() - startedAt);
    if (!by) this.bytesFromTools += resultBytes;
    // Not deleted: that would make it a slow object.
    if (ok) row.outcome = undefined;
    else Object.assign(row, whatFailed(error));
    this.#done += 1;
    this.#options.onChange?.(entry);
    if (this.#options.onCall) this.#announce(row);
    this.#onEnded?.();
  }

  /** Resolves when it is known of every call that may have changed something how it ended; at the latest after `msMax`. */
  async outcomesKnown(msMax: number): Promise<void> {
    const isOpen = ({ ok, error, effect }: CallRecord) => !ok && error === undefined && effect !== 'read';
    if (!this.#records.some(isOpen)) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, msMax);
      this.#onEnded = () => {
        if (!this.#records.some(isOpen)) resolve();
      };
    });
    clearTimeout(timer);
    this.#onEnded = undefined;
  }

  /**
   * From here on nothing more counts. Calls still under way are of unknown outcome; they are about to be aborted, and
   * those that turn out not to have been sent are known to have failed.
   *
   * @param notAwaitedIds of calls that the script had not waited for when it returned
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
      record.ms = roundMs(now - (this.#details[record.index]?.startedAt ?? now));
      record.error = notAwaited;
    }
    return underWay.length;
  }

  /** All calls, in their order. */
  get rows(): readonly CallRecord[] {
    return this.#records;
  }

  /** The calls of `onStop`. */
  get stops(): CallRecord[] {
    return this.#records.filter(({ stop }) => stop);
  }

  /** Everything known of each call, in their order; as it is now, and changing with the run. */
  get details(): readonly CallDetails[] {
    return this.#details;
  }

  /** At most so many of them. Reads that went well give way first: the rest is what must not be repeated blindly. */
  listed(recordsMax: number): CallRecord[] {
    return listedOf(this.#records, recordsMax);
  }

  #keepArguments(details: CallDetails): void {
    const { args, row } = details;
    if (args === undefined) return;
    details.argsBytes = Buffer.byteLength(args);
    if (this.#hasRoom(details.argsBytes, row)) return;
    details.key = callKey(row, args);
    details.args = undefined;
  }

  #keepValue(details: CallDetails, value: string, bytes: number): void {
    details.valueBytes = bytes;
    if (this.#hasRoom(bytes, details.row)) details.value = value;
  }

  /** Takes it, where there is. Reads can be asked again: they get half of it, so that what a write answered finds its place. */
  #hasRoom(bytes: number, { effect }: CallRecord): boolean {
    const { keep } = this.#options;
    if (!keep || bytes > keep.recordValueBytesMax) return false;
    const room = effect === 'read' ? keep.recordBytesMax / 2 : keep.recordBytesMax;
    if (this.#bytesKept + bytes > room) return false;
    this.#bytesKept += bytes;
    return true;
  }

  /** A listener's own failure is not the call's. */
  #announce(record: CallRecord): void {
    try {
      this.#options.onCall?.(record, this.#done);
    } catch (error) {
      this.#options.log?.error({ error: messageOf(error) }, 'a listener to calls threw');
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

/** At most so many of them. Reads that went well give way first: the rest is what must not be repeated blindly. */
export function listedOf<Row extends CallRecord>(records: readonly Row[], recordsMax: number): Row[] {
  if (records.length <= recordsMax) return [...records];
  const isRead = ({ ok, effect, stop }: Row) => ok && effect === 'read' && !stop;
  const kept = new Set(records.filter((record) => !isRead(record)).slice(-recordsMax));
  const reads = records.filter(isRead).reverse();
  for (const record of reads) if (kept.size < recordsMax) kept.add(record);
  return records.filter((record) => kept.has(record));
}
