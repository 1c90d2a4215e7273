/** The catalogue: every configured server, what is known of its tools, and the names by which scripts reach them. */
import type { Config } from '../config/types.ts';
import type { Connection, WaitOptions } from '../downstream/connection.ts';
import type { ConnectionPool } from '../downstream/pool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CachedServer, IntrospectionCache } from './cache.ts';
import { ConnectedServer, type Entry } from './entry.ts';
import { introspect } from './introspect.ts';
import { unknownServer, unknownTool, unusableServer } from './lookup-errors.ts';
import { assignNames } from './names.ts';
import type { ObservedResults } from './observed.ts';
import { isSame, type RefreshReport, refreshReport } from './refresh-report.ts';
import type { CatalogServer, Introspection, Tool } from './tool.ts';
import { idleRules, selectTools } from './tool-selection.ts';

export interface CatalogOptions {
  readonly config: Config;
  readonly connections: ConnectionPool;
  readonly cache: IntrospectionCache;
  /** What the cache knew at the start, by server: usable at once, before anything is connected. */
  readonly cached: ReadonlyMap<string, CachedServer>;
  /** What was learned of results; undefined learns nothing. */
  readonly observed?: ObservedResults;
  readonly log: Log;
}

/** A server that announces changes without end is asked this often, and no more. */
const changePauseMs = 100;

export class Catalog {
  readonly #config: Config;
  readonly #connections: ConnectionPool;
  readonly #cache: IntrospectionCache;
  readonly #observed: ObservedResults | undefined;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: (() => void)[] = [];
  #closed = false;
  /** Built at need, dropped when a server's tools change. */
  #servers: readonly (ConnectedServer | CatalogServer)[] | undefined;
  #byName: ReadonlyMap<string, ConnectedServer | CatalogServer> | undefined;

  constructor({ config, connections, cache, cached, observed, log }: CatalogOptions) {
    this.#config = config;
    this.#connections = connections;
    this.#cache = cache;
    this.#observed = observed;
    this.#log = log;
    for (const connection of connections.all()) {
      this.#addEntry(connection, cached.get(connection.config.name)?.introspection);
    }
  }

  /** Every configured server, by name, with its tools by name. */
  servers(): readonly CatalogServer[] {
    this.#servers ??= this.#build();
    return this.#servers;
  }

  /** @param name a server's identifier in scripts, or its own name */
  server(name: string): CatalogServer | undefined {
    this.#byName ??= new Map([
      ...this.servers().map((server) => [server.name, server] as const),
      ...this.servers().map((server) => [server.identifier, server] as const),
    ]);
    return this.#byName.get(name);
  }

  /** True once each server has answered, is cached, or has failed: nothing more is to be expected soon. */
  settled(): boolean {
    return [...this.#entries.values()].every(({ introspection, problem }) => introspection ?? problem);
  }

  /** Called after each change of tools or of a server's usability. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Finds a tool, waiting for its server's first answer where there is none yet.
   *
   * @param serverName identifier or name
   * @param toolName identifier or name
   * @throws OrchestratorError `server_unknown`, `tool_unknown` (with the nearest names), `server_disabled`, `server_unavailable`
   */
  async find(serverName: string, toolName: string): Promise<Tool> {
    const known = this.#tool(serverName, toolName);
    if (known) return known;
    await this.ensure(serverName);
    // What the cache does not have, the server may have learned meanwhile.
    if (!this.#tool(serverName, toolName)) await this.refreshStale([serverName]);
    const tool = this.#tool(serverName, toolName);
    if (tool) return tool;
    const server = this.server(serverName);
    if (!server) throw unknownServer(serverName, this.servers());
    throw server.problem === undefined ? unknownTool(server, toolName) : unusableServer(server);
  }

  /** `server.tool` or `server__tool`, by identifiers or names; both may hold dots and `__` themselves. */
  async findAddress(address: string): Promise<Tool> {
    const splits = this.#splits(address);
    const [first] = splits;
    if (!first) throw unknownServer(address.split(/\.|__/)[0] ?? address, this.servers());
    for (const [server, tool] of splits.slice(1)) {
      const found = await this.find(server, tool).catch(() => undefined);
      if (found) return found;
    }
    return this.find(...first);
  }

  /** Resolves once the server's tools are known, from the cache or from itself, or once it has failed. Never rejects. */
  async ensure(serverName: string): Promise<void> {
    const entry = this.#entry(serverName);
    if (entry && !entry.introspection) await this.#introspect(entry).catch(() => {});
  }

  /**
   * For a script that may use the server: `ensure`, and a connection for what is known from the cache, since a call
   * will want it in a moment. A server that failed is tried again, but only its call waits for that.
   */
  async prepare(serverName: string): Promise<void> {
    const entry = this.#entry(serverName);
    if (!entry) return;
    const known = entry.introspection !== undefined;
    if (known) void entry.connection.connect().catch(() => {});
    else if (entry.problem !== undefined) void this.#introspect(entry).catch(() => {});
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
    await Promise.all(stale.map((entry) => entry && this.#introspect(entry).catch(() => {})));
  }

  /** Servers that failed and may be back, in the background. Never rejects. */
  retryFailed(): Promise<void> {
    return this.#askInBackground(({ problem }) => problem !== undefined);
  }

  /**
   * Waits for servers that have never answered, all or one, but no longer than `waitMs`: what is slow shows as
   * `connecting` and goes on by itself.
   */
  async firstAnswers(waitMs: number, serverName: string | undefined, signal: AbortSignal): Promise<void> {
    const only = serverName === undefined ? undefined : this.#entry(serverName);
    const isMissing = (entry: Entry) =>
      !entry.introspection && entry.problem === undefined && (serverName === undefined || entry === only);
    if (![...this.#entries.values()].some(isMissing)) return;
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
    if (entry) await this.#introspect(entry);
  }

  /** From here on a server that goes is not worth a word. */
  close(): void {
    this.#closed = true;
    this.#listeners.length = 0;
    for (const { changeTimer } of this.#entries.values()) clearTimeout(changeTimer);
  }

  #entry(serverName: string): Entry | undefined {
    return this.#entries.get(this.server(serverName)?.name ?? '');
  }

  #tool(serverName: string, toolName: string): Tool | undefined {
    const server = this.server(serverName);
    return server instanceof ConnectedServer ? server.tool(toolName) : undefined;
  }

  /** Every way to read an address as a known server and a rest. */
  #splits(address: string): [server: string, tool: string][] {
    return [...address.matchAll(/\.|(?=__)/g)].flatMap(({ index, 0: dot }) => {
      const server = address.slice(0, index);
      return this.server(server) ? [[server, address.slice(index + (dot.length || 2))]] : [];
    });
  }

  #addEntry(connection: Connection, introspection: Introspection | undefined): void {
    const entry: Entry = {
      connection,
      introspection,
      fresh: false,
      problem: undefined,
      underWay: undefined,
      changeTimer: undefined,
    };
    this.#entries.set(connection.config.name, entry);
    connection.onToolsChanged(() => this.#readSoon(entry));
    connection.onStateChanged(() => {
      // Connected by a call, with tools from the cache, or after it had failed: time to ask it.
      if (connection.state().state === 'connected' && (!entry.fresh || entry.problem !== undefined))
        this.#readSoon(entry);
    });
  }

  #readSoon(entry: Entry): void {
    if (this.#closed) return;
    entry.changeTimer ??= setTimeout(() => {
      entry.changeTimer = undefined;
      // A list being read now may be from before the change.
      const before = entry.fresh ? entry.underWay : undefined;
      void Promise.resolve(before)
        .catch(() => {})
        .then(() => this.#introspect(entry, { background: true }))
        .catch(() => {});
    }, changePauseMs).unref();
  }

  /** A few at a time, and standing back while somebody waits for one server. Never rejects. */
  #askInBackground(which: (entry: Entry) => boolean, signal?: AbortSignal): Promise<void> {
    return this.#connections.inBackground(async ({ config }) => {
      const entry = this.#entries.get(config.name);
      if (!entry || !which(entry)) return;
      await this.#introspect(entry, { background: true }).catch(() => {});
    }, signal);
  }

  /** One reading of the list at a time a server, for all who wait for it: nobody's signal ends it. */
  #introspect(entry: Entry, options: Pick<WaitOptions, 'background'> = {}): Promise<void> {
    entry.underWay ??= this.#readTools(entry, options).finally(() => {
      entry.underWay = undefined;
    });
    return entry.underWay;
  }

  async #readTools(entry: Entry, options: Pick<WaitOptions, 'background'>): Promise<void> {
    const { connection } = entry;
    try {
      const introspection = await introspect(connection, this.#config.limits, options);
      const changed = entry.problem !== undefined || !isSame(introspection, entry.introspection);
      // The same definitions stay the same objects: what was made from them (validators) stays good.
      if (changed) entry.introspection = introspection;
      this.#observed?.keepOnly(connection.config.name, entry.introspection?.tools ?? []);
      if (changed || !entry.fresh) this.#warnOfIdleRules(connection, introspection);
      entry.fresh = true;
      entry.problem = undefined;
      if (changed) this.#changed();
      await this.#cache.write(connection.config, { introspection, era: connection.era() });
    } catch (error) {
      if (this.#closed) throw error;
      const hint = error instanceof OrchestratorError ? error.hint : undefined;
      entry.problem = [messageOf(error), hint].filter(Boolean).join('. ');
      this.#log.warn({ server: connection.config.name, problem: entry.problem }, 'server not usable');
      this.#changed();
      throw error;
    }
  }

  #warnOfIdleRules({ config: { name, toolRules } }: Connection, introspection: Introspection): void {
    const names = idleRules(introspection, toolRules);
    if (names.length > 0)
      this.#log.warn({ server: name, names }, 'rules name tools that the server does not have');
  }

  #changed(): void {
    this.#servers = undefined;
    this.#byName = undefined;
    for (const listener of this.#listeners) listener();
  }

  #build(): CatalogServer[] {
    const { unusableServers } = this.#config;
    const names = assignNames([
      ...[...this.#entries].map(([name, { introspection, connection }]) => ({
        name,
        tools: selectTools(introspection, connection.config.toolRules).tools.map(
          ({ definition }) => definition.name,
        ),
      })),
      ...unusableServers.map(({ name }) => ({ name, tools: [] })),
    ]);
    const nameless = { identifier: '_', tools: new Map() };
    const servers: CatalogServer[] = [
      ...[...this.#entries].map(
        ([name, entry]) => new ConnectedServer(entry, names.get(name) ?? nameless, this.#observed),
      ),
      ...unusableServers.map(({ name, status, reason }) => {
        const { identifier } = names.get(name) ?? nameless;
        return {
          name,
          identifier,
          status,
          problem: reason,
          instructions: undefined,
          tools: [],
          quarantined: [],
        };
      }),
    ];
    return servers.sort((a, b) => (a.name < b.name ? -1 : 1));
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
