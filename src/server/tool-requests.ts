/** `tools/list` and `tools/call`: our own tools, exposed policies, and those of all servers. */
import { nearestNames } from '../catalog/names.ts';
import type { JsonObject } from '../catalog/tool.ts';
import type { Policy } from '../policies/policy.ts';
import { callDirectTool, listDirectTools, toolsByName } from './direct-tools.ts';
import { exchange } from './exchange.ts';
import { callExposedPolicy, findExposedPolicy, listExposedPolicies } from './exposed-policies.ts';
import { namedServers } from './named-servers.ts';
import { callOwnTool, ownDefinition } from './own-tools.ts';
import { badRequest, notAsTask, textParam } from './protocol-error.ts';
import {
  exchanged,
  type IncomingCall,
  type IncomingRequest,
  listAnswer,
  mayCall,
  type Served,
  seesPolicies,
  seesServers,
  viewOf,
} from './served.ts';
import type { OurTool } from './tool.ts';

const nameCharactersMax = 128;

export async function listTools(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const { signal } = request.context.mcpReq;
  const ours = [...served.own.map(ownDefinition), ...(await exposedPolicies(served, signal))];
  if (served.config.mode === 'orchestrator') return listAnswer('tools', ours, request, served);
  const direct = seesServers(served) ? await listDirectTools(await viewOf(served), signal) : [];
  return listAnswer('tools', [...ours, ...direct], request, served);
}

export async function callTool(request: IncomingCall, served: Served): Promise<JsonObject> {
  const { params, server } = request;
  const name = textParam(params, 'name');
  const args = params.arguments ?? {};
  const tool = served.own.find((one) => one.name === name);
  const policy = tool ? undefined : await exposedPolicy(name, served);
  if (!tool && !policy && !seesServers(served)) throw badRequest(notFound(name, served.own));
  const view = () => viewOf(served);
  const isLegacy = request.context.mcpReq.envelope === undefined;
  if (isLegacy && params.task !== undefined && (!tool?.isLong || served.config.limits.tasksMax === 0))
    throw notAsTask(name);
  await startNamed(tool, args, served);
  const call = { ...exchanged(request, served), tasks: served.config.limits };
  return exchange(call, async ({ context, client }) => {
    const on = { context, caller: { ...served.access.caller, client } };
    if (policy) return callExposedPolicy(policy, args, view, on);
    if (!tool) return callDirectTool(name, args, view, { ...on, server });
    const answer = await callOwnTool(tool, args, view, on);
    if (!tool.inExposedNames || !seesServers(served)) return answer;
    const names = [...toolsByName(await view())].map(([seen, { flatName }]) => [flatName, seen] as const);
    return tool.inExposedNames(answer, new Map(names));
  });
}

async function startNamed(
  tool: OurTool | undefined,
  args: unknown,
  { config, access, startAhead }: Served,
): Promise<void> {
  const { namesServersIn } = tool ?? {};
  if (!startAhead || namesServersIn === undefined) return;
  const text = (args as JsonObject | null)?.[namesServersIn];
  if (typeof text === 'string') await startAhead(() => namedServers(text, config, access));
}

/** `tool_search` refers to tools by the names that they have here only in the other modes. */
function notFound(name: string, own: readonly OurTool[]): string {
  const message = `Tool ${name.slice(0, nameCharactersMax)} not found.`;
  if (/__|\./.test(name))
    return `${message} Tools of servers are called in scripts (execute_composed_code), or by call_remote_tool with this as tool_name.`;
  const near = nearestNames(
    name,
    own.map((tool) => tool.name),
  );
  return near.length > 0 ? `${message} Did you mean ${near.join(' or ')}?` : message;
}

async function exposedPolicies(served: Served, signal: AbortSignal): Promise<JsonObject[]> {
  const { config, own } = served;
  if (!seesPolicies(served) || !mayCall(served)) return [];
  return listExposedPolicies(config, own, () => viewOf(served), signal);
}

async function exposedPolicy(name: string, served: Served): Promise<Policy | undefined> {
  const { config, own } = served;
  if (!seesPolicies(served) || !mayCall(served)) return undefined;
  return findExposedPolicy(name, config, own, () => viewOf(served));
}
