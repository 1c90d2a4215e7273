/** `check FILE|-`: the type errors of a script and the tools that it can call, without running it. */
import { renderRunResult } from '../execution/render-result.ts';
import type { RunResult } from '../execution/run-result.ts';
import { printable } from '../text.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { type CommonOptions, withSession } from './session.ts';
import { readScript } from './source.ts';
import { ProgressLine, paint } from './terminal.ts';

export interface CheckOptions extends CommonOptions {
  readonly json?: boolean;
}

/** Exit code 1 where there are type errors. */
export async function check(file: string, options: CheckOptions): Promise<void> {
  const code = await readScript(file);
  await withSession(options, async ({ orchestrator, signal }) => {
    const progress = new ProgressLine();
    progress.show('checking ...');
    const result = await orchestrator.runner.run({ code, checkOnly: true, check: 'strict', signal });
    progress.clear();
    if (options.json) process.stdout.write(`${printable(JSON.stringify(result), process.stdout)}\n`);
    else print(result);
    // A check that did not take place found nothing.
    return result.unchecked === undefined ? exitCodeOf(result.status) : exitCodes.failed;
  });
}

function print(result: RunResult): void {
  const { status, tools = [], unchecked } = result;
  if (status !== 'success') console.error(paint('red', renderRunResult(result), process.stderr));
  else if (unchecked !== undefined)
    console.error(paint('red', `Types were not checked: ${unchecked}`, process.stderr));
  else {
    console.error(paint('dim', 'no type errors; tools that it can call:', process.stderr));
    for (const tool of tools) process.stdout.write(`${printable(tool, process.stdout)}\n`);
  }
}
