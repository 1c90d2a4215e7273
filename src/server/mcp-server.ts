/** Our own MCP server, for clients of both protocol eras: our tools, those of all servers, or both. */
import { Server } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { localAccess } from './access.ts';
import { ownTools } from './own-tools.ts';
import { hasPolicies } from './policy-tools.ts';
import { answerRequest } from './requests.ts';
import type { McpServerOptions, Served } from './served.ts';
import { tasksExtension } from './task-views.ts';

export type { McpServerOptions } from './served.ts';

const ownInstructions =
  'Reach many MCP servers through one script: find tools with tool_search, their types with get_api_documentation, then send one TypeScript script to execute_composed_code that does the whole job and returns only what you need.';
const directInstructions =
  'The tools of many MCP servers in one place: each is called `server__tool`, prompts likewise; resources are at `mcp://server/` and their own URI.';

/** Declared before it is known which server has what: what there is not has an empty list. */
const directCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};

/** What we tell of ourselves. */
export function serverInfo({ version }: Pick<McpServerOptions, 'version'>): {
  name: string;
  title: string;
  version: string;
} {
  return { name: 'mcp-tools-orchestrator', title: 'MCP Tools Orchestrator', version };
}

/** For requests of one client. */
export function servedFor(options: McpServerOptions): Served {
  const { config, access = localAccess } = options;
  return {
    ...options,
    access,
    // Made anew for each request: servers come and go.
    get own() {
      return config.mode === 'direct' ? [] : ownTools(options.current?.() ?? config, access);
    },
  };
}

/**
 * A fresh server instance, for one connection or one request. In the modes with tools of our own, one configuration and
 * scope and profile always give the same ones, in the same order.
 *
 * What servers send goes through it as it is: the SDK's handlers by method would check, and refuse, results of others.
 *
 * @throws OrchestratorError `profile_unknown`
 */
export function createMcpServer(options: McpServerOptions): Server {
  const { config } = options;
  const { mode } = config;
  const isDirect = mode !== 'orchestrator';
  const served = servedFor(options);
  const hasOwn = served.own.length > 0;
  const server = new Server(serverInfo(options), {
    instructions: [mode !== 'direct' && ownInstructions, isDirect && directInstructions]
      .filter(Boolean)
      .join('\n'),
    capabilities: {
      ...(isDirect ? directCapabilities : { tools: { listChanged: true }, logging: {} }),
      // Records of runs, and policies.
      ...(!isDirect && hasOwn && { resources: { listChanged: true } }),
      ...(!isDirect && hasOwn && hasPolicies(config) && { prompts: { listChanged: true } }),
      ...(config.limits.tasksMax > 0 && taskCapabilities(hasOwn)),
    },
  });
  // In place of the SDK's, which keeps the level to itself.
  server.removeRequestHandler('logging/setLevel');
  server.fallbackRequestHandler = ({ method, params = {} }, context) =>
    answerRequest({ method, params, context, server }, served);
  // Of methods that were taken out of the protocol the SDK lets through only what is asked for by its name.
  for (const method of ['tasks/get', 'tasks/cancel'])
    server.setRequestHandler(method, anyTask, (params, context) =>
      answerRequest({ method, params, context, server }, served),
    );
  return server;
}

const anyTask = { params: z.looseObject({}), result: z.looseObject({}) };

/** Each era reads its own. */
function taskCapabilities(hasOwn: boolean) {
  return {
    extensions: { [tasksExtension]: {} },
    ...(hasOwn && { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }),
  };
}
