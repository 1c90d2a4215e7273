/** `tool_search`: tools of all servers by what they do, each with the call that a script would make. */
import * as z from 'zod';
import type { CatalogServer } from '../catalog/tool.ts';
import type { SearchRequest } from '../catalog/tool-search.ts';
import { renderDeclarations, renderSignature } from '../codegen/declarations.ts';
import { withObserved } from '../codegen/observed-type.ts';
import { OrchestratorError } from '../errors.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { counted } from '../text.ts';
import { firstSentence } from './list-available-tools.ts';
import { answer, defineTool, type ToolAnswer } from './tool.ts';

const resultsDefault = 3;
const resultsMax = 50;
/** Of all declarations together, under `detail: "full"`. */
const declarationCharactersMax = 60_000;
const serversShownMax = 30;

export const toolSearch = defineTool({
  name: 'tool_search',
  description: 'Find tools by words or regex, with signatures',
  input: z.strictObject({
    query: z.string(),
    max_results: z.number().optional(),
    use_regex: z.boolean().optional(),
    server: z.string().optional(),
    detail: z.literal('full').optional(),
    read_only: z.boolean().optional(),
    has_output_schema: z.boolean().optional(),
  }),
  annotations: { readOnlyHint: true },
  async handle(
    { query, max_results, use_regex, server, detail, read_only, has_output_schema },
    view,
    context,
  ) {
    const { signal } = context.mcpReq;
    await view.catalog.firstAnswers(view.config.limits.listWaitMs, server, signal);
    const request = {
      query,
      resultsMax: checkedMax(max_results),
      isRegex: use_regex,
      server,
      readOnly: read_only,
      hasOutputSchema: has_output_schema,
      signal,
    };
    return answer(await searchAnswer(view, request, detail ?? 'compact'));
  },
  inExposedNames: withReferences,
});

/** A reference has to be the name under which the client sees the tool. */
function withReferences(given: ToolAnswer, names: ReadonlyMap<string, string>): ToolAnswer {
  const found = given.structuredContent as FoundTools | undefined;
  if (!found) return given;
  const tool_references = found.tool_references.map(({ type, tool_name }) => ({
    type,
    tool_name: names.get(tool_name) ?? tool_name,
  }));
  return answer({ ...found, tool_references });
}

/** Checked here: a range in the schema would cost every agent its characters. */
function checkedMax(max = resultsDefault): number {
  if (Number.isInteger(max) && max >= 1 && max <= resultsMax) return max;
  const message = `max_results is ${max}; it takes a whole number from 1 to ${resultsMax}.`;
  throw new OrchestratorError('arguments_invalid', message);
}

export interface FoundTool {
  /** `server__tool`. */
  readonly name: string;
  readonly signature: string;
  readonly description: string;
  readonly score: number;
  /** With its documentation and the types that it needs. */
  readonly declaration?: string;
}

export interface FoundTools {
  readonly success: true;
  readonly tool_references: readonly { readonly type: 'tool_reference'; readonly tool_name: string }[];
  readonly total_matches: number;
  readonly query: string;
  readonly tools: readonly FoundTool[];
  readonly note?: string;
  /** How to go on where nothing was found. */
  readonly hint?: string;
}

/** @throws OrchestratorError as `ToolSearch.find` does */
export async function searchAnswer(
  { catalog, search, types }: Pick<OrchestratorView, 'catalog' | 'search' | 'types'>,
  request: SearchRequest,
  detail: 'compact' | 'full',
): Promise<FoundTools> {
  const { hits, total, note } = await search.find(catalog, request);
  const found = hits.map(({ tool }) => tool);
  const known = withObserved(found, await types.typesOf(found), { open: false });
  let room = detail === 'full' ? declarationCharactersMax : 0;
  const tools = hits.map(({ tool, score }): FoundTool => {
    const description = tool.definition.description ?? tool.definition.title ?? '';
    const declaration = room > 0 ? renderDeclarations([tool], known) : '';
    room -= declaration.length;
    return {
      name: tool.flatName,
      signature: renderSignature(tool, known),
      description: firstSentence(description),
      score: Number(score.toPrecision(4)),
      ...(declaration !== '' && room >= 0 && { declaration }),
    };
  });
  const hint = hits.length === 0 ? hintFor(catalog.servers(), request) : undefined;
  return {
    success: true,
    tool_references: tools.map(({ name }) => ({ type: 'tool_reference', tool_name: name })),
    total_matches: total,
    query: request.query,
    tools,
    ...(note !== undefined && { note }),
    ...(hint !== undefined && { hint }),
  };
}

function hintFor(
  servers: readonly CatalogServer[],
  { query, isRegex, server, readOnly, hasOutputSchema }: SearchRequest,
): string {
  const shown = servers.slice(0, serversShownMax).map(({ identifier, tools, status }) => {
    const state = status === 'ready' || status === 'cached' ? '' : `, ${status}`;
    return `${identifier} (${counted(tools.length, 'tool')}${state})`;
  });
  const further = servers.length > shown.length ? ` and ${servers.length - shown.length} more` : '';
  const list = shown.length === 0 ? 'There are no servers.' : `Servers: ${shown.join(', ')}${further}.`;
  const isNarrowed = server !== undefined || readOnly || hasOutputSchema;
  const advice = [
    query.trim() === '' && 'Say in a few words what the tool is to do.',
    query.trim() !== '' &&
      (isRegex ? 'Try words, without use_regex.' : 'Try other words: what is done, to what.'),
    isNarrowed && 'Leave out server, read_only or has_output_schema.',
    'list_available_tools lists all.',
  ];
  return `Nothing matches. ${list} ${advice.filter(Boolean).join(' ')}`;
}
