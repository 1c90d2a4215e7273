/** The catalogue: every configured server, what is known of its tools, and the names by which scripts reach them. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/types.ts';
import type { Connection, WaitOptions } from '../downstream/connection.ts';
import type { ConnectionPool } from '../downstream/pool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CachedServer, IntrospectionCache } from './cache.ts';
import { introspect } from './introspect.ts';
import { assignNames, nearestNames } from './names.ts';
import type { CatalogServer, Effect, Introspection, ServerStatus, Tool, ToolDefinition } from './tool.ts';

export interface RefreshReport {
  readonly status: 'ok' | 'partial';
  readonly server_count: number;
  readonly tool_count: number;
  /** `server.tool` each. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly failed: readonly { readonly server: string; readonly problem: string }[];
}

interface Entry {
  readonly connection: Connection;
  introspection: Introspection | undefined;
  /** `cached` until the server itself has answered in this process. */
  fresh: boolean;
  problem: string | undefined;
  underWay: Promise<void> | undefined;
  /** A change was announced while the list was being read: read it again. */
  again: boolean;
}

export interface CatalogOptions {
  readonly config: Config;
  readonly connections: ConnectionPool;
  readonly cache: IntrospectionCache;
  /** What the cache knew at the start, by server: usable at once, before anything is connected. */
  readonly cached: ReadonlyMap<string, CachedServer>;
  readonly log: Log;
}

export class Catalog {
  readonly #config: Config;
  readonly #connections: ConnectionPool;
  readonly #cache: IntrospectionCache;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: (() => void)[] = [];
  #closed = false;
  /** Built at need, dropped at every change. */
  #servers: readonly CatalogServer[] | undefined;
  #byIdentifier: ReadonlyMap<string, CatalogServer> | undefined;

  constructor({ config, connections, cache, cached, log }: CatalogOptions) {
    this.#config = config;
    this.#connections = connections;
    this.#cache = cache;
    this.#log = log;
    for (const connection of connections.all())
      this.#addEntry(connection, cached.get(connection.config.name)?.introspection);
  }

  /** Every configured server, by name, with its tools by name. */
  servers(): readonly CatalogServer[] {
    this.#servers ??= this.#build();
    return this.#servers;
  }

  /** True once each server has answered, is cached, or has failed: nothing more is to be expected soon. */
  settled(): boolean {
    return [...this.#entries.values()].every(({ introspection, problem }) => introspection ?? problem);
  }

  /** Called after each change of tools or of a server's usability. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @param name a server's identifier in scripts, or its own name */
  server(name: string): CatalogServer | undefined {
    this.#byIdentifier ??= new Map(
      this.servers().flatMap((server) => [
        [server.name, server],
        [server.identifier, server],
      ]),
    );
    return this.#byIdentifier.get(name);
  }

  /**
   * Finds a tool, waiting for its server's first answer where there is none yet.
   *
   * @param serverName identifier or name; @param toolName identifier or name
   * @throws OrchestratorError `server_unknown`, `tool_unknown` (with the nearest names), `server_disabled`, `server_unavailable`
   */
  async find(serverName: string, toolName: string): Promise<Tool> {
    await this.ensure(serverName);
    const server = this.server(serverName);
    if (!server) throw this.unknownServer(serverName);
    const tool = server.tools.find(({ identifier, name }) => identifier === toolName || name === toolName);
    if (tool) return tool;
    if (server.problem !== undefined) throw unusable(server);
    throw unknownTool(server, toolName);
  }

  /** For `server__tool` as one word; the identifiers themselves may hold `__`. */
  async findFlat(flatName: string): Promise<Tool> {
    const candidates = this.servers().filter(({ identifier, name }) =>
      [identifier, name].some((start) => flatName.startsWith(`${start}__`)),
    );
    await Promise.all(candidates.map(({ name }) => this.ensure(name)));
    for (const server of this.servers()) {
      const tool = server.tools.find(
        (one) => one.flatName === flatName || `${server.name}__${one.name}` === flatName,
      );
      if (tool) return tool;
    }
    const [first] = candidates;
    const server = first && this.server(first.name);
    if (server?.problem !== undefined) throw unusable(server);
    if (server) throw unknownTool(server, flatName.slice(Math.max(flatName.indexOf('__'), 0) + 2));
    throw this.unknownServer(flatName.split('__')[0] ?? flatName);
  }

  /** `server.tool` or `server__tool`, by identifiers or names. */
  findAddress(address: string): Promise<Tool> {
    const dots = [...address.matchAll(/\./g)].map(({ index }) => index);
    const dot = dots.find((at) => this.server(address.slice(0, at)));
    return dot === undefined
      ? this.findFlat(address)
      : this.find(address.slice(0, dot), address.slice(dot + 1));
  }

  /** Resolves once the server's tools are known, from the cache or from itself, or once it has failed. Never rejects. */
  async ensure(serverName: string): Promise<void> {
    const server = this.server(serverName);
    const entry = server && this.#entries.get(server.name);
    if (entry && !entry.introspection) await this.#introspect(entry).catch(() => {});
  }

  /**
   * Waits for servers that have never answered, all or one, but no longer than `waitMs`: what is slow shows as
   * `connecting` and goes on by itself.
   */
  async firstAnswers(waitMs: number, serverName: string | undefined, signal: AbortSignal): Promise<void> {
    const wanted = serverName === undefined ? undefined : this.server(serverName)?.name;
    const isMissing = (entry: Entry) =>
      !entry.introspection &&
      entry.problem === undefined &&
      (serverName === undefined || entry.connection.config.name === wanted);
    if (![...this.#entries.values()].some(isMissing)) return;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    const stopped = new Promise<void>((resolve) => {
      if (limit.aborted) resolve();
      limit.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, this.#askInBackground(isMissing, limit)]);
  }

  /** Asks every server anew, each by itself. Never rejects; `signal` stops waiting. */
  async refreshAll(signal?: AbortSignal): Promise<RefreshReport> {
    const before = this.#definitions();
    await this.#askInBackground(() => true, signal);
    return this.#report(before);
  }

  /** Asks one server anew. @throws OrchestratorError where it does not answer */
  async refresh(serverName: string): Promise<void> {
    const entry = this.#entries.get(this.server(serverName)?.name ?? serverName);
    if (entry) await this.#introspect(entry);
  }

  unknownServer(name: string): OrchestratorError {
    return new OrchestratorError('server_unknown', `There is no server "${name}".`, {
      hint: this.#serverHint(name),
      retrySafe: 'yes',
      server: name,
    });
  }

  /** For a name that scripts do not have: the nearest server or tool. */
  unknownNameHint(name: string): string {
    const near = nearestNames(
      name,
      this.servers().flatMap(({ tools }) => tools.map(({ flatName }) => flatName)),
    );
    return name.includes('__') && near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : this.#serverHint(name);
  }

  #serverHint(name: string): string {
    const names = this.servers().map(({ identifier }) => identifier);
    const near = nearestNames(name, names);
    return near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Servers: ${names.slice(0, 30).join(', ') || 'none configured'}.`;
  }

  /** From here on a server that goes is not worth a word. */
  close(): void {
    this.#closed = true;
    this.#listeners.length = 0;
  }

  #addEntry(connection: Connection, introspection: Introspection | undefined): void {
    const entry: Entry = {
      connection,
      introspection,
      fresh: false,
      problem: undefined,
      underWay: undefined,
      again: false,
    };
    this.#entries.set(connection.config.name, entry);
    connection.onToolsChanged(() => {
      this.#log.info({ server: connection.config.name }, 'tools/list_changed: asking the server anew');
      void this.#introspect(entry).catch(() => {});
    });
  }

  /** A few at a time, and standing back while somebody waits for one server. Never rejects. */
  #askInBackground(which: (entry: Entry) => boolean, signal: AbortSignal | undefined): Promise<void> {
    return this.#connections.inBackground(async ({ config }) => {
      const entry = this.#entries.get(config.name);
      if (entry && which(entry))
        await this.#introspect(entry, { background: true, ...(signal && { signal }) }).catch(() => {});
    }, signal);
  }

  /** One reading of the list at a time a server; a change announced meanwhile adds one more. */
  #introspect(entry: Entry, options: WaitOptions = {}): Promise<void> {
    if (entry.underWay) {
      entry.again ||= entry.fresh;
      return entry.underWay;
    }
    entry.underWay = this.#readTools(entry, options).finally(() => {
      entry.underWay = undefined;
    });
    return entry.underWay;
  }

  async #readTools(entry: Entry, options: WaitOptions): Promise<void> {
    const { connection } = entry;
    try {
      do {
        entry.again = false;
        const introspection = await introspect(connection, this.#config.limits, options);
        const changed = !isDeepStrictEqual(introspection, entry.introspection) || entry.problem !== undefined;
        Object.assign(entry, { introspection, fresh: true, problem: undefined });
        if (changed) this.#invalidate();
        else this.#servers = undefined;
        await this.#cache.write(connection.config, { introspection, era: connection.era() });
      } while (entry.again);
    } catch (error) {
      if (options.signal?.aborted || this.#closed) throw error;
      entry.problem = [messageOf(error), error instanceof OrchestratorError ? error.hint : undefined]
        .filter(Boolean)
        .join('. ');
      this.#log.warn({ server: connection.config.name, problem: entry.problem }, 'server not usable');
      this.#invalidate();
      throw error;
    }
  }

  #invalidate(): void {
    this.#servers = undefined;
    this.#byIdentifier = undefined;
    for (const listener of this.#listeners) listener();
  }

  #build(): CatalogServer[] {
    const rows = [
      ...[...this.#entries].map(([name, entry]) => ({ name, entry, unusable: undefined })),
      ...this.#config.unusableServers.map((server) => ({
        name: server.name,
        entry: undefined,
        unusable: server,
      })),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
    const names = assignNames(
      rows.map(({ name, entry }) => ({
        name,
        tools: entry?.introspection?.tools.map((tool) => tool.name) ?? [],
      })),
    );
    return rows.map(({ name, entry, unusable: reason }) => {
      const { identifier, tools: toolNames } = names.get(name) ?? { identifier: name, tools: new Map() };
      if (!entry)
        return {
          name,
          identifier,
          status: reason?.status ?? 'invalid',
          problem: reason?.reason ?? '',
          tools: [],
          quarantined: [],
        };
      const { introspection } = entry;
      const tools = (introspection?.tools ?? []).flatMap((definition) => {
        const own = toolNames.get(definition.name);
        return own
          ? [{ server: name, serverIdentifier: identifier, ...own, ...describeTool(definition) }]
          : [];
      });
      return {
        name,
        identifier,
        ...statusOf(entry),
        ...(introspection?.instructions !== undefined && { instructions: introspection.instructions }),
        tools: tools.sort((a, b) => (a.name < b.name ? -1 : 1)),
        quarantined: introspection?.quarantined ?? [],
      };
    });
  }

  #definitions(): Map<string, ToolDefinition> {
    return new Map(
      this.servers().flatMap(({ tools }) =>
        tools.map((tool) => [`${tool.serverIdentifier}.${tool.identifier}`, tool.definition]),
      ),
    );
  }

  #report(before: ReadonlyMap<string, ToolDefinition>): RefreshReport {
    const after = this.#definitions();
    const failed = this.servers().flatMap(({ name, status, problem }) =>
      status === 'failed' ? [{ server: name, problem: problem ?? '' }] : [],
    );
    return {
      status: failed.length > 0 ? 'partial' : 'ok',
      server_count: this.servers().length,
      tool_count: after.size,
      added: [...after.keys()].filter((name) => !before.has(name)),
      removed: [...before.keys()].filter((name) => !after.has(name)),
      changed: [...after]
        .filter(([name, tool]) => before.has(name) && !isDeepStrictEqual(before.get(name), tool))
        .map(([name]) => name),
      failed,
    };
  }
}

function statusOf(entry: Entry): { status: ServerStatus; problem?: string } {
  const { state, problem, sinceMs } = entry.connection.state();
  if (entry.problem !== undefined) return { status: 'failed', problem: entry.problem };
  if (state === 'failed') return { status: 'failed', problem: problem ?? 'The connection failed.' };
  if (entry.introspection) return { status: entry.fresh ? 'ready' : 'cached' };
  if (state !== 'connecting') return { status: 'pending' };
  const limitMs = entry.connection.config.connectMsMax;
  return {
    status: 'connecting',
    problem: `No answer for ${Math.round((Date.now() - sinceMs) / 1000)} s; given up after ${limitMs / 1000} s.`,
  };
}

function describeTool(
  definition: ToolDefinition,
): Pick<Tool, 'name' | 'definition' | 'effect' | 'repeatable'> {
  const { readOnlyHint, idempotentHint, destructiveHint } = definition.annotations ?? {};
  const effect: Effect =
    readOnlyHint === true
      ? 'read'
      : readOnlyHint === false || destructiveHint !== undefined
        ? 'write'
        : 'unknown';
  return {
    name: definition.name,
    definition,
    effect,
    repeatable: readOnlyHint === true || idempotentHint === true,
  };
}

function unknownTool(server: CatalogServer, toolName: string): OrchestratorError {
  const known = server.tools.map(({ identifier }) => identifier);
  const near = nearestNames(toolName, known);
  const setAside = server.quarantined.find(({ name }) => name === toolName);
  const hint = setAside
    ? `Its definition was set aside: ${setAside.reason}`
    : near.length > 0
      ? `Did you mean ${near.map((name) => `${server.identifier}.${name}`).join(' or ')}?`
      : `Its tools: ${known.slice(0, 30).join(', ') || 'none'}.`;
  return new OrchestratorError('tool_unknown', `Server "${server.name}" has no tool "${toolName}".`, {
    hint,
    retrySafe: 'yes',
    server: server.name,
    tool: toolName,
  });
}

function unusable(server: CatalogServer): OrchestratorError {
  const code =
    server.status === 'disabled' || server.status === 'invalid' ? 'server_disabled' : 'server_unavailable';
  return new OrchestratorError(code, `Server "${server.name}" is not usable: ${server.problem}`, {
    retrySafe: 'yes',
    server: server.name,
  });
}
