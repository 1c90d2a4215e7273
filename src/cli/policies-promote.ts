/** `policies promote RUN --name NAME`: makes a policy of a run. */
import { OrchestratorError } from '../errors.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { promote } from '../policies/promote.ts';
import { type Recording, readRecording, recordingOf } from '../policies/recording.ts';
import { printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import type { PoliciesOptions } from './policies.ts';
import { withSession } from './session.ts';
import { ProgressLine } from './terminal.ts';

export interface PromoteRunOptions extends PoliciesOptions {
  readonly name: string;
  readonly description?: string;
  readonly replaces?: string;
}

/** @param run an id, `last`, or the file of a recording. @throws OrchestratorError: nothing was written */
export async function promoteRun(run: string, options: PromoteRunOptions): Promise<void> {
  const { name, description, replaces, json } = options;
  await withSession(options, async ({ orchestrator, config, signal }) => {
    const progress = new ProgressLine();
    progress.show('promoting ...');
    const { policies, catalog } = orchestrator;
    const recording = await recordingNamed(run, orchestrator);
    const request = { recording, name, description, replaces, signal };
    const promoted = await promote(request, {
      policies,
      catalog,
      generatedFile: config.generatedFile,
    }).finally(() => progress.clear());
    const { status, file, inputs, recording: testCase } = promoted;
    const lines = [
      `${status}: ${file}`,
      `inputs: ${inputs.join(', ') || 'none'}`,
      `first test case: ${testCase}`,
    ];
    process.stdout.write(
      `${printable(json ? JSON.stringify(promoted) : lines.join('\n'), process.stdout)}\n`,
    );
    return exitCodes.success;
  });
}

async function recordingNamed(run: string, { runs, catalog, storage }: Orchestrator): Promise<Recording> {
  if (run.endsWith('.json')) return readRecording(run);
  const record = await runs.get(run === 'last' ? ((await runs.list())[0]?.run_id ?? run) : run);
  if (record?.result) {
    // The tools have other names in scripts, which only their servers tell.
    await Promise.all(
      [...new Set(record.calls.map(({ server }) => server))].map((one) => catalog.ensure(one)),
    );
    return recordingOf(record, catalog);
  }
  const hint =
    storage.driver === 'memory'
      ? 'Runs are only kept as long as their process: set "storage": "file" under orchestrator, or record the run (run FILE --record R.json) and promote the recording.'
      : 'Its record may be too old: see orchestrator.limits.recordHoursMax.';
  throw new OrchestratorError('arguments_invalid', `There is no run "${run}" that has ended.`, { hint });
}
