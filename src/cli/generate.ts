/** `generate`: the types of all tools, written for editors, plain node and the type gate. */
import path from 'node:path';
import { OrchestratorError } from '../errors.ts';
import { counted, printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { refreshWithProgress } from './refresh.ts';
import { type CommonOptions, withSession } from './session.ts';
import { paint } from './terminal.ts';

/**
 * A server that does not answer is left out, and said so on stderr.
 *
 * @throws OrchestratorError `config_invalid`
 */
export async function generate(options: CommonOptions & { out?: string; json?: boolean }): Promise<void> {
  await withSession(options, async ({ config, orchestrator, signal }) => {
    const file = options.out === undefined ? config.generatedFile : path.resolve(options.out);
    if (file === undefined) {
      throw new OrchestratorError(
        'config_invalid',
        'There is nowhere to write: orchestrator.generated is false.',
        { hint: 'Name a file: --out FILE.' },
      );
    }
    const { server_count, tool_count, failed } = await refreshWithProgress(orchestrator.catalog, signal);
    if (signal.aborted) return exitCodes.interrupted;
    const outcome = await orchestrator.generate(file);
    for (const { server, problem } of failed)
      console.error(
        `${paint('yellow', 'left out:', process.stderr)} ${printable(`${server}: ${problem}`, process.stderr)}`,
      );
    if (options.json)
      process.stdout.write(
        `${printable(JSON.stringify({ file, outcome, server_count, tool_count, failed }), process.stdout)}\n`,
      );
    else
      process.stdout.write(
        `${file}: ${outcome}, ${counted(tool_count, 'tool')} of ${counted(server_count - failed.length, 'server')}\n`,
      );
    return exitCodes.success;
  });
}
