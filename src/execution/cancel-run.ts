/** Ends a run that is under way, for its principal. */
import { OrchestratorError } from '../errors.ts';
import type { RunStore } from './run-store.ts';
import { answerOf, type RunAnswer } from './run-view.ts';

/** Longer than `onStop` may take. */
const endMsMax = 30_000;

/**
 * @returns what the run gave in the end; a run that had ended already is left as it is
 * @throws OrchestratorError `run_unknown`; `run_elsewhere` where another process runs it
 */
export async function cancelRun(
  runs: RunStore,
  id: string,
  { principal, signal }: { principal?: string; signal: AbortSignal },
): Promise<RunAnswer> {
  const run = runs.active(id, { principal });
  run?.abort();
  const record = await runs.wait(id, { principal, signal, ms: run ? endMsMax : 0 });
  if (!record) throw runs.unknown(id);
  if (record.status === 'running' && !run) {
    throw new OrchestratorError('run_elsewhere', `${id} is under way in another process.`, {
      hint: 'It can be cancelled only where it was started.',
    });
  }
  return answerOf(record);
}
