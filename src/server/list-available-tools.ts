/** `list_available_tools`: every server with its status and tools, in pages. */
import * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { unknownServer } from '../catalog/lookup-errors.ts';
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import { OrchestratorError } from '../errors.ts';
import { answer, defineTool, failure } from './tool.ts';

export type Detail = 'names' | 'summary' | 'full';

/** Tools a page: about 10,000 tokens at the most. */
const pageTools: { readonly [detail in Detail]: number } = { names: 1_500, summary: 300, full: 40 };
const summaryCharactersMax = 160;

export interface ToolListing {
  servers: Record<
    string,
    {
      status: string;
      problem?: string;
      tools: unknown[];
      set_aside?: readonly { name: string; reason: string }[];
    }
  >;
  total_servers: number;
  total_tools: number;
  next_cursor?: string;
}

export const listAvailableTools = defineTool({
  name: 'list_available_tools',
  title: 'List servers and tools',
  description:
    'Every MCP server behind this one, its status (what is wrong and what to do, where it does not work) and its tools.',
  input: z.strictObject({
    server: z.string().optional(),
    detail: z
      .enum(['names', 'summary', 'full'])
      .optional()
      .describe('summary adds descriptions, full adds JSON Schemas'),
    cursor: z.string().optional(),
  }),
  output: z.looseObject({
    servers: z.record(z.string(), z.looseObject({ status: z.string() })),
    total_servers: z.number(),
    total_tools: z.number(),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async handle({ server, detail = 'names', cursor }, { catalog, config }, context) {
    await catalog.firstAnswers(config.limits.listWaitMs, server, context.mcpReq.signal);
    try {
      return answer(toolListing(catalog, { server, detail, cursor }));
    } catch (error) {
      return failure(error);
    }
  },
});

/** @throws OrchestratorError for an unknown server or a cursor that is not ours */
export function toolListing(
  catalog: Catalog,
  request: { server?: string | undefined; detail: Detail; cursor?: string | undefined },
): ToolListing {
  const { server: name, detail, cursor } = request;
  const servers =
    name === undefined
      ? catalog.servers()
      : [catalog.server(name) ?? raise(unknownServer(name, catalog.servers()))];
  const start = cursor === undefined ? 0 : Number(cursor);
  const total = servers.reduce((sum, { tools }) => sum + tools.length, 0);
  if (!Number.isSafeInteger(start) || start < 0 || (start > 0 && start >= total)) {
    throw new OrchestratorError(
      'arguments_invalid',
      `cursor is ${JSON.stringify(cursor)}; pass the next_cursor of the page before, or none.`,
    );
  }
  const end = start + pageTools[detail];
  const listing: ToolListing = { servers: {}, total_servers: servers.length, total_tools: total };
  let at = 0;
  for (const server of servers) {
    const page = server.tools.slice(Math.max(0, start - at), Math.max(0, end - at));
    const first = at;
    at += server.tools.length;
    // A server without tools stands on the first page: its status is what matters.
    if (page.length === 0 && !(server.tools.length === 0 && start === 0) && !(first >= start && first < end))
      continue;
    Object.defineProperty(listing.servers, server.identifier, {
      value: row(server, page, detail),
      enumerable: true,
    });
  }
  if (end < total) listing.next_cursor = String(end);
  return listing;
}

function row(server: CatalogServer, tools: readonly Tool[], detail: Detail): ToolListing['servers'][string] {
  const { status, problem, quarantined } = server;
  return {
    status,
    ...(problem !== undefined && { problem }),
    tools: tools.map((tool) => describe(tool, detail)),
    ...(quarantined.length > 0 && { set_aside: quarantined }),
  };
}

function describe({ identifier, name, definition }: Tool, detail: Detail): unknown {
  if (detail === 'names') return identifier;
  const description = definition.description ?? definition.title ?? '';
  if (detail === 'summary') return { name: identifier, description: firstSentence(description) };
  const { inputSchema, outputSchema, annotations } = definition;
  return {
    name: identifier,
    ...(name !== identifier && { original_name: name }),
    description,
    inputSchema,
    ...(outputSchema && { outputSchema }),
    ...(annotations && { annotations }),
  };
}

function firstSentence(description: string): string {
  const sentence = /^.*?(?:[.!?](?=\s)|$)/s.exec(description.trim())?.[0].replace(/\s+/g, ' ') ?? '';
  return sentence.length > summaryCharactersMax
    ? `${sentence.slice(0, summaryCharactersMax - 3)}...`
    : sentence;
}

function raise(error: Error): never {
  throw error;
}
