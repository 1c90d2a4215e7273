/**
 * The answers of an earlier run, for a script that goes on from it. A call is known again by its tool, its arguments and
 * its place among calls with the same ones, whatever else stands between them: so calls in parallel find theirs too.
 *
 * - A call that completed is answered as it was, and is not made again. Its answer gone (it was too large), a read is
 *   made again, and of anything else the script is told that it was done (`answer_lost`).
 * - A call that failed was not done: it is made.
 * - A call of which nobody knows whether it was done is made again where it only reads. Else the script is told
 *   (`outcome_unknown`), once: the same call after that is a new one, and is made.
 * - A read is made anew after a call of this run that may have changed what its server would say.
 */
import { OrchestratorError } from '../errors.ts';
import type { CallGate, GateAnswer, GateCall } from './call-gate.ts';
import { inForm } from './call-gate.ts';
import { callKey } from './canonical.ts';
import type { RecordedCall, RunRecord } from './run-record.ts';
import { addressOf } from './tool-failure.ts';

export interface ResumptionOptions {
  readonly record: RunRecord;
  /** Reads are made anew, all of them. */
  readonly freshReads: boolean;
  /** Called at the first call that is made and may change something. */
  onEffect(): void;
}

export class Resumption implements CallGate {
  readonly #options: ResumptionOptions;
  readonly #waiting = new Map<string, RecordedCall[]>();
  /** Servers that a call of this run may have changed. */
  readonly #touched = new Set<string>();
  #calls = 0;
  #writes = 0;

  constructor(options: ResumptionOptions) {
    this.#options = options;
    const { calls, carried = [] } = options.record;
    for (const call of [...calls, ...carried]) {
      const key = call.key ?? (call.args === undefined ? undefined : callKey(call, call.args));
      if (key === undefined || !isDone(call)) continue;
      const same = this.#waiting.get(key);
      if (same) same.push(call);
      else this.#waiting.set(key, [call]);
    }
  }

  answer(call: GateCall): GateAnswer | undefined {
    const { tool, text, stop } = call;
    if (stop) return undefined;
    const recorded = this.#waiting.get(callKey({ server: tool.server, tool: tool.name }, text))?.shift();
    const answer = recorded && this.#answerOf(recorded, call);
    if (answer) {
      this.#calls += 1;
      if (tool.effect !== 'read') this.#writes += 1;
    } else if (tool.effect !== 'read') {
      if (this.#touched.size === 0) this.#options.onEffect();
      this.#touched.add(tool.server);
    }
    return answer;
  }

  /** What was not made again, and what the script did not come to. */
  get used(): { run_id: string; calls: number; writes: number; left: number } {
    const { run_id } = this.#options.record;
    return { run_id, calls: this.#calls, writes: this.#writes, left: this.left.length };
  }

  /** Calls of the record that this run did not ask for, in their order. */
  get left(): RecordedCall[] {
    return [...this.#waiting.values()].flat().sort((a, b) => a.index - b.index);
  }

  #answerOf(recorded: RecordedCall, { tool, raw }: GateCall): GateAnswer | undefined {
    const { run_id } = this.#options.record;
    if (tool.effect === 'read') {
      const isStale = this.#options.freshReads || this.#touched.has(tool.server);
      if (isStale || !recorded.ok || recorded.value === undefined) return undefined;
    } else if (!recorded.ok && recorded.outcome === 'unknown') throw unknownOutcome(recorded, run_id, tool);
    else if (recorded.value === undefined) throw lostAnswer(recorded, run_id, tool);
    const value = inForm(recorded.value ?? 'null', { raw: recorded.raw === true, wanted: raw, tool });
    return { value, by: 'journal', run: recorded.reused ?? run_id };
  }
}

/** Or may be. What `onStop` did belongs to the end of its run. */
function isDone({ ok, outcome, stop, answered_by }: RecordedCall): boolean {
  return !stop && answered_by !== 'plan' && (ok || outcome !== 'failed');
}

function unknownOutcome(call: RecordedCall, run: string, tool: GateCall['tool']): OrchestratorError {
  const message = `${addressOf(tool)} was called with these arguments by ${run}${lineOf(call)}, and nobody knows whether it was carried out: ${call.error ?? 'its answer never came'}.`;
  return new OrchestratorError('outcome_unknown', message, {
    hint: 'It was not called again. Look whether it was done; where it was not, call it again: the second call is made.',
    retrySafe: tool.repeatable ? 'yes' : 'unknown',
    server: tool.server,
    tool: tool.name,
  });
}

function lostAnswer(call: RecordedCall, run: string, tool: GateCall['tool']): OrchestratorError {
  const size = call.value_bytes === undefined ? '' : ` of ${call.value_bytes} bytes`;
  const message = `${addressOf(tool)} was carried out with these arguments by ${run}${lineOf(call)}; its answer${size} was not kept.`;
  return new OrchestratorError('answer_lost', message, {
    hint: 'It was not called again. Do without its answer (try/catch), or look it up by a tool that reads.',
    retrySafe: tool.repeatable ? 'yes' : 'no',
    server: tool.server,
    tool: tool.name,
  });
}

function lineOf({ line }: RecordedCall): string {
  return line === undefined ? '' : ` on its line ${line}`;
}
