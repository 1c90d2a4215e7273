/** How a run ends where it is not the script that says so: the clock, a cancellation, a refusal, a fault of ours. */
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Ending } from './assemble-result.ts';
import type { Position } from './code-frame.ts';
import { ScriptCompileError } from './compile-error.ts';
import type { RunStatus } from './run-result.ts';
import { wallSeconds } from './script-checks.ts';
import { describeOrchestratorError } from './script-error.ts';

export function cancelledEnding(): Ending {
  return {
    status: 'aborted',
    error: { kind: 'script_aborted', name: 'AbortError', message: 'The run was cancelled.' },
  };
}

/** @param timeout as it was asked for */
export function timeoutEnding(timeout: number | undefined, limits: Limits): Ending {
  const message = `The script did not end within ${wallSeconds(timeout, limits)} s.`;
  const hint = `Pass a longer \`timeout\` (at most ${limits.wallSecondsMax} s), or do less in one run.`;
  return { status: 'timeout', error: { kind: 'script_timeout', name: 'TimeoutError', message, hint } };
}

/** A script that catches this is ended all the same. */
export function endsRun(thrown: unknown): boolean {
  const codes: readonly string[] = ['not_in_plan', 'run_stopped', 'not_recorded', 'client_aborted'];
  return thrown instanceof OrchestratorError && codes.includes(thrown.code);
}

/**
 * What kept the script from running, or from going on; undefined for what is no error of ours on purpose.
 *
 * @param place of the call that was refused
 */
export function refusedEnding(thrown: unknown, source: string, place?: Position): Ending | undefined {
  if (!(thrown instanceof OrchestratorError)) return undefined;
  const statuses: { [code: string]: RunStatus } = { limit_exceeded: 'limit', client_aborted: 'aborted' };
  const status = statuses[thrown.code] ?? 'error';
  const position = thrown instanceof ScriptCompileError ? thrown.position : place;
  return { status, error: describeOrchestratorError(thrown, source, position) };
}

export function faultEnding(): Ending {
  const message = 'The orchestrator failed by a fault of its own; its log says more.';
  return { status: 'error', error: { kind: 'sandbox_failed', name: 'Error', message } };
}
