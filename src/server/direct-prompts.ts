/** Prompts of all servers as ours: listed as `server__prompt`, and fetched as they are. */
import type { Offer } from '../catalog/offers.ts';
import type { JsonObject } from '../catalog/tool.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { type DirectCall, plainServers, usableServers } from './direct-call.ts';
import { byExposedName } from './exposed-names.ts';
import { reportProgress } from './progress.ts';
import { badRequest, objectParam, textParam } from './protocol-error.ts';

/** As they were listed last, by exposed name: a prompt that is fetched was mostly listed before. */
const lastListed = new WeakMap<OrchestratorView, ReadonlyMap<string, Offer>>();

export async function listPrompts(view: OrchestratorView, signal: AbortSignal): Promise<JsonObject[]> {
  return [...(await promptsByName(view, signal))].map(([name, { definition }]) => ({ ...definition, name }));
}

/** @throws ProtocolError for a prompt that is not there; OrchestratorError for what its server did not do */
export async function getPrompt(
  params: JsonObject,
  view: OrchestratorView,
  { context, caller }: DirectCall,
): Promise<JsonObject> {
  const name = textParam(params, 'name');
  const args = objectParam(params, 'arguments');
  const { server, key } = await findPrompt(name, view, context.mcpReq.signal);
  const asked = { name: key, ...(params.arguments !== undefined && { arguments: args }) };
  return view.offers.request(server, 'prompts/get', asked, {
    signal: context.mcpReq.signal,
    caller,
    onProgress: reportProgress(context),
  });
}

/** @throws ProtocolError */
export async function findPrompt(name: string, view: OrchestratorView, signal: AbortSignal): Promise<Offer> {
  const known = lastListed.get(view)?.get(name);
  if (known && view.catalog.server(known.server)) return known;
  const prompt = (await promptsByName(view, signal)).get(name);
  if (prompt) return prompt;
  throw badRequest(`There is no prompt "${name.slice(0, 200)}"; prompts/list has their names.`);
}

async function promptsByName(
  view: OrchestratorView,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Offer>> {
  const prompts = await view.offers.list('prompts', await usableServers(view, signal), signal);
  const plain = plainServers(view.config);
  const table = byExposedName(
    prompts,
    ({ server, identifier, key }) => ({
      own: key,
      full: `${identifier}__${key}`,
      isPlain: plain.has(server),
    }),
    { charactersMax: view.config.limits.toolNameCharactersMax },
  );
  lastListed.set(view, table);
  return table;
}
