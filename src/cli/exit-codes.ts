/** The exit codes, fixed. */
import type { RunStatus } from '../execution/run-result.ts';

export const exitCodes = { success: 0, failed: 1, usage: 2, timeout: 124, interrupted: 130 } as const;

/** A run's exit code; a limit that was met and a type error are ways to fail. */
export function exitCodeOf(status: RunStatus): number {
  if (status === 'success') return exitCodes.success;
  if (status === 'timeout') return exitCodes.timeout;
  return status === 'aborted' ? exitCodes.interrupted : exitCodes.failed;
}
