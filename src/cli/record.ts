/** `--record FILE`: writes down the run that has just ended. */
import { OrchestratorError } from '../errors.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { recordingOf, writeRecording } from '../policies/recording.ts';

/** @throws OrchestratorError where there is no record of it, or it cannot be written */
export async function recordRun(orchestrator: Orchestrator, id: string, file: string): Promise<void> {
  const record = await orchestrator.runs.get(id);
  if (!record)
    throw new OrchestratorError('arguments_invalid', 'The run cannot be recorded: no records are kept.', {
      hint: 'Set orchestrator.limits.recordsMax to 1 or more.',
    });
  await writeRecording(file, recordingOf(record, orchestrator.catalog));
}
