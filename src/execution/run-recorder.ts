/** Keeps the books of one run: its journal, its record, and the record that is written as it goes. */
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { Journal } from './journal.ts';
import type { CallDetails } from './journal-entry.ts';
import type { LiveRecord } from './live-record.ts';
import { type RecordedRun, recordCall, recordRun } from './record-run.ts';
import type { RunRecord } from './run-record.ts';
import type { RunRequest } from './run-request.ts';
import type { RunResult } from './run-result.ts';
import type { RunStore } from './run-store.ts';

export interface RunRecorderOptions {
  readonly run: string;
  readonly principal: string;
  readonly request: RunRequest;
  readonly runs: RunStore;
  readonly limits: Limits;
  readonly log: Log;
  /** What the run knows by now. */
  state(): Pick<RecordedRun, 'output' | 'carried'> & {
    readonly result: RunResult | undefined;
    /** It is we who ended it. */
    readonly isInterrupted: boolean;
  };
}

export class RunRecorder {
  readonly startedAt = { date: Date.now(), monotonic: performance.now() };
  readonly journal: Journal;
  /** Where the record is written as the run goes. */
  readonly live: LiveRecord | undefined;
  readonly #options: RunRecorderOptions;
  #hasEffect: boolean;

  constructor(options: RunRecorderOptions) {
    const { run, request, runs, limits, log } = options;
    const { checkOnly, background = false, onCall } = request;
    this.#options = options;
    this.#hasEffect = background;
    const live = checkOnly
      ? undefined
      : runs.liveRecord(run, { isPrompt: background, snapshot: () => this.record() });
    this.live = live;
    this.journal = new Journal({
      onCall,
      log,
      keep: limits,
      ...(live && {
        onChange: (details) => this.#changed(live, details),
        ...(background && { safe: () => live.saved() }),
      }),
    });
    if (background) live?.start();
  }

  /** What is to be kept of the run, as it is now. */
  record(): RunRecord {
    const { run, principal, request, limits, state } = this.#options;
    const { startedAt, journal } = this;
    const { result, isInterrupted, ...now } = state();
    const record = recordRun({ run, principal, startedAt, request, journal, limits, ...now }, result);
    return isInterrupted && record.status === 'aborted' ? { ...record, status: 'interrupted' } : record;
  }

  /** Reads alone can be made again: the record is begun where there is something that cannot. */
  #changed(live: LiveRecord, details: CallDetails): void {
    this.#hasEffect ||= details.row.effect !== 'read';
    if (this.#hasEffect) live.changed(details.row.index, () => recordCall(details, this.startedAt.monotonic));
  }
}
