/** `list_servers`: how every server is reached and how it is doing. */
import * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { endpointOf } from '../downstream/endpoint.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { answer, defineTool } from './tool.ts';

export interface ServerRow {
  readonly name: string;
  /** Its name in scripts, where that is another one. */
  readonly identifier?: string;
  readonly status: string;
  readonly problem?: string;
  readonly transport?: string;
  /** The whole command line, or the address. */
  readonly endpoint?: string;
  /** Where it comes from: the configuration file, or a registration at runtime. */
  readonly source: string;
  /** Whose connections there are, where not one is shared by all, and how many. */
  readonly scope?: string;
  readonly connections?: number;
  /** Stopped for want of requests; the next one starts it. */
  readonly idle?: true;
  readonly tools: number;
  readonly set_aside?: number;
  /** Calls failed one after the other: it is left alone for a while (`open`), or the next call tries it (`half_open`). */
  readonly circuit?: 'open' | 'half_open';
  readonly calls?: number;
  /** Median of the last answers. */
  readonly latency_ms?: number;
  readonly last_error?: { readonly message: string; readonly at: string };
}

export interface ServerListing {
  readonly servers: readonly ServerRow[];
  /** Why the configuration file as it is now is not in force. */
  readonly config_problem?: string;
}

export const listServers = defineTool({
  name: 'list_servers',
  description: 'State of each server',
  input: z.object({}),
  annotations: { readOnlyHint: true },
  async handle(_, view) {
    return answer(serverListing(view));
  },
});

/** Looks, and asks no server. */
export function serverListing({ catalog, servers }: OrchestratorView): ServerListing {
  const rows = catalog
    .servers()
    .map((server) => serverRow(server, catalog, servers.originOf(server.name) ?? 'config'));
  return {
    servers: rows,
    ...(servers.configProblem !== undefined && { config_problem: servers.configProblem }),
  };
}

export function serverRow(server: CatalogServer, catalog: Catalog, source: string): ServerRow {
  const { name, identifier, status, problem, tools, quarantined } = server;
  const connection = catalog.connection(name);
  const stats = connection?.stats();
  const breaker = connection?.breaker();
  const trouble = problem ?? breaker?.problem;
  return {
    name,
    ...(identifier !== name && { identifier }),
    status,
    ...(trouble !== undefined && { problem: trouble }),
    ...(breaker && { circuit: breaker.state }),
    ...(connection && {
      transport: connection.config.transport,
      endpoint: endpointOf(connection.config),
    }),
    source,
    ...(connection?.config.scope && { scope: connection.config.scope, connections: connection.kinCount }),
    ...(connection?.isAsleep && { idle: true as const }),
    tools: tools.length,
    ...(quarantined.length > 0 && { set_aside: quarantined.length }),
    ...(stats && stats.calls > 0 && { calls: stats.calls }),
    ...(stats?.medianMs !== undefined && { latency_ms: stats.medianMs }),
    ...(stats?.lastError && { last_error: stats.lastError }),
  };
}
