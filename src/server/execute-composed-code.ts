/** `execute_composed_code`: one TypeScript script over all tools, in one call. */
import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { checkModes } from '../config/schema.ts';
import { renderRunResult } from '../execution/render-result.ts';
import type { RunAnswer } from '../execution/run-view.ts';
import { counted } from '../text.ts';
import { reportProgress } from './progress.ts';
import { answer, defineTool, type OurTool } from './tool.ts';

const namesCharactersMax = 130;

// Once: zod writes and compiles code for each schema that is used.
// What the rarer ones are for is told by `get_api_documentation`, and by the answers that lead to them.
const input = z.strictObject({
  code: z.string(),
  timeout: z.number().optional().describe('Seconds'),
  // Any JSON is taken; but hosts and models refuse, or warn of, a schema that names no type.
  input: z.unknown().optional().meta({ type: 'object' }),
  check: z.enum(checkModes).optional(),
  check_only: z.boolean().optional(),
  resume_from: z.string().optional(),
  fresh_reads: z.boolean().optional(),
  mode: z.enum(['plan']).optional(),
  apply: z.string().optional(),
  background: z.boolean().optional(),
});
const output = z.looseObject({ status: z.string() });

/** @param identifiers the servers' names in scripts */
export function executeComposedCode(identifiers: readonly string[]): OurTool {
  return defineTool({
    name: 'execute_composed_code',
    title: 'Run a script',
    description: describe(identifiers),
    input,
    namesServersIn: 'code',
    isLong: true,
    output,
    async handle(args, orchestrator, context, caller) {
      const { code, timeout, check, check_only, resume_from, fresh_reads, mode, apply } = args;
      const request = {
        ...{ code, timeout, input: args.input, check, checkOnly: check_only, mode, apply, caller },
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
  return `Run a TypeScript script over these MCP servers: ${nameList(identifiers)}.
Do the whole job in one: loops, conditions, try/catch, Promise.all; filter big data inside. Only what it returns (JSON) and console output come back.

Each server is a global: await server.tool({...}); what JavaScript does not allow in a name is "_". A call gives structured content, else text (parsed if JSON); a failure throws ToolError {server, tool, kind, retrySafe, hint, message}.

const all = await Promise.all(["a", "b"].map((id) => server.get_item({ id })));
return all.filter((item) => item.open).length;

Find tools by tool_search, their types by get_api_documentation: do not guess. No imports, files or network.
After a failure do not repeat writes: correct the script and give resume_from: run_id.`;
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
      report({ progress: done, message: `${counted(done, 'call')}, last: ${server}.${tool}` }))
  );
}
