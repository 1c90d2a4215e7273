/** A record as it is shown: whole, or as the answer that its run gives so far; secrets hidden by the names of their keys. */
import { listedOf } from './journal.ts';
import type { CallRecord } from './journal-entry.ts';
import type { RecordedCall, RecordStatus, RunRecord } from './run-record.ts';
import type { RunResult } from './run-result.ts';
import { withoutSecrets } from './shown-arguments.ts';

/** A RunResult; of a run that has not come to its end, what there is of it. */
export type RunAnswer = Pick<RunResult, 'run_id' | 'output' | 'calls'> &
  Partial<Omit<RunResult, 'status'>> & { status: RecordStatus; hint?: string };

const callsListedMax = 200;

export function answerOf({ run_id, status, result, output = '', calls }: RunRecord): RunAnswer {
  const listed = listedOf(calls.map(rowOf), callsListedMax);
  if (result) return { ...result, status, calls: listed };
  const hint =
    status === 'interrupted'
      ? `The orchestrator ended before this run did. Go on from it with resume_from: "${run_id}".`
      : undefined;
  return { run_id, status, output, calls: listed, ...(hint !== undefined && { hint }) };
}

/** Everything that is kept, JSON texts as what they say. */
export function shownRecord(record: RunRecord): object {
  const { calls, carried, input, result, ...rest } = record;
  return {
    ...rest,
    ...(input !== undefined && { input: withoutSecrets(input) }),
    calls: calls.map(shownCall),
    ...(carried && { carried: carried.map(shownCall) }),
    ...(result && { result: withoutSecrets(result) }),
  };
}

function shownCall({ args, value, ...rest }: RecordedCall): object {
  return {
    ...rest,
    ...(args !== undefined && { args: withoutSecrets(parsed(args)) }),
    ...(value !== undefined && { value: withoutSecrets(parsed(value)) }),
  };
}

/** What the answer of a run says of a call. */
function rowOf(call: RecordedCall): CallRecord {
  const { at, args, args_bytes, key, value, value_bytes, raw, failure, reused, ...row } = call;
  return row;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
