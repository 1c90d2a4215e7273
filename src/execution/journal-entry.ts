/** One call as a journal keeps it: its row, and what the run's record holds of it beside. */
import type { Effect, Tool } from '../catalog/tool.ts';
import type { CallOutcome } from '../errors.ts';

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
  /** The script had not waited for it when it returned. */
  awaited?: false;
  /** Where no server was asked: the record of the run that was resumed, or the plan that held the call back. */
  answered_by?: AnsweredBy;
  /** Only where not ok: what went wrong, and whether it may have happened all the same. */
  error?: string;
  outcome?: CallOutcome | undefined;
}

export type AnsweredBy = 'journal' | 'plan';

export interface JournalEntry {
  resolved(tool: Tool): void;
  /** The call is about to be sent. Undefined where there is nothing to wait for. */
  sending(): Promise<void> | undefined;
  ended(outcome: CallEnd): void;
}

export interface CallEnd {
  readonly ok: boolean;
  readonly resultBytes?: number | undefined;
  /** What the script gets, JSON text. */
  readonly value?: string | undefined;
  readonly error?: unknown;
  /** What answered in the server's place, and the run that it is from. */
  readonly by?: AnsweredBy | undefined;
  readonly run?: string | undefined;
}

/** What a run's record holds of a call beside its row. */
export interface CallDetails {
  readonly row: CallRecord;
  readonly startedAt: number;
  readonly raw: boolean;
  args: string | undefined;
  argsBytes: number;
  /** By what the call is known where its arguments are not kept. */
  key: string | undefined;
  tool: Tool | undefined;
  value: string | undefined;
  valueBytes: number;
  error: unknown;
  reused: string | undefined;
}

/** What the entries of a journal tell it. */
export interface Book {
  resolved(entry: Entry, tool: Tool): void;
  sending(entry: Entry): Promise<void> | undefined;
  ended(entry: Entry, end: CallEnd): void;
}

/** One object a call, with no functions of its own: a run may make thousands. */
export class Entry implements JournalEntry, CallDetails {
  readonly row: CallRecord;
  readonly startedAt = performance.now();
  readonly raw: boolean;
  args: string | undefined;
  argsBytes = 0;
  key: string | undefined = undefined;
  tool: Tool | undefined = undefined;
  value: string | undefined = undefined;
  valueBytes = 0;
  error: unknown = undefined;
  reused: string | undefined = undefined;
  readonly #book: Book;

  constructor(book: Book, row: CallRecord, { raw, args }: Pick<CallDetails, 'raw' | 'args'>) {
    this.#book = book;
    this.row = row;
    this.raw = raw;
    this.args = args;
  }

  resolved(tool: Tool): void {
    this.#book.resolved(this, tool);
  }

  sending(): Promise<void> | undefined {
    return this.#book.sending(this);
  }

  ended(end: CallEnd): void {
    this.#book.ended(this, end);
  }
}
