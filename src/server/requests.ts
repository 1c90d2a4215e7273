/** What a client may ask of us, by method: answered by our own tools, or by the servers behind us. */
import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { Config } from '../config/types.ts';
import type { JsonObject } from '../downstream/caller.ts';
import type { Orchestrator, OrchestratorView } from '../orchestrator.ts';
import { type Access, includesScope } from './access.ts';
import { callDirectTool, listDirectTools } from './direct-tools.ts';
import { exchange } from './exchange.ts';
import { callOwnTool, ownDefinition } from './own-tools.ts';
import { page } from './page.ts';
import { badRequest, requestFailed, textParam, unknownMethod } from './protocol-error.ts';
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
};

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
  if (config.mode === 'orchestrator') return { tools: own.map(ownDefinition) };
  const direct = mayCall(served) ? await listDirectTools(await viewOf(served), context.mcpReq.signal) : [];
  const all = [...own.map(ownDefinition), ...direct];
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
  if (!tool && (config.mode === 'orchestrator' || !mayCall(served)))
    throw badRequest(`Tool ${name} not found`);
  const view = () => viewOf(served);
  const exchanged = { ...request, principal: caller.principal, askMsMax: config.limits.askMsMax };
  return exchange(exchanged, ({ context, client }) => {
    const on = { context, caller: { ...caller, client } };
    return tool ? callOwnTool(tool, args, view, on) : callDirectTool(name, args, view, { ...on, server });
  });
}

async function viewOf({ orchestrator, access }: Served): Promise<OrchestratorView> {
  return (await orchestrator()).forProfile(access.profile);
}

/** Whoever may not run scripts may not call single tools either. */
function mayCall({ access }: Served): boolean {
  return includesScope(access.scope, 'run');
}
