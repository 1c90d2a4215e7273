/** The catalogue: the servers and tools that somebody sees, all or those of a profile, and how they are found by name. */

import type { Connection } from '../downstream/connection.ts';
import type { OrchestratorError } from '../errors.ts';
import type { Entry } from './entry.ts';
import type { Inventory } from './inventory.ts';
import { goneServer, unknownAddress, unknownServer, unknownTool, unusableServer } from './lookup-errors.ts';
import { type RefreshReport, refreshReport } from './refresh-report.ts';
import type { CatalogServer, Introspection, Tool } from './tool.ts';
import { narrowedServer, type ToolFilter } from './tool-filter.ts';

export class Catalog {
  readonly #inventory: Inventory;
  /** What is seen passes every one of them. */
  readonly #filters: readonly ToolFilter[];
  /** All servers as they were when `#servers` was made of them. */
  #all: readonly CatalogServer[] | undefined;
  #servers: readonly CatalogServer[] = [];
  #byName: ReadonlyMap<string, CatalogServer> = new Map();
  readonly #toolsByName = new WeakMap<CatalogServer, ReadonlyMap<string, Tool>>();

  constructor(inventory: Inventory, filters: readonly ToolFilter[] = []) {
    this.#inventory = inventory;
    this.#filters = filters;
  }

  /** What the filter leaves of this catalogue, under the same names. */
  narrowed(filter: ToolFilter): Catalog {
    return new Catalog(this.#inventory, [...this.#filters, filter]);
  }

  /** Every server, by name, with its tools by name. The same array as long as nothing of it has changed. */
  servers(): readonly CatalogServer[] {
    const all = this.#inventory.servers();
    if (all === this.#all) return this.#servers;
    this.#all = all;
    this.#servers = this.#filters.reduce(
      (servers, filter) => servers.flatMap((server) => narrowedServer(server, filter) ?? []),
      all,
    );
    this.#byName = new Map([
      ...this.#servers.map((server) => [server.name, server] as const),
      ...this.#servers.map((server) => [server.identifier, server] as const),
    ]);
    return this.#servers;
  }

  /** @param name a server's identifier in scripts, or its own name */
  server(name: string): CatalogServer | undefined {
    this.servers();
    return this.#byName.get(name);
  }

  /** How one server is reached; undefined for one that is only listed. */
  connection(name: string): Connection | undefined {
    return this.#entry(name)?.connection;
  }

  /** What one server gave, before anything of it was withheld. */
  received(name: string): Introspection | undefined {
    return this.#entry(name)?.received;
  }

  /** True once each server has answered, is cached, or has failed: nothing more is to be expected soon. */
  settled(): boolean {
    return this.#entries().every(({ introspection, problem }) => introspection ?? problem);
  }

  /** Called after each change of tools or of a server's usability, until what it gives is called. */
  onChanged(listener: () => void): () => void {
    return this.#inventory.onChanged(listener);
  }

  /** `find`, as far as nobody has to be asked. */
  known(serverName: string, toolName: string): Tool | undefined {
    const server = this.server(serverName);
    if (!server) return undefined;
    let byName = this.#toolsByName.get(server);
    if (!byName) {
      byName = new Map([
        ...server.tools.map((tool) => [tool.name, tool] as const),
        // Two tools `a-b` and `a_b`: in scripts, `a_b` is the one with that name.
        ...server.tools.map((tool) => [tool.identifier, tool] as const),
      ]);
      this.#toolsByName.set(server, byName);
    }
    return byName.get(toolName);
  }

  /**
   * Finds a tool, waiting for its server's first answer where there is none yet.
   *
   * @param serverName identifier or name
   * @param toolName identifier or name
   * @throws OrchestratorError `server_unknown`, `tool_unknown` (with the nearest names), `server_disabled`, `server_unavailable`
   */
  async find(serverName: string, toolName: string): Promise<Tool> {
    const known = this.known(serverName, toolName);
    if (known) return known;
    await this.ensure(serverName);
    // What the cache does not have, the server may have learned meanwhile.
    if (!this.known(serverName, toolName)) await this.refreshStale([serverName]);
    const tool = this.known(serverName, toolName);
    if (tool) return tool;
    const server = this.server(serverName);
    if (!server) throw this.#unknown(serverName);
    throw server.problem === undefined ? unknownTool(server, toolName) : unusableServer(server);
  }

  /** `server.tool` or `server__tool`, by identifiers or names; both may hold dots and `__` themselves. */
  async findAddress(address: string): Promise<Tool> {
    const splits = this.#splits(address);
    const [first] = splits;
    if (!first) {
      const [server, tool] = address.split(/\.|__/);
      // Where it is a server's name, the answer lists its tools.
      await this.ensure(address);
      throw tool === undefined ? unknownAddress(address, this.servers()) : this.#unknown(server ?? address);
    }
    for (const [server, tool] of splits.slice(1)) {
      const found = await this.find(server, tool).catch(() => undefined);
      if (found) return found;
    }
    return this.find(...first);
  }

  /** Resolves once the server's tools are known, from the cache or from itself, or once it has failed. Never rejects. */
  async ensure(serverName: string): Promise<void> {
    const entry = this.#entry(serverName);
    if (entry && !entry.introspection) await this.#inventory.ask(entry).catch(() => {});
  }

  /**
   * For a script that may use the server: `ensure`, and a connection for what is known from the cache, since a call
   * will want it in a moment. A server that failed is tried again, but only its call waits for that.
   */
  async prepare(serverName: string): Promise<void> {
    const entry = this.#entry(serverName);
    if (!entry) return;
    const known = entry.introspection !== undefined;
    if (known) {
      // A call is made over a connection of its run or its principal.
      if (entry.connection.config.scope === undefined) void entry.connection.connect().catch(() => {});
    } else if (entry.problem !== undefined) void this.#inventory.ask(entry).catch(() => {});
    else await this.ensure(serverName);
  }

  /** The tool as its server has it now, asked where so far only the cache has spoken. @throws as `find` does */
  async current(tool: Tool): Promise<Tool> {
    await this.refreshStale([tool.server]);
    return this.find(tool.server, tool.name);
  }

  /** Asks those servers of which only the cache has spoken so far. Never rejects. */
  async refreshStale(serverNames: readonly string[]): Promise<void> {
    const entries = serverNames.map((name) => this.#entry(name));
    const stale = entries.filter((entry) => entry?.introspection && !entry.fresh);
    await Promise.all(stale.map((entry) => entry && this.#inventory.ask(entry).catch(() => {})));
  }

  /** Servers that failed and may be back, and those whose list is stale by their own word, in the background. Never rejects. */
  retryFailed(): Promise<void> {
    return this.#askInBackground(
      ({ problem, staleAtMs, connection }) =>
        problem !== undefined || (staleAtMs < Date.now() && !connection.isAsleep),
    );
  }

  /**
   * Waits for servers that have never answered, all or one, but no longer than `waitMs`: what is slow shows as
   * `connecting` and goes on by itself.
   */
  async firstAnswers(waitMs: number, serverName: string | undefined, signal: AbortSignal): Promise<void> {
    const only = serverName === undefined ? undefined : this.#entry(serverName);
    const isMissing = (entry: Entry) =>
      !entry.introspection && entry.problem === undefined && (serverName === undefined || entry === only);
    if (!this.#entries().some(isMissing)) return;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    await untilAborted(this.#askInBackground(isMissing, limit), limit);
  }

  /** Asks every server anew, each by itself. Never rejects; `signal` stops waiting. */
  async refreshAll(signal?: AbortSignal): Promise<RefreshReport> {
    const before = this.servers();
    await untilAborted(
      this.#askInBackground(() => true, signal),
      signal,
    );
    return refreshReport(before, this.servers());
  }

  /** Asks one server anew. @throws OrchestratorError where it does not answer */
  async refresh(serverName: string): Promise<void> {
    const entry = this.#entry(serverName);
    // What is being read now may be from before whatever makes somebody ask.
    await entry?.underWay?.catch(() => {});
    if (entry) await this.#inventory.ask(entry);
  }

  /** Who sees only a part is not told what else there was. */
  #unknown(serverName: string): OrchestratorError {
    const reason = this.#filters.length === 0 ? this.#inventory.goneReason(serverName) : undefined;
    return reason === undefined
      ? unknownServer(serverName, this.servers())
      : goneServer(serverName, reason, this.servers());
  }

  #entry(serverName: string): Entry | undefined {
    return this.#inventory.entry(this.server(serverName)?.name ?? '');
  }

  #entries(): Entry[] {
    return this.servers().flatMap(({ name }) => this.#inventory.entry(name) ?? []);
  }

  /** Only those that are seen here. Never rejects. */
  #askInBackground(which: (entry: Entry) => boolean, signal?: AbortSignal): Promise<void> {
    return this.#inventory.askInBackground(
      (entry) => this.server(entry.connection.config.name) !== undefined && which(entry),
      signal,
    );
  }

  /** Every way to read an address as a known server and a rest. */
  #splits(address: string): [server: string, tool: string][] {
    return [...address.matchAll(/\.|(?=__)/g)].flatMap(({ index, 0: dot }) => {
      const server = address.slice(0, index);
      return this.server(server) ? [[server, address.slice(index + (dot.length || 2))]] : [];
    });
  }
}

/** Resolves with the work, or when the signal says that it is waited for no longer. */
async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    if (signal.aborted) resolve();
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([work, aborted]);
  signal.removeEventListener('abort', stop);
}
