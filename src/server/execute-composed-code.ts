/** `execute_composed_code`: one TypeScript script over all tools, in one call. */
import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { checkModes } from '../config/schema.ts';
import type { Config } from '../config/types.ts';
import { renderRunResult } from '../execution/render-result.ts';
import { runStatuses } from '../execution/run-result.ts';
import { reportProgress } from './progress.ts';
import { answer, defineTool, type OurTool } from './tool.ts';

const namesCharactersMax = 350;

/** @param identifiers the servers' names in scripts */
export function executeComposedCode(config: Config, identifiers: readonly string[]): OurTool {
  const { wallSecondsDefault, wallSecondsMax } = config.limits;
  return defineTool({
    name: 'execute_composed_code',
    title: 'Run a script over all tools',
    description: describe(identifiers),
    input: z.strictObject({
      code: z.string().describe('TypeScript; top-level await and return work'),
      timeout: z
        .number()
        .positive()
        .max(wallSecondsMax)
        .optional()
        .describe(`Seconds; default ${wallSecondsDefault}`),
      input: z.unknown().optional().describe('JSON; the script sees it as `input`'),
      check: z.enum(checkModes).optional().describe(`Type check; default ${config.check}`),
      check_only: z.boolean().optional().describe('Run nothing: type errors, and tools it can call'),
    }),
    output: z.looseObject({
      status: z.enum(runStatuses),
      result: z.unknown().optional(),
      output: z.string(),
      error: z.unknown().optional(),
      calls: z.array(z.unknown()),
    }),
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    async handle({ code, timeout, input, check, check_only }, orchestrator, context, caller) {
      const run = await orchestrator.runner.run({
        code,
        timeout,
        input,
        check,
        checkOnly: check_only,
        caller,
        signal: context.mcpReq.signal,
        onCall: progressReporter(context),
        onOutput: (text) => void context.mcpReq.log('info', text.trimEnd(), 'script').catch(() => {}),
      });
      return { ...answer(run, renderRunResult(run)), isError: run.status !== 'success' };
    },
  });
}

function describe(identifiers: readonly string[]): string {
  return `Run a TypeScript script that calls tools of these MCP servers: ${nameList(identifiers)}.
Prefer one script to many single calls: loop, branch, try/catch, Promise.all, and filter big data inside; only the returned value (JSON) and console output come back.

Every server is a global: await server.tool({...args}) (or server__tool). In names, characters that JavaScript does not allow are "_".
A call gives the tool's structured content, else its text (parsed if JSON). A failed call throws ToolError {server, tool, kind, retrySafe, hint, message}.

const { files } = await server.list_files({ path: "." });
const sizes = await Promise.all(files.map((path) => server.stat({ path })));
return sizes.filter((s) => s.size > 1e6).length;

Find tools: tool_search. Argument and result types: get_api_documentation; read them rather than guess.
Types are checked first: after "type_error" nothing has run. No imports, files, network or process: only tools. After a failure, "calls" lists what was already done: do not repeat writes.`;
}

function nameList(identifiers: readonly string[]): string {
  if (identifiers.length === 0) return '(none configured yet)';
  let list = '';
  for (const [index, name] of identifiers.entries()) {
    const next = index === 0 ? name : `, ${name}`;
    if (list.length + next.length > namesCharactersMax)
      return `${list} and ${identifiers.length - index} more`;
    list += next;
  }
  return list;
}

function progressReporter(
  context: ServerContext,
): ((record: { server: string; tool: string }, done: number) => void) | undefined {
  const report = reportProgress(context);
  return (
    report &&
    (({ server, tool }, done) =>
      report({ progress: done, message: `${done} calls, last: ${server}.${tool}` }))
  );
}
