/** The tools that are ours: which there are, how a client sees them, and how one is called. */
import type { ServerContext } from '@modelcontextprotocol/server';
import type { Config } from '../config/types.ts';
import type { Caller } from '../downstream/caller.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { type Access, includesScope, localAccess, type Scope } from './access.ts';
import { callBackend, callRemoteTool, discoverTools } from './call-tools.ts';
import { cancelRunTool } from './cancel-run.ts';

import { executeComposedCode } from './execute-composed-code.ts';
import { getApiDocumentation } from './get-api-documentation.ts';
import { getRun } from './get-run.ts';
import { listAvailableTools } from './list-available-tools.ts';
import { listServers } from './list-servers.ts';
import { visibleServers } from './named-servers.ts';
import { ownSchema } from './own-schema.ts';
import { policyTools } from './policy-tools.ts';
import { refreshTools } from './refresh-tools.ts';
import { mayRegister, registerServer } from './register-server.ts';
import { removeServer } from './remove-server.ts';
import { failure, type OurTool, scopeOf, type ToolAnswer } from './tool.ts';
import { toolSearch } from './tool-search.ts';

/**
 * Always the same for one configuration, scope and profile, in the same order.
 *
 * @throws OrchestratorError `profile_unknown`
 */
export function ownTools(config: Config, { scope, profile }: Pick<Access, 'scope' | 'profile'>): OurTool[] {
  const usable = [...visibleServers(config, { profile }).keys()].sort();
  const tools = [
    executeComposedCode(usable),
    getRun,
    cancelRunTool,
    listAvailableTools,
    getApiDocumentation,
    toolSearch,
    refreshTools,
    listServers,
    ...(mayRegister(config) ? [registerServer, removeServer] : []),
    discoverTools,
    callRemoteTool,
    callBackend,
    ...policyTools(config),
  ];
  return tools.filter((tool) => includesScope(scope, scopeOf(tool)));
}

/** What a client's token must allow for a call of one of our tools, by the tool's name. */
export function toolScopes(config: Config): ReadonlyMap<string, Scope> {
  return new Map(ownTools(config, localAccess).map((tool) => [tool.name, scopeOf(tool)]));
}

/** As `tools/list` has it. */
export function ownDefinition(tool: OurTool): ToolAnswer {
  const { name, title, description, input, output, annotations, isLong } = tool;
  return {
    name,
    ...(title !== undefined && { title }),
    description,
    inputSchema: ownSchema(input, 'input'),
    ...(output && { outputSchema: ownSchema(output, 'output') }),
    ...(annotations && { annotations }),
    // Of the era before 2026-07-28; to later clients the SDK does not tell it.
    ...(isLong && { execution: { taskSupport: 'optional' } }),
  };
}

/** Whatever goes wrong is told in the result, so that the model reads it. */
export async function callOwnTool(
  tool: OurTool,
  args: unknown,
  view: () => Promise<OrchestratorView>,
  { context, caller }: { context: ServerContext; caller: Caller },
): Promise<ToolAnswer> {
  const parsed = tool.input.safeParse(args);
  if (!parsed.success) {
    const { invalidArguments } = await import('./invalid-arguments.ts');
    return failure(invalidArguments(tool, args, parsed.error));
  }
  try {
    return await tool.handle(parsed.data, await view(), context, caller);
  } catch (error) {
    return failure(error);
  }
}
