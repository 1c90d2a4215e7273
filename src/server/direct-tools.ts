/** Every tool of every server as one of ours: listed as `server__tool`, called, its result passed through as it is. */
import { ProtocolError } from '@modelcontextprotocol/server';
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogServer, JsonObject, Tool, ToolDefinition } from '../catalog/tool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import type { CalledServer } from './asked-client.ts';
import { callTool } from './call-tools.ts';
import { type DirectCall, plainServers } from './direct-call.ts';
import { byExposedName } from './exposed-names.ts';
import { toolScopes } from './own-tools.ts';
import { badRequest, missingClientCapability } from './protocol-error.ts';
import { failure } from './tool.ts';

type Reach = Pick<OrchestratorView, 'catalog' | 'config' | 'router'>;

/** In a stable order: by server, then by tool. Waits a bounded time for servers that have never answered. */
export async function listDirectTools(orchestrator: Reach, signal: AbortSignal): Promise<JsonObject[]> {
  const { catalog, config } = orchestrator;
  await catalog.firstAnswers(config.limits.listWaitMs, undefined, signal);
  return [...toolsByName(orchestrator)].map(([name, { definition }]) => {
    // We carry no tasks of other servers, so none of their tools can be asked to run as one.
    const { execution, ...rest } = definition as ToolDefinition & { execution?: unknown };
    return { ...rest, name };
  });
}

/** @throws ProtocolError for a tool that is not there, and for what servers of the older era tell by an error of their own */
export async function callDirectTool(
  name: string,
  args: unknown,
  view: () => Promise<OrchestratorView>,
  { server, ...on }: DirectCall,
): Promise<JsonObject> {
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw badRequest(`"arguments" of ${name} must be an object.`);
  const opened = await view();
  const tool = await findTool(name, opened, on.context.mcpReq.signal);
  try {
    const result = await callTool(tool, args as JsonObject, opened, on);
    return projected(result, tool, server);
  } catch (error) {
    throwIfForClient(error, on);
    return failure(error);
  }
}

async function findTool(name: string, orchestrator: Reach, signal: AbortSignal): Promise<Tool> {
  const { catalog, config } = orchestrator;
  const known = toolsByName(orchestrator).get(name);
  if (known) return known;
  try {
    return await catalog.findAddress(name);
  } catch (error) {
    // A shortened name says nothing of its server: all are waited for.
    await catalog.firstAnswers(config.limits.listWaitMs, undefined, signal);
    const tool = toolsByName(orchestrator).get(name);
    if (tool) return tool;
    throw error;
  }
}

const tables = new WeakMap<readonly CatalogServer[], Map<string, Tool>>();

/** By exposed name, in the order of listing. Made once for each state of the catalogue. */
export function toolsByName({
  catalog,
  config,
}: {
  catalog: Pick<Catalog, 'servers'>;
  config: Reach['config'];
}) {
  const servers = catalog.servers();
  const made = tables.get(servers);
  if (made) return made;
  const tools = servers.flatMap((server) => server.tools);
  const plain = plainServers(config);
  const table = byExposedName(
    tools,
    ({ server, name, flatName }) => ({ own: name, full: flatName, isPlain: plain.has(server) }),
    {
      charactersMax: config.limits.toolNameCharactersMax,
      taken: config.mode === 'hybrid' ? toolScopes(config).keys() : [],
    },
  );
  tables.set(servers, table);
  return table;
}

/** Clients of the older era take only objects as structured content; the SDK knows how they are told of others. */
function projected(result: JsonObject, { definition }: Tool, server: CalledServer): JsonObject {
  const { structuredContent } = result;
  const isObject =
    typeof structuredContent === 'object' && structuredContent !== null && !Array.isArray(structuredContent);
  const type = definition.outputSchema?.type;
  if (structuredContent === undefined || (isObject && (type === undefined || type === 'object')))
    return result;
  return server.projectCallToolResult(result as never, definition.outputSchema);
}

const urlElicitationRequired = -32_042;

/**
 * Errors of a server that are meant for the client, which knows what to do: in the older era, to visit a page first; from
 * 2026-07-28 on, to declare what it can do. What it declared is what we declared for it.
 */
function throwIfForClient(error: unknown, { context, caller }: Pick<DirectCall, 'context' | 'caller'>): void {
  const cause = error instanceof OrchestratorError ? error.cause : undefined;
  if (!(cause instanceof Error) || !('code' in cause)) return;
  const isModern = context.mcpReq.envelope !== undefined;
  const isWanted = isModern
    ? cause.code === missingClientCapability
    : cause.code === urlElicitationRequired && caller.client?.elicit !== undefined;
  if (!isWanted) return;
  throw new ProtocolError(Number(cause.code), messageOf(error), 'data' in cause ? cause.data : undefined);
}
