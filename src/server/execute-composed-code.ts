/** `execute_composed_code`: one TypeScript script over all tools, in one call. */
import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { checkModes } from '../config/schema.ts';
import type { Config } from '../config/types.ts';
import { renderRunResult } from '../execution/render-result.ts';
import type { RunAnswer } from '../execution/run-view.ts';
import { reportProgress } from './progress.ts';
import { answer, defineTool, type OurTool } from './tool.ts';

const namesCharactersMax = 180;

/** @param identifiers the servers' names in scripts */
export function executeComposedCode(config: Config, identifiers: readonly string[]): OurTool {
  const { wallSecondsDefault } = config.limits;
  return defineTool({
    name: 'execute_composed_code',
    description: describe(identifiers),
    input: z.strictObject({
      code: z.string().describe('TypeScript; top-level await and return work'),
      timeout: z.number().optional().describe(`Seconds; default ${wallSecondsDefault}`),
      input: z.unknown().optional().describe('JSON, seen as `input`'),
      check: z.enum(checkModes).optional(),
      check_only: z.boolean().optional().describe('Run nothing, only check'),
      resume_from: z.string().optional().describe('run_id; its completed calls are reused'),
      fresh_reads: z.boolean().optional(),
      mode: z.enum(['plan']).optional().describe('List writes instead of doing them'),
      apply: z.string().optional().describe("A plan's digest: do only that"),
      background: z.boolean().optional(),
    }),
    output: z.looseObject({ status: z.string(), result: z.unknown().optional() }),
    async handle(args, orchestrator, context, caller) {
      const { code, timeout, input, check, check_only, resume_from, fresh_reads, mode, apply } = args;
      const request = {
        ...{ code, timeout, input, check, checkOnly: check_only, mode, apply, caller },
        resumeFrom: resume_from,
        freshReads: fresh_reads,
      };
      if (args.background) {
        // Whoever started it may be gone when something is to be asked.
        const absent = { ...caller, client: undefined };
        const { id } = orchestrator.runner.start({ ...request, caller: absent, background: true });
        const started: RunAnswer = { run_id: id, status: 'running', output: '', calls: [] };
        return answer(started, `${id} is running: follow it by get_run, end it by cancel_run`);
      }
      const run = await orchestrator.runner.run({
        ...request,
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
Types are checked first: after "type_error" nothing has run. No imports, files, network or process: only tools. After a failure, do not repeat writes: correct the script and resume_from.`;
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
