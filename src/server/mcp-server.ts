/** Our own MCP server: the tools of this folder, for clients of both protocol eras. */
import { McpServer } from '@modelcontextprotocol/server';
import { serverIdentifiers } from '../catalog/names.ts';
import { profileFilter } from '../catalog/tool-filter.ts';
import { findProfile } from '../config/profiles.ts';
import type { Config } from '../config/types.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { type Access, includesScope, localAccess, type Scope } from './access.ts';
import { compactSchema } from './compact-schema.ts';
import { executeComposedCode } from './execute-composed-code.ts';
import { getApiDocumentation } from './get-api-documentation.ts';
import { listAvailableTools } from './list-available-tools.ts';
import { refreshTools } from './refresh-tools.ts';
import { failure, type OurTool, scopeOf } from './tool.ts';

export interface McpServerOptions {
  readonly config: Config;
  readonly version: string;
  /** Called at the first tool call: listing our tools needs nothing but the configuration. */
  orchestrator(): Promise<Orchestrator>;
  /** Who is served; the local user where absent. Tools beyond their scope are not there, nor what their profile leaves out. */
  readonly access?: Access;
}

const instructions =
  'Reach many MCP servers through one script: look up names with list_available_tools and types with get_api_documentation, then send one TypeScript script to execute_composed_code that does the whole job and returns only what you need.';

/**
 * A fresh server instance; one configuration, scope and profile always give the same tools, in the same order.
 *
 * @throws OrchestratorError `profile_unknown`
 */
export function createMcpServer(options: McpServerOptions): McpServer {
  const server = new McpServer(
    { name: 'mcp-tools-orchestrator', title: 'MCP Tools Orchestrator', version: options.version },
    { instructions, capabilities: { tools: {}, logging: {} } },
  );
  const { scope } = options.access ?? localAccess;
  for (const tool of ourTools(options)) {
    if (includesScope(scope, scopeOf(tool))) register(server, tool, options);
  }
  return server;
}

/** What a client's token must allow for a call of one of our tools, by the tool's name. */
export function toolScopes(config: Config): ReadonlyMap<string, Scope> {
  return new Map(ourTools({ config }).map((tool) => [tool.name, scopeOf(tool)]));
}

function ourTools({ config, access }: Pick<McpServerOptions, 'config' | 'access'>): OurTool[] {
  const profile = access?.profile;
  const names = [...config.servers, ...config.unusableServers].map(({ name }) => name);
  const identifiers = serverIdentifiers(names);
  const own = profile === undefined ? undefined : findProfile(config.profiles, profile);
  const filters = [config.profile, own].flatMap((one) => (one ? [profileFilter(one)] : []));
  const usable = config.servers
    .map(({ name }) => ({ name, identifier: identifiers.get(name) ?? name }))
    .filter((server) => filters.every((filter) => filter.hasServer(server)))
    .map(({ identifier }) => identifier)
    .sort();
  return [executeComposedCode(config, usable), listAvailableTools, getApiDocumentation, refreshTools];
}

function register(server: McpServer, tool: OurTool, options: McpServerOptions): void {
  const { name, title, description, input, output, annotations } = tool;
  const { caller, profile } = options.access ?? localAccess;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: compactSchema(input),
      outputSchema: compactSchema(output),
      annotations,
    },
    async (args, context) => {
      try {
        const view = (await options.orchestrator()).forProfile(profile);
        return await tool.handle(args, view, context, caller);
      } catch (error) {
        return failure(error);
      }
    },
  );
}
