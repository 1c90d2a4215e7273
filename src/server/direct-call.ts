/** What the parts of the direct mode have in common: who calls, and which servers can be asked. */
import type { ServerContext } from '@modelcontextprotocol/server';
import type { CatalogServer } from '../catalog/tool.ts';
import type { Config } from '../config/types.ts';
import type { Caller } from '../downstream/caller.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import type { CalledServer } from './asked-client.ts';

export interface DirectCall {
  readonly context: ServerContext;
  readonly caller: Caller;
  readonly server: CalledServer;
}

/** Servers whose things are shown by their own names, where nobody else has those. */
export function plainServers({ servers }: Pick<Config, 'servers'>): ReadonlySet<string> {
  return new Set(servers.flatMap(({ name, prefix }) => (prefix === false ? [name] : [])));
}

/** Waits a bounded time for servers that have never answered; those that do not work are left out. */
export async function usableServers(
  { catalog, config }: Pick<OrchestratorView, 'catalog' | 'config'>,
  signal: AbortSignal,
): Promise<CatalogServer[]> {
  await catalog.firstAnswers(config.limits.listWaitMs, undefined, signal);
  return catalog.servers().filter(({ status }) => status === 'ready' || status === 'cached');
}
