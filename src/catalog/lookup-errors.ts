/** What to say where a name is not in the catalogue: the nearest ones, or why the server cannot be used. */
import { OrchestratorError } from '../errors.ts';
import { nearestNames as search } from './names.ts';
import type { CatalogServer } from './tool.ts';

const namesShownMax = 30;

export function unknownServer(name: string, servers: readonly CatalogServer[]): OrchestratorError {
  const hint = serverHint(name, servers);
  return new OrchestratorError('server_unknown', `There is no server "${name}".`, {
    hint,
    retrySafe: 'yes',
    server: name,
  });
}

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

function toolHint(server: CatalogServer, toolName: string): string {
  const setAside = server.quarantined.find(({ name }) => name === toolName);
  if (setAside) return `Its definition was set aside: ${setAside.reason}`;
  const names = server.tools.map(({ identifier }) => identifier);
  const near = nearestNames(toolName, names);
  if (near.length > 0) return didYouMean(near.map((name) => `${server.identifier}.${name}`));
  return `Its tools: ${names.slice(0, namesShownMax).join(', ') || 'none'}.`;
}

/** A script may ask for hundreds of names that do not exist, each compared with thousands: only some get a suggestion. */
const searchMsMax = 50;
const searchWindowMs = 1_000;
let searchedMs = 0;
let windowStartedAt = 0;

function nearestNames(wanted: string, known: readonly string[]): string[] {
  const startedAt = performance.now();
  if (startedAt - windowStartedAt > searchWindowMs) {
    windowStartedAt = startedAt;
    searchedMs = 0;
  }
  if (searchedMs > searchMsMax) return [];
  const near = search(wanted, known);
  searchedMs += performance.now() - startedAt;
  return near;
}

function didYouMean(names: readonly string[]): string {
  return `Did you mean ${names.join(' or ')}?`;
}
