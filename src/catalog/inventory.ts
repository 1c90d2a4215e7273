/** Every server there is and what it answered last: asked at need, in the background, and when it says that it has changed. */
import type { Config, ServerConfig, UnusableServer } from '../config/types.ts';
import type { Connection, ListKeeping, WaitOptions } from '../downstream/connection.ts';
import type { ConnectionPool } from '../downstream/pool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { type CachedServer, entryKey, type IntrospectionCache } from './cache.ts';
import { ConnectedServer, type Entry } from './entry.ts';
import { introspect } from './introspect.ts';
import { assignNames } from './names.ts';
import type { ObservedResults } from './observed.ts';
import type { Pins } from './pins.ts';
import { isSame } from './refresh-report.ts';
import type { CatalogServer, Introspection } from './tool.ts';
import { effectRules } from './tool-rules.ts';
import { idleRules, selectTools } from './tool-selection.ts';

export interface InventoryOptions {
  readonly config: Config;
  readonly connections: ConnectionPool;
  readonly cache: IntrospectionCache;
  readonly pins: Pins;
  /** What the cache knew at the start, by server: usable at once, before anything is connected. */
  readonly cached: ReadonlyMap<string, CachedServer>;
  /** What was learned of results; undefined learns nothing. */
  readonly observed?: ObservedResults;
  readonly log: Log;
}

/** A server that announces changes without end is asked this often, and no more. */
const changePauseMs = 100;

/** Shared by all catalogues, each of which shows all of it or a part. */
export class Inventory {
  readonly #limits: Limits;
  readonly #effects: Config['effects'];
  readonly #connections: ConnectionPool;
  readonly #cache: IntrospectionCache;
  readonly #pins: Pins;
  readonly #observed: ObservedResults | undefined;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  #unusable: readonly UnusableServer[];
  /** Why servers that are gone are gone, by name. */
  readonly #gone = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #endShared: () => void;
  readonly #endPins: () => void;
  #closed = false;
  /** Built at need, dropped when a server's tools change. */
  #servers: readonly CatalogServer[] | undefined;

  constructor({ config, connections, cache, pins, cached, observed, log }: InventoryOptions) {
    this.#limits = config.limits;
    this.#effects = config.effects;
    this.#unusable = config.unusableServers;
    this.#connections = connections;
    this.#cache = cache;
    this.#pins = pins;
    this.#observed = observed;
    this.#log = log;
    for (const connection of connections.all()) {
      this.#addEntry(connection, cached.get(connection.config.name)?.introspection);
    }
    this.#endShared = cache.onShared((key) => void this.#adopt(key));
    this.#endPins = pins.watch(() => this.#applyPins());
  }

  /** By name; the same array as long as no server's tools or usability have changed. */
  servers(): readonly CatalogServer[] {
    this.#servers ??= this.#build();
    return this.#servers;
  }

  /** @param name the server's own */
  entry(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** Called after each change of tools or of a server's usability, until what it gives is called. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A server that is there from now on, instead of one of its name; from the cache at once what is known of it. */
  async add(config: ServerConfig): Promise<void> {
    const cached = await this.#cache.read(config);
    if (this.#closed) return;
    this.#drop(config.name);
    this.#gone.delete(config.name);
    this.#addEntry(this.#connections.add(config, cached?.era), cached?.introspection);
    void this.#observed?.add(config);
    this.#changed();
  }

  /**
   * From now on there is no such server; calls of it that are under way fail.
   *
   * @param reason half a sentence, for their errors and for those who ask for it later
   */
  remove(name: string, reason: string): void {
    const identifier = this.servers().find((server) => server.name === name)?.identifier ?? name;
    this.#drop(name);
    for (const known of [name, identifier]) this.#gone.set(known, reason);
    this.#connections.remove(name, reason);
    this.#observed?.remove(name);
    this.#changed();
  }

  /** Why the server of this name is gone, where there was one. */
  goneReason(name: string): string | undefined {
    return this.#gone.get(name);
  }

  /** The servers that are only listed, with their reasons. */
  setUnusable(servers: readonly UnusableServer[]): void {
    this.#unusable = servers;
    this.#changed();
  }

  /** From here on a server that goes is not worth a word. */
  close(): void {
    this.#closed = true;
    this.#endShared();
    this.#endPins();
    this.#listeners.clear();
    for (const { changeTimer } of this.#entries.values()) clearTimeout(changeTimer);
  }

  /**
   * One reading of the list at a time a server, for all who wait for it: nobody's signal ends it.
   *
   * @throws OrchestratorError where the server does not answer
   */
  ask(entry: Entry, options: Pick<WaitOptions, 'background'> = {}): Promise<void> {
    entry.underWay ??= this.#readTools(entry, options).finally(() => {
      entry.underWay = undefined;
    });
    return entry.underWay;
  }

  /** A few at a time, and standing back while somebody waits for one server. Never rejects. */
  askInBackground(which: (entry: Entry) => boolean, signal?: AbortSignal): Promise<void> {
    return this.#connections.inBackground(async ({ config }) => {
      const entry = this.#entries.get(config.name);
      if (!entry || !which(entry)) return;
      await this.ask(entry, { background: true }).catch(() => {});
    }, signal);
  }

  #drop(name: string): void {
    clearTimeout(this.#entries.get(name)?.changeTimer);
    this.#entries.delete(name);
  }

  #addEntry(connection: Connection, introspection: Introspection | undefined): void {
    const entry: Entry = {
      connection,
      introspection: undefined,
      received: undefined,
      warnings: [],
      fresh: false,
      shared: false,
      staleAtMs: Number.POSITIVE_INFINITY,
      problem: undefined,
      underWay: undefined,
      changeTimer: undefined,
    };
    if (introspection) this.#take(entry, introspection);
    this.#entries.set(connection.config.name, entry);
    connection.onToolsChanged(() => this.#readSoon(entry));
    connection.onStateChanged(() => {
      // Connected by a call, with tools from the cache, or after it had failed: time to ask it. Whoever connects in order
      // to ask does so anyway.
      const isDue = (!entry.fresh || entry.problem !== undefined) && !entry.underWay;
      if (connection.state().state === 'connected' && isDue) this.#readSoon(entry);
    });
  }

  /**
   * Others have asked a server of this entry. Where ours has not answered yet, their word is taken; where it has, it is
   * asked again: it may be another process of an older version.
   */
  async #adopt(key: string): Promise<void> {
    for (const entry of this.#entries.values()) {
      const { config } = entry.connection;
      if (entryKey(config) !== key) continue;
      const stored = await this.#cache.readShared(config);
      if (!stored || !this.#isCurrent(entry) || isSame(stored.introspection, entry.received)) continue;
      if (entry.fresh) this.#readSoon(entry);
      else {
        this.#take(entry, stored.introspection);
        this.#changed();
      }
    }
  }

  /** What is pinned decides what is shown of it. */
  #take(entry: Entry, received: Introspection): void {
    const { introspection, warnings } = this.#pins.apply(entry.connection.config.name, received);
    entry.received = received;
    entry.introspection = introspection;
    entry.warnings = warnings;
  }

  /** Another process has approved something, or the file was edited. */
  #applyPins(): void {
    for (const entry of this.#entries.values()) if (entry.received) this.#take(entry, entry.received);
    this.#changed();
  }

  #warnOfPins({ connection, warnings, received, introspection }: Entry): void {
    const server = connection.config.name;
    for (const { tool, problem } of warnings) this.#log.warn({ server, tool, problem }, 'a tool has changed');
    const withheld = (received?.tools.length ?? 0) - (introspection?.tools.length ?? 0);
    if (withheld > 0)
      this.#log.warn({ server, withheld }, 'tools are withheld until they are approved: pins status');
  }

  /** False once it was taken out, or another has its name. */
  #isCurrent(entry: Entry): boolean {
    return !this.#closed && this.#entries.get(entry.connection.config.name) === entry;
  }

  #readSoon(entry: Entry): void {
    if (!this.#isCurrent(entry)) return;
    entry.changeTimer ??= setTimeout(() => {
      entry.changeTimer = undefined;
      // A list being read now may be from before the change.
      const before = entry.fresh ? entry.underWay : undefined;
      void Promise.resolve(before)
        .catch(() => {})
        .then(() => this.ask(entry, { background: true }))
        .catch(() => {});
    }, changePauseMs).unref();
  }

  async #readTools(entry: Entry, options: Pick<WaitOptions, 'background'>): Promise<void> {
    const { connection } = entry;
    try {
      let keeping: ListKeeping | undefined;
      const introspection = await introspect(connection, this.#limits, {
        ...options,
        onKeeping: (said) => {
          keeping = said;
        },
      });
      if (!this.#isCurrent(entry)) return;
      const changed = entry.problem !== undefined || !isSame(introspection, entry.received);
      // The same definitions stay the same objects: what was made from them (validators) stays good.
      if (changed) this.#take(entry, introspection);
      if (changed || !entry.fresh) this.#warnOfPins(entry);
      const { isPrivate } = keeping ?? {};
      this.#observed?.keepOnly(connection.config.name, entry.introspection?.tools ?? [], isPrivate);
      if (changed || !entry.fresh) this.#warnOfIdleRules(connection, introspection);
      entry.fresh = true;
      entry.problem = undefined;
      if (changed) this.#changed();
      await this.#pins.record(connection.config.name, introspection.tools);
      const cached = { introspection, era: connection.era() };
      await this.#cache.write(connection.config, cached);
      // One with a time to live holds for that long again.
      if (changed || !entry.shared || keeping?.ttlMs !== undefined)
        await this.#cache.share(connection.config, cached, keeping);
      entry.shared = true;
      entry.staleAtMs = Date.now() + (keeping?.ttlMs || Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!this.#isCurrent(entry)) throw error;
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
    for (const listener of this.#listeners) listener();
  }

  #build(): CatalogServer[] {
    const unusableServers = this.#unusable;
    const names = assignNames([
      ...[...this.#entries].map(([name, { introspection, connection }]) => ({
        name,
        tools: selectTools(introspection, connection.config.toolRules).tools.map(
          ({ definition }) => definition.name,
        ),
      })),
      ...unusableServers.map(({ name }) => ({ name, tools: [] })),
    ]);
    const effectOf = effectRules(this.#effects);
    const nameless = { identifier: '_', tools: new Map() };
    const servers: CatalogServer[] = [
      ...[...this.#entries].map(
        ([name, entry]) =>
          new ConnectedServer(entry, names.get(name) ?? nameless, { observed: this.#observed, effectOf }),
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
