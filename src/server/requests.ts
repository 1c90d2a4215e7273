/** What a client may ask of us, by method: answered by our own tools, or by the servers behind us. */
import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { Config } from '../config/types.ts';
import type { JsonObject } from '../downstream/caller.ts';
import type { Orchestrator, OrchestratorView } from '../orchestrator.ts';
import type { Policy } from '../policies/policy.ts';
import { type Access, includesScope } from './access.ts';
import { callDirectTool, listDirectTools } from './direct-tools.ts';
import { exchange } from './exchange.ts';
import {
  callExposedPolicy,
  findExposedPolicy,
  listExposedPolicies,
  listPolicyPrompts,
  listPolicyResources,
  policyPrompt,
  policyResourceTemplate,
  readPolicyResource,
} from './exposed-policies.ts';
import { callOwnTool, ownDefinition } from './own-tools.ts';
import { page } from './page.ts';
import { hasPolicies } from './policy-tools.ts';
import { badRequest, objectParam, requestFailed, textParam, unknownMethod } from './protocol-error.ts';
import { isRunUri, readRun, runResources, runTemplate } from './run-resource.ts';
import type { OurTool } from './tool.ts';

export interface McpServerOptions {
  readonly config: Config;
  readonly version: string;
  /** Called at the first request that needs more than the configuration. */
  orchestrator(): Promise<Orchestrator>;
  /** Who is served; the local user where absent. Tools beyond their scope are not there, nor what their profile leaves out. */
  readonly access?: Access;
}

/** What a server object was made for. */
export interface Served extends McpServerOptions {
  readonly access: Access;
  /** Our tools that its client sees. */
  readonly own: readonly OurTool[];
}

export interface IncomingRequest {
  readonly method: string;
  readonly params: JsonObject;
  readonly context: ServerContext;
  readonly server: Server;
}

type Answer = (request: IncomingRequest, served: Served) => Promise<JsonObject>;

const methods: Readonly<Record<string, Answer>> = {
  'tools/list': listTools,
  'tools/call': callTool,
  'prompts/list': listPrompts,
  'prompts/get': getPrompt,
  'resources/list': listResources,
  'resources/templates/list': listResourceTemplates,
  'resources/read': readResource,
};

/** False for what is answered by an error only. */
export function isAnswered(method: string): boolean {
  return Object.hasOwn(methods, method);
}

/** @throws ProtocolError, which the SDK sends as the error that it is */
export async function answerRequest(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const answer = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (!answer) throw unknownMethod(request.method);
  try {
    return await answer(request, served);
  } catch (error) {
    throw requestFailed(error);
  }
}

async function listTools({ params, context }: IncomingRequest, served: Served): Promise<JsonObject> {
  const { config, own } = served;
  const { signal } = context.mcpReq;
  const ours = [...own.map(ownDefinition), ...(await exposedPolicies(served, signal))];
  if (config.mode === 'orchestrator') return { tools: ours };
  const direct = mayCall(served) ? await listDirectTools(await viewOf(served), signal) : [];
  const all = [...ours, ...direct];
  const { items, nextCursor } = page(all, params.cursor, config.limits.listPageMax);
  return { tools: items, ...(nextCursor !== undefined && { nextCursor }) };
}

async function callTool(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const { params, server } = request;
  const { config, access, own } = served;
  const { caller } = access;
  const name = textParam(params, 'name');
  const args = params.arguments ?? {};
  const tool = own.find((one) => one.name === name);
  const policy = tool ? undefined : await exposedPolicy(name, served);
  if (!tool && !policy && (config.mode === 'orchestrator' || !mayCall(served)))
    throw badRequest(`Tool ${name} not found`);
  const view = () => viewOf(served);
  const exchanged = { ...request, principal: caller.principal, askMsMax: config.limits.askMsMax };
  return exchange(exchanged, ({ context, client }) => {
    const on = { context, caller: { ...caller, client } };
    if (policy) return callExposedPolicy(policy, args, view, on);
    return tool ? callOwnTool(tool, args, view, on) : callDirectTool(name, args, view, { ...on, server });
  });
}

/** Whoever has none of our tools has no policies either. */
function seesPolicies({ config, own }: Served): boolean {
  return own.length > 0 && hasPolicies(config);
}

/** What a run was told by its servers is for those who may run scripts. */
function seesRuns(served: Served): boolean {
  return served.own.length > 0 && mayCall(served);
}

async function ownRuns(served: Served): Promise<JsonObject[]> {
  if (!seesRuns(served)) return [];
  return runResources((await viewOf(served)).runs, served.access.caller.principal);
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

async function listPrompts({ params }: IncomingRequest, served: Served): Promise<JsonObject> {
  const all = seesPolicies(served) ? await listPolicyPrompts(await viewOf(served)) : [];
  const { items, nextCursor } = page(all, params.cursor, served.config.limits.listPageMax);
  return { prompts: items, ...(nextCursor !== undefined && { nextCursor }) };
}

async function getPrompt({ params }: IncomingRequest, served: Served): Promise<JsonObject> {
  const name = textParam(params, 'name');
  if (!seesPolicies(served)) throw badRequest(`Prompt ${name} not found`);
  return policyPrompt(name, objectParam(params, 'arguments'), await viewOf(served));
}

async function listResources({ params }: IncomingRequest, served: Served): Promise<JsonObject> {
  const policies = seesPolicies(served) ? await listPolicyResources(await viewOf(served)) : [];
  const all = [...policies, ...(await ownRuns(served))];
  const { items, nextCursor } = page(all, params.cursor, served.config.limits.listPageMax);
  return { resources: items, ...(nextCursor !== undefined && { nextCursor }) };
}

async function listResourceTemplates(_: IncomingRequest, served: Served): Promise<JsonObject> {
  const resourceTemplates = [
    ...(seesPolicies(served) ? [policyResourceTemplate] : []),
    ...(seesRuns(served) ? [runTemplate] : []),
  ];
  return { resourceTemplates };
}

async function readResource({ params }: IncomingRequest, served: Served): Promise<JsonObject> {
  const uri = textParam(params, 'uri');
  if (isRunUri(uri) && seesRuns(served)) {
    return readRun(uri, (await viewOf(served)).runs, served.access.caller.principal);
  }
  const found = seesPolicies(served) ? await readPolicyResource(uri, await viewOf(served)) : undefined;
  if (!found) throw badRequest(`Resource ${uri} not found`);
  return found;
}

async function viewOf({ orchestrator, access }: Served): Promise<OrchestratorView> {
  return (await orchestrator()).forProfile(access.profile);
}

/** Whoever may not run scripts may not call single tools either. */
function mayCall({ access }: Served): boolean {
  return includesScope(access.scope, 'run');
}
