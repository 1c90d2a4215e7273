/** Prompts, resources and completion: our own, and those of all servers. */
import type { Server } from '@modelcontextprotocol/server';
import type { JsonObject } from '../catalog/tool.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import type { DirectCall } from './direct-call.ts';
import { getPrompt as getDirectPrompt, listPrompts as listDirectPrompts } from './direct-prompts.ts';
import {
  complete as completeDirect,
  listResources as listDirectResources,
  listTemplates as listDirectTemplates,
  readResource as readDirectResource,
} from './direct-resources.ts';
import { exchange } from './exchange.ts';
import { listPolicyPrompts, policyPrompt } from './exposed-policies.ts';
import { listOwnResources, listOwnTemplates, readOwnResource } from './own-resources.ts';
import { badRequest, objectParam, textParam, unknownMethod } from './protocol-error.ts';
import { ResourceWatch } from './resource-watch.ts';
import {
  exchanged,
  type IncomingRequest,
  listAnswer,
  requireCalls,
  type Served,
  seesPolicies,
  seesServers,
  viewOf,
} from './served.ts';

export async function listPrompts(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const own = seesPolicies(served) ? await listPolicyPrompts(await viewOf(served)) : [];
  return listAnswer(
    'prompts',
    [...own, ...(await direct(listDirectPrompts, request, served))],
    request,
    served,
  );
}

export async function getPrompt(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const name = textParam(request.params, 'name');
  if (seesPolicies(served)) {
    const view = await viewOf(served);
    const isOwn = (await listPolicyPrompts(view)).some((prompt) => prompt.name === name);
    if (isOwn || !seesServers(served))
      return policyPrompt(name, objectParam(request.params, 'arguments'), view);
  }
  if (!seesServers(served)) throw badRequest(`Prompt ${name} not found`);
  return ask(getDirectPrompt, request, served);
}

export async function listResources(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const own = await listOwnResources(served);
  const all = [...own, ...(await direct(listDirectResources, request, served))];
  return listAnswer('resources', all, request, served);
}

export async function listResourceTemplates(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const all = [...listOwnTemplates(served), ...(await direct(listDirectTemplates, request, served))];
  return listAnswer('resourceTemplates', all, request, served);
}

export async function readResource(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const uri = textParam(request.params, 'uri');
  const own = await readOwnResource(uri, served);
  if (own) return own;
  if (!seesServers(served)) throw badRequest(`Resource ${uri} not found`);
  return ask(readDirectResource, request, served);
}

export async function complete(request: IncomingRequest, served: Served): Promise<JsonObject> {
  if (!seesServers(served)) throw unknownMethod(request.method);
  return ask(completeDirect, request, served);
}

export async function subscribe(request: IncomingRequest, served: Served): Promise<JsonObject> {
  if (served.config.mode === 'orchestrator') throw unknownMethod(request.method);
  requireCalls(served);
  const { params, context, server } = request;
  await resourceWatch(server, served).watch(textParam(params, 'uri'), context.mcpReq.signal);
  return {};
}

export async function unsubscribe({ params, server }: IncomingRequest, served: Served): Promise<JsonObject> {
  resourceWatch(server, served).unwatch(textParam(params, 'uri'));
  return {};
}

const watches = new WeakMap<Server, ResourceWatch>();

/** One for each connection: it ends with it. */
export function resourceWatch(
  server: Server,
  served: Pick<Served, 'orchestrator' | 'access'>,
): ResourceWatch {
  const known = watches.get(server);
  if (known) return known;
  const watch = new ResourceWatch(
    () => viewOf(served),
    (uri) => void server.sendResourceUpdated({ uri }).catch(() => {}),
  );
  watches.set(server, watch);
  const { onclose } = server;
  server.onclose = () => {
    watch.close();
    onclose?.();
  };
  return watch;
}

/** Those of all servers, for a client that sees them. */
async function direct(
  list: (view: OrchestratorView, signal: AbortSignal) => Promise<JsonObject[]>,
  { context }: IncomingRequest,
  served: Served,
): Promise<JsonObject[]> {
  return seesServers(served) ? list(await viewOf(served), context.mcpReq.signal) : [];
}

/** A request that goes to one server, which may ask back. */
async function ask(
  work: (params: JsonObject, view: OrchestratorView, on: DirectCall) => Promise<JsonObject>,
  request: IncomingRequest,
  served: Served,
): Promise<JsonObject> {
  requireCalls(served);
  const view = await viewOf(served);
  const { params, server } = request;
  return exchange(exchanged(request, served), ({ context, client }) =>
    work(params, view, { context, caller: { ...served.access.caller, client }, server }),
  );
}
