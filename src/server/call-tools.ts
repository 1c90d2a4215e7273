/** `discover_tools`, `call_remote_tool`, `call_backend`: one server's tools, and one call whose result passes through unchanged. */
import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { unknownServer } from '../catalog/lookup-errors.ts';
import type { JsonObject, Tool } from '../catalog/tool.ts';
import type { Caller } from '../downstream/caller.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { toolListing } from './list-available-tools.ts';
import { reportProgress } from './progress.ts';
import { answer, defineTool, type ToolAnswer } from './tool.ts';

export const discoverTools = defineTool({
  name: 'discover_tools',
  description: 'One server asked anew: tools with schemas',
  input: z.strictObject({ server_name: z.string(), cursor: z.string().optional() }),
  annotations: { readOnlyHint: true },
  namesServersIn: 'server_name',
  async handle({ server_name, cursor }, { catalog }) {
    const server = catalog.server(server_name);
    if (!server) throw unknownServer(server_name, catalog.servers());
    // Further pages are of the same answer.
    if (cursor === undefined) await catalog.refresh(server.name).catch(() => {});
    return answer(toolListing(catalog, { server: server.name, detail: 'full', cursor }));
  },
});

export const callRemoteTool = defineTool({
  name: 'call_remote_tool',
  description: 'Call "server__tool"; its result unchanged',
  input: z.strictObject({ tool_name: z.string(), arguments: z.record(z.string(), z.unknown()).optional() }),
  namesServersIn: 'tool_name',
  async handle({ tool_name, arguments: args = {} }, orchestrator, context, caller) {
    return callTool(await orchestrator.catalog.findAddress(tool_name), args, orchestrator, {
      context,
      caller,
    });
  },
});

export const callBackend = defineTool({
  name: 'call_backend',
  description: 'As call_remote_tool; params may be JSON text',
  input: z.strictObject({
    server: z.string(),
    tool: z.string(),
    params: z
      .union([z.record(z.string(), z.unknown()), z.string()], {
        error: 'must be an object, or the JSON of one',
      })
      .optional(),
  }),
  namesServersIn: 'server',
  async handle({ server, tool, params = {} }, orchestrator, context, caller) {
    const args = typeof params === 'string' ? parsedParams(params) : params;
    return callTool(await orchestrator.catalog.find(server, tool), args, orchestrator, { context, caller });
  },
});

/**
 * The result as the server sent it, its failures included; progress and the client's cancelling pass through.
 * @throws OrchestratorError for everything else
 */
export function callTool(
  tool: Tool,
  args: JsonObject,
  { router }: Pick<OrchestratorView, 'router'>,
  { context, caller }: { context: ServerContext; caller: Caller },
): Promise<ToolAnswer> {
  return router.callTool(tool, args, {
    signal: context.mcpReq.signal,
    caller,
    onProgress: reportProgress(context),
  });
}

function parsedParams(text: string): JsonObject {
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new OrchestratorError('arguments_invalid', `params is no JSON: ${messageOf(error)}`, {
      hint: 'Write it as {"name": value}.',
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new OrchestratorError(
    'arguments_invalid',
    `params must be an object, or the JSON of one, but is ${text.trim().slice(0, 100)}.`,
    { hint: 'Write it as {"name": value}.' },
  );
}
