/** `list_available_tools`: every server with its status and tools, in pages. */
import * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { unknownServer } from '../catalog/lookup-errors.ts';
import { observedSchema } from '../catalog/observed-schema.ts';
import type { CatalogServer, QuarantinedTool, Tool, ToolWarning } from '../catalog/tool.ts';
import { OrchestratorError } from '../errors.ts';
import { answer, defineTool, failure } from './tool.ts';

export type Detail = 'names' | 'summary' | 'full';

export interface ListingBounds {
  /** Of JSON, a page; one tool is always on it, however long. */
  readonly charactersMax: number;
  /** Definitions that were set aside, a server. */
  readonly setAsideMax: number;
}

/** About 15,000 tokens a page. */
const pageBounds: ListingBounds = { charactersMax: 60_000, setAsideMax: 20 };
/** For a reader who pays nothing for length. */
export const unbounded: ListingBounds = { charactersMax: Infinity, setAsideMax: Infinity };
const summaryCharactersMax = 160;

interface Row {
  readonly status: string;
  readonly problem?: string;
  readonly tools: unknown[];
  readonly set_aside?: readonly QuarantinedTool[];
  /** What a person should look at before trusting a tool: it has changed, or its texts hide or steer. */
  readonly warnings?: readonly ToolWarning[];
  /** How many were set aside, where `set_aside` holds only the first of them. */
  readonly set_aside_total?: number;
}

export interface ToolListing {
  servers: Record<string, Row>;
  total_servers: number;
  total_tools: number;
  next_cursor?: string;
}

export const listAvailableTools = defineTool({
  name: 'list_available_tools',
  title: 'List tools',
  description: 'All servers, their tools and problems',
  input: z.strictObject({
    server: z.string().optional(),
    detail: z.enum(['names', 'summary', 'full']).optional(),
    cursor: z.string().optional(),
  }),
  annotations: { readOnlyHint: true },
  async handle({ server, detail = 'names', cursor }, { catalog, config }, context) {
    await catalog.firstAnswers(config.limits.listWaitMs, server, context.mcpReq.signal);
    try {
      return answer(toolListing(catalog, { server, detail, cursor }));
    } catch (error) {
      return failure(error);
    }
  },
});

/**
 * One page. A server's row stands on every page that has tools of it; that of a server without tools on the first page,
 * because its status is what matters.
 *
 * @throws OrchestratorError for an unknown server or a cursor that is not ours
 */
export function toolListing(
  catalog: Pick<Catalog, 'server' | 'servers'>,
  request: {
    server?: string | undefined;
    detail: Detail;
    /** The index of the page's first tool among all. */
    cursor?: string | undefined;
    bounds?: ListingBounds;
  },
): ToolListing {
  const { server: name, detail, cursor, bounds = pageBounds } = request;
  const servers =
    name === undefined
      ? catalog.servers()
      : [catalog.server(name) ?? raise(unknownServer(name, catalog.servers()))];
  const total = servers.reduce((sum, { tools }) => sum + tools.length, 0);
  const start = startOf(cursor, total);
  const rows = new Map<CatalogServer, Row>();
  if (start === 0) {
    for (const server of servers) if (server.tools.length === 0) rows.set(server, rowOf(server, bounds));
  }
  const end = addTools(rows, servers, { start, detail, bounds });
  return {
    // Not by assignment: a server may be called `__proto__`.
    servers: Object.fromEntries(
      servers.flatMap((server) => {
        const row = rows.get(server);
        return row ? [[server.identifier, row]] : [];
      }),
    ),
    total_servers: servers.length,
    total_tools: total,
    ...(end < total && { next_cursor: String(end) }),
  };
}

function startOf(cursor: string | undefined, total: number): number {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (Number.isSafeInteger(start) && start >= 0 && (start === 0 || start < total)) return start;
  throw new OrchestratorError(
    'arguments_invalid',
    `cursor is ${JSON.stringify(cursor)}; pass the next_cursor of the page before, or none.`,
  );
}

/** Adds tools from `start` on, with their servers' rows, until the page is full. Gives the index of the next one. */
function addTools(
  rows: Map<CatalogServer, Row>,
  servers: readonly CatalogServer[],
  { start, detail, bounds }: { start: number; detail: Detail; bounds: ListingBounds },
): number {
  let characters = [...rows].reduce((sum, [server, row]) => sum + rowCharacters(server, row), 0);
  let index = 0;
  for (const server of servers) {
    for (const [position, tool] of server.tools.entries()) {
      if (index >= start) {
        const known = rows.get(server);
        const row = known ?? rowOf(server, position === 0 ? bounds : { ...bounds, setAsideMax: 0 });
        const described = describe(tool, detail);
        characters += JSON.stringify(described).length + 1 + (known ? 0 : rowCharacters(server, row));
        if (index > start && characters > bounds.charactersMax) return index;
        row.tools.push(described);
        rows.set(server, row);
      }
      index += 1;
    }
  }
  return index;
}

/** What is known of a server, without its tools yet. What was set aside stands on the first of its pages only. */
function rowOf(
  { status, problem, quarantined, warnings = [] }: CatalogServer,
  { setAsideMax }: ListingBounds,
): Row {
  const shown = quarantined.slice(0, setAsideMax);
  return {
    status,
    ...(problem !== undefined && { problem }),
    tools: [],
    ...(setAsideMax > 0 && warnings.length > 0 && { warnings: warnings.slice(0, setAsideMax) }),
    ...(shown.length > 0 && { set_aside: shown }),
    ...(shown.length > 0 && shown.length < quarantined.length && { set_aside_total: quarantined.length }),
  };
}

function rowCharacters({ identifier }: CatalogServer, row: Row): number {
  return JSON.stringify({ [identifier]: row }).length;
}

function describe(tool: Tool, detail: Detail): unknown {
  const { identifier, name, definition } = tool;
  if (detail === 'names') return identifier;
  const description = definition.description ?? definition.title ?? '';
  if (detail === 'summary') return { name: identifier, description: firstSentence(description) };
  const { inputSchema, outputSchema, annotations } = definition;
  const { observed } = tool;
  return {
    name: identifier,
    ...(name !== identifier && { original_name: name }),
    description,
    inputSchema,
    ...(outputSchema && { outputSchema }),
    // Of results that were seen: no promise of the server's.
    ...(observed && { observedOutputSchema: observedSchema(observed) }),
    ...(annotations && { annotations }),
  };
}

/** Of a description, in one line. */
export function firstSentence(description: string): string {
  const sentence = /^.*?(?:[.!?](?=\s)|$)/s.exec(description.trim())?.[0].replace(/\s+/g, ' ') ?? '';
  return sentence.length > summaryCharactersMax
    ? `${sentence.slice(0, summaryCharactersMax - 3)}...`
    : sentence;
}

function raise(error: Error): never {
  throw error;
}
