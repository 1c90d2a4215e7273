/** Answers every call from a record, as it was answered then, its failures too; whatever the record does not have ends the run. */
import type { ToolFailure } from '../../sandbox/protocol.ts';
import { type ErrorCode, errorCodes, OrchestratorError } from '../errors.ts';
import { type CallGate, type GateAnswer, type GateCall, inForm } from './call-gate.ts';
import { callKey } from './canonical.ts';
import type { RecordedCall, RunRecord } from './run-record.ts';
import { shownArguments } from './shown-arguments.ts';
import { addressOf } from './tool-failure.ts';

export class ReplayGate implements CallGate {
  readonly #record: RunRecord;
  readonly #left = new Map<string, RecordedCall[]>();

  constructor(record: RunRecord) {
    this.#record = record;
    for (const call of record.calls) {
      const key = call.key ?? callKey(call, call.args ?? '{}');
      const same = this.#left.get(key);
      if (same) same.push(call);
      else this.#left.set(key, [call]);
    }
  }

  answer({ tool, text, raw }: GateCall): GateAnswer {
    const recorded = this.#left.get(callKey({ server: tool.server, tool: tool.name }, text))?.shift();
    const { run_id } = this.#record;
    if (!recorded) {
      const args = JSON.stringify(shownArguments(text));
      throw new OrchestratorError(
        'not_recorded',
        `${run_id} has no such call: ${addressOf(tool)}(${args}).`,
        {
          hint: 'A replay calls nothing. To go on from a run with other calls, resume it: run --resume.',
          server: tool.server,
          tool: tool.name,
        },
      );
    }
    if (recorded.failure) throw failureOf(recorded.failure);
    if (recorded.value === undefined) {
      const message = `${run_id} did not keep what ${addressOf(tool)} answered (${recorded.value_bytes ?? 0} bytes).`;
      throw new OrchestratorError('not_recorded', message, { hint: 'Raise recordValueBytesMax.' });
    }
    const value = inForm(recorded.value, { raw: recorded.raw === true, wanted: raw, tool });
    return { value, by: 'journal', run: run_id };
  }

  /** Calls of the record that were not made. */
  get left(): RecordedCall[] {
    return [...this.#left.values()].flat().filter(({ stop }) => !stop);
  }
}

function failureOf({ kind, message, hint, retrySafe, server, tool, path }: ToolFailure): OrchestratorError {
  const code = Object.hasOwn(errorCodes, kind) ? (kind as ErrorCode) : 'tool_failed';
  return new OrchestratorError(code, message, { hint, retrySafe, server, tool, path });
}
