/** `get_api_documentation`: the TypeScript declarations of the tools that a script is about to use. */
import * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { unknownServer } from '../catalog/lookup-errors.ts';
import type { Tool } from '../catalog/tool.ts';
import { renderDeclarations } from '../codegen/declarations.ts';
import { withObserved } from '../codegen/observed-type.ts';
import type { TypeCompiler } from '../codegen/type-cache.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { counted } from '../text.ts';
import { scriptGuide } from './script-guide.ts';
import { answer, defineTool, failure } from './tool.ts';

const charactersMax = 60_000;
/** More of even the shortest declarations never fit. */
const toolsMax = 1_500;
const namesAskedMax = 200;
const namesShownMax = 50;
const problemsShownMax = 20;
const instructionsCharactersMax = 300;

export const getApiDocumentation = defineTool({
  name: 'get_api_documentation',
  title: 'Types of tools',
  description:
    'TypeScript types of tools ("server.tool") or a server; without arguments, all that scripts can do',
  input: z.strictObject({ tools: z.array(z.string()).optional(), server: z.string().optional() }),
  annotations: { readOnlyHint: true },
  async handle({ tools, server }, orchestrator, context) {
    try {
      checkCount(tools);
      const documentation =
        (tools === undefined || tools.length === 0) && server === undefined
          ? await overview(orchestrator, context.mcpReq.signal)
          : await documentationOf(orchestrator, { tools, server });
      return answer({ documentation }, documentation);
    } catch (error) {
      return failure(error);
    }
  },
});

/** Checked here: a bound in the schema would cost every agent its characters. */
function checkCount(names: readonly string[] = []): void {
  if (names.length <= namesAskedMax) return;
  throw new OrchestratorError(
    'arguments_invalid',
    `tools has ${names.length} names; at most ${namesAskedMax}.`,
    {
      hint: 'Ask for fewer, or for a whole server.',
    },
  );
}

async function documentationOf(
  { catalog, types }: OrchestratorView,
  wanted: { tools?: string[] | undefined; server?: string | undefined },
): Promise<string> {
  const found: Tool[] = [];
  const problems: string[] = [];
  if (wanted.server !== undefined) {
    await catalog.ensure(wanted.server);
    const server = catalog.server(wanted.server);
    if (!server) throw unknownServer(wanted.server, catalog.servers());
    if (wanted.tools === undefined) found.push(...server.tools);
    if (server.problem !== undefined) problems.push(`${server.name}: ${server.problem}`);
  }
  for (const name of wanted.tools ?? []) {
    try {
      found.push(await findTool(catalog, name, wanted.server));
    } catch (error) {
      const { hint } = error as { hint?: string };
      problems.push(`${name}: ${messageOf(error)}${hint === undefined ? '' : ` ${hint}`}`);
    }
  }
  const text = await fittingDeclarations([...new Set(found)], types);
  const further = problems.length - problemsShownMax;
  const shown = problems.slice(0, problemsShownMax);
  if (further > 0) shown.push(`and ${further} more names that could not be found`);
  return [text, ...shown.map((problem) => `// ${problem.replaceAll('\n', '\n// ')}`)]
    .filter(Boolean)
    .join('\n');
}

/** An address, or a tool's bare name with `server` given. */
async function findTool(catalog: Catalog, name: string, server: string | undefined): Promise<Tool> {
  if (server === undefined) return catalog.findAddress(name);
  return catalog
    .find(server, name)
    .catch((error) => catalog.findAddress(name).catch(() => Promise.reject(error)));
}

/** Whole declarations as far as there is room, at least one, and names of the rest. */
async function fittingDeclarations(tools: readonly Tool[], compiler: TypeCompiler): Promise<string> {
  const candidates = tools.slice(0, toolsMax);
  const types = withObserved(candidates, await compiler.typesOf(candidates), { open: false });
  let count = candidates.length;
  let text = renderDeclarations(candidates, types);
  while (text.length > charactersMax && count > 1) {
    count = Math.floor(count / 2);
    text = renderDeclarations(candidates.slice(0, count), types);
  }
  if (count === tools.length) return text;
  const names = tools.slice(count, count + namesShownMax).map(({ flatName }) => flatName);
  const further = tools.length - count - names.length;
  const rest = further > 0 ? ` and ${further} more (list_available_tools has their names)` : '';
  return `${text}\n// Not shown for want of room; ask for them by name: ${names.join(', ')}${rest}`;
}

async function overview({ catalog, config }: OrchestratorView, signal: AbortSignal): Promise<string> {
  await catalog.firstAnswers(config.limits.listWaitMs, undefined, signal);
  const rows = catalog.servers().map(({ identifier, status, problem, tools, instructions }) => {
    const about = instructions?.replace(/\s+/g, ' ').trim().slice(0, instructionsCharactersMax);
    return `- ${identifier} (${counted(tools.length, 'tool')}, ${status})${problem === undefined ? '' : `: ${problem}`}${about ? `\n  it says of itself: ${about}` : ''}`;
  });
  return `${scriptGuide(config.limits)}

Servers:
${rows.join('\n') || '(none configured)'}`;
}
