/** `run FILE|-`: one script in the sandbox. */
import type { CheckMode } from '../config/types.ts';
import { localCaller } from '../downstream/caller.ts';
import { type NextSteps, renderJournal } from '../execution/render-journal.ts';
import { renderCheck, renderNotes, renderRunResult } from '../execution/render-result.ts';
import type { RunResult } from '../execution/run-result.ts';
import type { Orchestrator } from '../orchestrator.ts';
import type { Storage } from '../storage/storage.ts';
import { counted, printable } from '../text.ts';
import { exitCodeOf } from './exit-codes.ts';
import { jsonArgument } from './json-argument.ts';
import { recordRun } from './record.ts';
import { type CommonOptions, isOutputClosed, withSession } from './session.ts';
import { readScript } from './source.ts';
import { ProgressLine, paint } from './terminal.ts';
import { terminalClient } from './terminal-client.ts';

export interface RunOptions extends CommonOptions {
  readonly timeout?: number;
  readonly input?: string;
  readonly check?: CheckMode;
  readonly json?: boolean;
  /** Where the run is written down. */
  readonly record?: string;
  /** The id of a run; `last` for the newest. */
  readonly resume?: string;
  readonly freshReads?: boolean;
  readonly plan?: boolean;
  readonly apply?: string;
}

/** The exit code is that of the run's status. @param file `-` for standard input. @throws OrchestratorError */
export async function run(file: string, options: RunOptions): Promise<void> {
  const code = await readScript(file);
  const input = options.input === undefined ? undefined : await jsonArgument(options.input, '--input');
  await withSession(options, async ({ orchestrator, signal }) => {
    const progress = new ProgressLine();
    progress.show('starting ...');
    const result = await orchestrator.runner.run({
      code,
      timeout: options.timeout,
      input,
      check: options.check,
      resumeFrom: options.resume === 'last' ? await lastRun(orchestrator) : options.resume,
      freshReads: options.freshReads,
      mode: options.plan ? 'plan' : undefined,
      apply: options.apply,
      caller: { ...localCaller, client: terminalClient(() => progress.clear()) },
      signal,
      onCall: ({ server, tool }, done) => progress.show(`${counted(done, 'call')}, last: ${server}.${tool}`),
      onOutput: (lines) => {
        progress.clear();
        if (!options.json) process.stdout.write(printable(lines, process.stdout));
      },
    });
    progress.clear();
    if (options.record !== undefined) await recordRun(orchestrator, result.run_id, options.record);
    if (options.json) process.stdout.write(`${printable(JSON.stringify(result), process.stdout)}\n`);
    else if (!isOutputClosed(signal)) printRun(result, orchestrator.storage);
    return exitCodeOf(result.status);
  });
}

/** @throws OrchestratorError `run_unknown` */
export async function lastRun({ runs }: Orchestrator): Promise<string> {
  const [newest] = await runs.list();
  if (!newest) throw runs.unknown('last');
  return newest.run_id;
}

const commandSteps: NextSteps = {
  resume: (runId) => `to go on from here, correct the script and add: --resume ${runId}`,
  apply: (digest) => `to do exactly this, add: --apply ${digest}`,
};

/** What is kept in memory ends with the command. */
const lostSteps: NextSteps = {
  resume: () => 'to go on from runs like this by --resume, keep them: "storage": "file" in the configuration',
  apply: () => 'to do exactly this by --apply, keep plans: "storage": "file" in the configuration',
};

/** The output has been printed as it came. */
export function printRun(result: RunResult, { driver }: Pick<Storage, 'driver'>): void {
  const steps = driver === 'memory' ? lostSteps : commandSteps;
  if (result.status === 'success') {
    const { stdout } = process;
    if (result.result !== undefined)
      stdout.write(`${printable(JSON.stringify(result.result, undefined, 2), stdout)}\n`);
    const warnings = [renderNotes(result), renderCheck(result), renderJournal(result, steps)]
      .filter(Boolean)
      .join('\n');
    if (warnings !== '') console.error(paint('yellow', warnings, process.stderr));
    const { calls, wall_ms } = result.stats;
    console.error(
      paint('dim', `success: ${counted(calls, 'call')}, ${Math.round(wall_ms)} ms`, process.stderr),
    );
    return;
  }
  console.error(paint('red', renderRunResult({ ...result, output: '' }, steps), process.stderr));
}
