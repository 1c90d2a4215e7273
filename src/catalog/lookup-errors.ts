/** What to say where a name is not in the catalogue: the nearest ones, or why the server cannot be used. */
import { OrchestratorError } from '../errors.ts';
import { nearestNames as search } from './names.ts';
import { rawWordsOfName, stemOf } from './search-words.ts';
import type { CatalogServer } from './tool.ts';

const namesShownMax = 30;
const alikeShownMax = 5;
const wantedCharactersMax = 128;
/** A word that more names have than this says nothing of which one is meant. */
const wordNamesMax = 8;

/** `server_unknown`, with the nearest servers as its hint. */
export function unknownServer(name: string, servers: readonly CatalogServer[]): OrchestratorError {
  const hint = serverHint(name, servers);
  return new OrchestratorError('server_unknown', `There is no server "${name}".`, {
    hint,
    retrySafe: 'yes',
    server: name,
  });
}

/** `tool_unknown`, with the server's nearest tools as its hint. */
export function unknownTool(server: CatalogServer, toolName: string): OrchestratorError {
  const message = `Server "${server.name}" has no tool "${toolName}".`;
  const hint = toolHint(server, toolName);
  return new OrchestratorError('tool_unknown', message, {
    hint,
    retrySafe: 'yes',
    server: server.name,
    tool: toolName,
  });
}

/** For what is no address: a tool's bare name, or a server's. */
export function unknownAddress(address: string, servers: readonly CatalogServer[]): OrchestratorError {
  const server = servers.find(({ name, identifier }) => name === address || identifier === address);
  if (server) {
    const hint = `Name one of its tools as well, as ${server.identifier}.TOOL. ${toolHint(server, '')}`;
    return new OrchestratorError('tool_unknown', `"${address}" is a server.`, { hint, retrySafe: 'yes' });
  }
  const same = servers.flatMap(({ identifier, tools }) =>
    tools
      .filter((tool) => tool.name === address || tool.identifier === address)
      .map((tool) => `${identifier}.${tool.identifier}`),
  );
  const hint = same.length > 0 ? didYouMean(same.slice(0, 3)) : serverHint(address, servers);
  const message = `"${address}" does not say which server: write it as server.tool.`;
  return new OrchestratorError('tool_unknown', message, { hint, retrySafe: 'yes' });
}

/** @param reason half a sentence on why there is no such server any more */
export function goneServer(
  name: string,
  reason: string,
  servers: readonly CatalogServer[],
): OrchestratorError {
  return new OrchestratorError('server_unknown', `Server "${name}" is gone: ${reason}.`, {
    hint: serverHint(name, servers),
    retrySafe: 'yes',
    server: name,
  });
}

/** @param server one with a problem */
export function unusableServer({ name, status, problem }: CatalogServer): OrchestratorError {
  const code = status === 'disabled' || status === 'invalid' ? 'server_disabled' : 'server_unavailable';
  return new OrchestratorError(code, `Server "${name}" is not usable: ${problem}`, {
    retrySafe: 'yes',
    server: name,
  });
}

/** For a name that scripts do not have: the nearest server, or the nearest tool by its flat name. */
export function unknownNameHint(name: string, servers: readonly CatalogServer[]): string {
  const owner = servers.find(({ identifier }) => name.startsWith(`${identifier}__`));
  if (owner) return toolHint(owner, name.slice(owner.identifier.length + 2), '__');
  const flatNames = servers.flatMap(({ tools }) => tools.map(({ flatName }) => flatName));
  const near = name.includes('__') ? nearestNames(name, flatNames) : [];
  return near.length > 0 ? didYouMean(near) : serverHint(name, servers);
}

function serverHint(name: string, servers: readonly CatalogServer[]): string {
  const names = servers.map(({ identifier }) => identifier);
  const near = nearestNames(name, names);
  return near.length > 0
    ? didYouMean(near)
    : `Servers: ${names.slice(0, namesShownMax).join(', ') || 'none configured'}.`;
}

function toolHint(server: CatalogServer, toolName: string, between = '.'): string {
  const setAside = server.quarantined.find(({ name }) => name === toolName);
  if (setAside) return `Its definition was set aside: ${setAside.reason}`;
  const called = (name: string) => `${server.identifier}${between}${name}`;
  const names = server.tools.map(({ identifier }) => identifier);
  const near = nearestNames(toolName, names);
  if (near.length > 0) return didYouMean(near.map(called));
  const alike = withinTime(() => namesAlike(toolName, names)) ?? [];
  if (alike.length > 0)
    return `Its tools with such words in their names: ${alike.map(called).join(', ')}. ${furtherHint}`;
  return names.length > namesShownMax
    ? `It has ${names.length} tools: find yours by tool_search.`
    : `Its tools: ${names.join(', ') || 'none'}.`;
}

const furtherHint = 'Find others by tool_search.';

/** `get_pods` -> `kubectl_get`, `exec_in_pod`: names that share words, those with the rarest first. */
function namesAlike(wanted: string, known: readonly string[]): string[] {
  const asked = new Set(rawWordsOfName(wanted.slice(0, wantedCharactersMax)).map(stemOf));
  const shared = known.map((name) => {
    const own = new Set(rawWordsOfName(name).map(stemOf));
    return [...own].filter((word) => asked.has(word));
  });
  const counts = new Map<string, number>();
  for (const words of shared) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return known
    .map((name, index) => ({
      name,
      score: (shared[index] ?? []).reduce((sum, word) => sum + 1 / (counts.get(word) ?? 1), 0),
    }))
    .filter(({ score }) => score >= 1 / wordNamesMax)
    .sort((a, b) => b.score - a.score || a.name.length - b.name.length)
    .slice(0, alikeShownMax)
    .map(({ name }) => name);
}

/** A script may ask for hundreds of names that do not exist, each compared with thousands: only some get a suggestion. */
const searchMsMax = 50;
const searchWindowMs = 1_000;
let searchedMs = 0;
let windowStartedAt = 0;

function nearestNames(wanted: string, known: readonly string[]): string[] {
  return withinTime(() => search(wanted, known)) ?? [];
}

function withinTime<T>(work: () => T): T | undefined {
  const startedAt = performance.now();
  if (startedAt - windowStartedAt > searchWindowMs) {
    windowStartedAt = startedAt;
    searchedMs = 0;
  }
  if (searchedMs > searchMsMax) return undefined;
  const found = work();
  searchedMs += performance.now() - startedAt;
  return found;
}

function didYouMean(names: readonly string[]): string {
  return `Did you mean ${names.join(' or ')}?`;
}
