/** Resources and templates of all servers as ours, and completion of what they and prompts take. */
import { UriTemplate } from '@modelcontextprotocol/server';
import type { Offer } from '../catalog/offers.ts';
import type { CatalogServer, JsonObject } from '../catalog/tool.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { type DirectCall, plainServers, usableServers } from './direct-call.ts';
import { findPrompt } from './direct-prompts.ts';
import { reportProgress } from './progress.ts';
import { badRequest, objectParam, textParam } from './protocol-error.ts';
import { exposedUri, ownUri } from './resource-uris.ts';

export async function listResources(view: OrchestratorView, signal: AbortSignal): Promise<JsonObject[]> {
  const resources = await view.offers.list('resources', await usableServers(view, signal), signal);
  const uris = exposedUris(resources, view);
  return resources.map(({ definition }, index) => ({ ...definition, uri: uris[index] }));
}

export async function listTemplates(view: OrchestratorView, signal: AbortSignal): Promise<JsonObject[]> {
  const templates = await view.offers.list('templates', await usableServers(view, signal), signal);
  const uris = exposedUris(templates, view);
  return templates.map(({ definition }, index) => ({ ...definition, uriTemplate: uris[index] }));
}

/** Under their own addresses those of a server of which that is wanted, where no other server has the same. */
function exposedUris(offers: readonly Offer[], { config }: OrchestratorView): string[] {
  const plain = plainServers(config);
  const counts = new Map<string, number>();
  for (const { key } of offers) counts.set(key, (counts.get(key) ?? 0) + 1);
  return offers.map(({ server, identifier, key }) =>
    plain.has(server) && counts.get(key) === 1 ? key : exposedUri({ identifier, uri: key }),
  );
}

/** Contents under the address that was asked for, or the server's own where it was asked by that. */
export async function readResource(
  params: JsonObject,
  view: OrchestratorView,
  { context, caller }: DirectCall,
): Promise<JsonObject> {
  const place = await findResource(textParam(params, 'uri'), view, context.mcpReq.signal);
  const { name, identifier } = place.server;
  const result = await view.offers.request(
    name,
    'resources/read',
    { uri: place.uri },
    {
      signal: context.mcpReq.signal,
      caller,
      onProgress: reportProgress(context),
    },
  );
  if (!place.isExposed || !Array.isArray(result.contents)) return result;
  const contents = result.contents.map((content: JsonObject) =>
    typeof content?.uri === 'string'
      ? { ...content, uri: exposedUri({ identifier, uri: content.uri }) }
      : content,
  );
  return { ...result, contents };
}

/** `completion/complete` for an argument of a prompt, or a part of a template. */
export async function complete(
  params: JsonObject,
  view: OrchestratorView,
  { context, caller }: DirectCall,
): Promise<JsonObject> {
  const { signal } = context.mcpReq;
  const ref = objectParam(params, 'ref');
  const { argument, context: known } = params;
  const ask = (server: string, own: JsonObject) => {
    const asked = { ref: { ...ref, ...own }, argument, ...(known !== undefined && { context: known }) };
    return view.offers.request(server, 'completion/complete', asked, { signal, caller });
  };
  if (ref.type === 'ref/prompt') {
    const { server, key } = await findPrompt(textParam(ref, 'name'), view, signal);
    return ask(server, { name: key });
  }
  if (ref.type === 'ref/resource') {
    const { server, uri } = await findResource(textParam(ref, 'uri'), view, signal);
    return ask(server.name, { uri });
  }
  throw badRequest(`ref.type must be "ref/prompt" or "ref/resource", but is ${JSON.stringify(ref.type)}.`);
}

export interface FoundResource {
  readonly server: CatalogServer;
  /** The server's own. */
  readonly uri: string;
  /** True where it was named by our address for it. */
  readonly isExposed: boolean;
}

/**
 * By our address, or by the server's own, as results of tools hold it, where only one server can be meant.
 *
 * @throws ProtocolError
 */
export async function findResource(
  uri: string,
  view: OrchestratorView,
  signal: AbortSignal,
): Promise<FoundResource> {
  const own = ownUri(uri);
  const named = own && view.catalog.server(own.identifier);
  if (own && named) return { server: named, uri: own.uri, isExposed: true };
  const servers = await usableServers(view, signal);
  const resources = (await view.offers.list('resources', servers, signal)).filter(({ key }) => key === uri);
  const found = resources.length > 0 ? resources : await byTemplate(uri, view, { servers, signal });
  const having = view.offers.having('resources', servers);
  const candidates =
    found.length > 0 ? new Set(found.map(({ server }) => server)) : new Set(having.map(({ name }) => name));
  const [name, ...others] = candidates;
  const server = name === undefined ? undefined : view.catalog.server(name);
  if (server && others.length === 0) return { server, uri, isExposed: false };
  const which =
    found.length > 1
      ? `Several servers have it: ask for ${found.map(({ identifier }) => exposedUri({ identifier, uri })).join(' or ')}.`
      : 'resources/list and resources/templates/list have what there is.';
  throw badRequest(`There is no resource ${JSON.stringify(uri.slice(0, 500))} here. ${which}`);
}

async function byTemplate(
  uri: string,
  view: OrchestratorView,
  { servers, signal }: { servers: readonly CatalogServer[]; signal: AbortSignal },
): Promise<Offer[]> {
  const templates = await view.offers.list('templates', servers, signal);
  return templates.filter(({ key }) => {
    try {
      return key === uri || new UriTemplate(key).match(uri) !== null;
    } catch {
      return false;
    }
  });
}
