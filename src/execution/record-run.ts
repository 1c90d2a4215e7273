/** The RunRecord of a run, under way or ended, out of its journal and its result. */
import { packageVersion } from '../config/environment.ts';
import type { Limits } from '../limits.ts';
import { hash } from './canonical.ts';
import type { Journal } from './journal.ts';
import type { CallDetails } from './journal-entry.ts';
import type { RecordedCall, RunRecord } from './run-record.ts';
import type { RunRequest } from './run-request.ts';
import type { RunResult } from './run-result.ts';
import { toolFailure } from './tool-failure.ts';

export interface RecordedRun {
  readonly run: string;
  readonly principal: string;
  /** Milliseconds since 1970, and by `performance.now()`. */
  readonly startedAt: { readonly date: number; readonly monotonic: number };
  readonly request: RunRequest;
  readonly journal: Journal;
  readonly carried?: readonly RecordedCall[] | undefined;
  readonly limits: Limits;
  /** The console's so far. */
  readonly output: string;
}

/** @param result absent where the run has not ended */
export function recordRun(recorded: RecordedRun, result?: RunResult): RunRecord {
  const { run, principal, startedAt, request, journal, carried = [], limits, output } = recorded;
  const { code, input, timeout, check, mode, apply, resumeFrom, background, policy } = request;
  const { calls: _calls, ...kept } = result ?? { calls: [] };
  return {
    version: 1,
    run_id: run,
    principal,
    status: result?.status ?? 'running',
    started_at: new Date(startedAt.date).toISOString(),
    ...(result && { ended_at: new Date().toISOString() }),
    script: code.slice(0, limits.codeBytesMax),
    ...(input !== undefined && isWithin(input, limits.inputBytesMax) && { input }),
    request: {
      ...(timeout !== undefined && { timeout }),
      ...(check !== undefined && { check }),
      ...(mode === 'plan' && { mode }),
      ...(apply !== undefined && { apply }),
      ...(resumeFrom !== undefined && { resume_from: resumeFrom }),
      ...(background && { background }),
      ...(policy && { policy: policy.policy }),
    },
    versions: { orchestrator: packageVersion(), tools: toolHashes(journal.details) },
    calls: journal.details.map((details) => recordCall(details, startedAt.monotonic)),
    ...(carried.length > 0 && { carried }),
    ...(result ? { result: kept as Omit<RunResult, 'calls'> } : { output }),
  };
}

export function recordCall(details: CallDetails, runStartedAt: number): RecordedCall {
  const { row, startedAt, args, argsBytes, key, raw, value, valueBytes, error, reused } = details;
  const call: RecordedCall = { ...row, at: Math.round((startedAt - runStartedAt) * 10) / 10 };
  if (args !== undefined) call.args = args;
  else if (key !== undefined) Object.assign(call, { args_bytes: argsBytes, key });
  if (raw) call.raw = true;
  if (value !== undefined) call.value = value;
  else if (row.ok) call.value_bytes = valueBytes;
  if (error !== undefined) call.failure = toolFailure(error, row);
  if (reused !== undefined) call.reused = reused;
  return call;
}

const hashes = new WeakMap<object, string>();

function toolHashes(details: readonly CallDetails[]): Record<string, string> {
  const tools = new Map(details.flatMap(({ tool }) => (tool ? [[`${tool.server}.${tool.name}`, tool]] : [])));
  const rows = [...tools].map(([address, { definition }]) => {
    const known = hashes.get(definition) ?? hash(JSON.stringify(definition));
    hashes.set(definition, known);
    return [address, known] as const;
  });
  return Object.fromEntries(rows);
}

function isWithin(input: unknown, bytesMax: number): boolean {
  return Buffer.byteLength(JSON.stringify(input) ?? '') <= bytesMax;
}
