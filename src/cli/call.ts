/** `call server__tool JSON`: one tool, once. */
import type { JsonObject } from '../catalog/tool.ts';
import { localCaller } from '../downstream/caller.ts';
import { OrchestratorError } from '../errors.ts';
import { errorText, unwrapResult } from '../execution/unwrap-result.ts';
import { printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { jsonArgument } from './json-argument.ts';
import { type CommonOptions, interruptible, withSession } from './session.ts';
import { ProgressLine, paint } from './terminal.ts';
import { terminalClient } from './terminal-client.ts';

/** Exit code 1 where the tool failed. @param argument JSON, `@FILE` or `-`. @throws OrchestratorError */
export async function call(
  name: string,
  argument: string,
  options: CommonOptions & { json?: boolean },
): Promise<void> {
  const args = await jsonArgument(argument, 'The arguments');
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new OrchestratorError(
      'arguments_invalid',
      `The arguments are ${JSON.stringify(args)}; a tool takes one JSON object.`,
      { hint: `Write them as '{"name": "value"}'.` },
    );
  }
  await withSession(options, async ({ orchestrator, signal }) => {
    const progress = new ProgressLine();
    progress.show(`connecting for ${name} ...`);
    try {
      const tool = await interruptible(orchestrator.catalog.findAddress(name), signal);
      progress.show(`calling ${name} ...`);
      const call = orchestrator.router.callTool(tool, args as JsonObject, {
        signal,
        caller: { ...localCaller, client: terminalClient(() => progress.clear()) },
      });
      const result = await interruptible(call, signal).catch((error) => {
        progress.clear();
        if (signal.aborted) console.error(`Interrupted: ${name} may have been carried out.`);
        throw error;
      });
      progress.clear();
      return print(result, {
        json: options.json === true,
        hasOutputSchema: tool.definition.outputSchema !== undefined,
      });
    } finally {
      progress.clear();
    }
  });
}

function print(
  result: JsonObject,
  { json, hasOutputSchema }: { json: boolean; hasOutputSchema: boolean },
): number {
  const failed = result.isError === true;
  const { stdout, stderr } = process;
  if (json) stdout.write(`${printable(JSON.stringify(result), stdout)}\n`);
  else if (failed)
    console.error(
      `${paint('red', 'the tool failed:', stderr)} ${printable(errorText(result, Number.POSITIVE_INFINITY), stderr)}`,
    );
  else {
    const value: unknown = JSON.parse(unwrapResult(result, hasOutputSchema));
    const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
    stdout.write(`${printable(text, stdout)}\n`);
  }
  return failed ? exitCodes.failed : exitCodes.success;
}
