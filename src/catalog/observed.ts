/**
 * What was learned from results: for each tool that declares no output schema, the shape of the results it gave.
 *
 * A call pays for a look at a counter; the rest happens later, a bounded piece at a time. The first results of a tool are
 * all looked at, then only one now and then. What was learned holds for exactly the definition it was learned under.
 */
import { hash } from 'node:crypto';
import type { ServerConfig } from '../config/types.ts';
import type { Limits } from '../limits.ts';
import { entryKey } from './cache.ts';
import type { ObservedCache, ObservedTool, ObservedTools } from './observed-cache.ts';
import { observedSchema } from './observed-schema.ts';
import { mergeShapes, type Shape, shapeOf } from './observed-shape.ts';
import type { Tool, ToolDefinition } from './tool.ts';

export interface ObservedOptions {
  /** Those with `learnTypes: false` are left alone. */
  readonly servers: readonly ServerConfig[];
  readonly cache: ObservedCache;
  readonly limits: Limits;
  /** Between two times that listeners hear of news: each rewrites a file. */
  readonly tellPauseMs?: number;
}

/** Of a tool's results in this process, the first ones are looked at, and then every so many. */
const firstResults = 10;
const laterResultsEach = 64;
/** Waiting to be looked at; further ones are not. */
const waitingMax = 32;
const waitingCharactersMax = 1_024 * 1_024;
/** A result is looked at when the burst of calls it came in may be over. */
const lookDelayMs = 25;
/** Listeners hear of the first news soon, of further ones less often. */
const tellDelayMs = 250;
const tellPauseMsDefault = 5_000;
const saveDelayMs = 2_000;
/** Tools of one server that are kept. */
const toolsMax = 1_000;

interface Server {
  readonly config: ServerConfig;
  readonly tools: Map<string, ObservedTool>;
  /** As last heard from the server; undefined before. */
  definitions: ReadonlyMap<string, ToolDefinition> | undefined;
  /** What it gives is for whoever asked only, by its own word. */
  isPrivate: boolean;
  changed: boolean;
}

export class ObservedResults {
  readonly #servers: Map<string, Server>;
  readonly #cache: ObservedCache;
  readonly #limits: Limits;
  readonly #tellPauseMs: number;
  /** Results so far, by definition: a new definition starts anew. */
  readonly #results = new WeakMap<ToolDefinition, number>();
  readonly #hashes = new WeakMap<ToolDefinition, string>();
  readonly #listeners: (() => void)[] = [];
  #waiting: { tool: Tool; text: string; characters: number }[] = [];
  #waitingCharacters = 0;
  #lookTimer: NodeJS.Timeout | undefined;
  #tellTimer: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #saveTimer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  readonly #endShared: () => void;
  #closed = false;

  private constructor(options: ObservedOptions, servers: Map<string, Server>) {
    this.#cache = options.cache;
    this.#limits = options.limits;
    this.#tellPauseMs = options.tellPauseMs ?? tellPauseMsDefault;
    this.#servers = servers;
    this.#endShared = options.cache.onShared((key) => void this.#absorb(key));
  }

  /** With what is known from earlier. Never rejects. */
  static async open(options: ObservedOptions): Promise<ObservedResults> {
    const learning = options.servers.filter(({ learnTypes }) => learnTypes !== false);
    const rows = await Promise.all(
      learning.map(async (config): Promise<[string, Server]> => {
        const tools = new Map(await options.cache.read(config));
        return [config.name, newServer(config, tools)];
      }),
    );
    return new ObservedResults(options, new Map(rows));
  }

  /** A server that is there from now on, with what was learned of it earlier. Never rejects. */
  async add(config: ServerConfig): Promise<void> {
    if (config.learnTypes === false) {
      this.remove(config.name);
      return;
    }
    const server = newServer(config, new Map());
    this.remove(config.name);
    this.#servers.set(config.name, server);
    for (const [name, tool] of await this.#cache.read(config))
      if (!server.tools.has(name)) server.tools.set(name, tool);
  }

  /** What was learned of it stays where it is kept. */
  remove(name: string): void {
    const server = this.#servers.get(name);
    if (!server) return;
    this.#save();
    this.#servers.delete(name);
  }

  /**
   * A result that a script got. Costs next to nothing, and never throws.
   *
   * @param text the value as JSON
   */
  note(tool: Tool, text: string): void {
    const definition = tool.remote;
    if (definition.outputSchema !== undefined || this.#closed || !this.#servers.has(tool.server)) return;
    const isText = text.startsWith('"');
    const characters = isText ? 0 : text.length;
    if (characters > this.#limits.learnedResultBytesMax) return;
    const results = this.#results.get(definition) ?? 0;
    this.#results.set(definition, results + 1);
    if (results >= firstResults && results % laterResultsEach !== 0) return;
    if (this.#waiting.length >= waitingMax || this.#waitingCharacters + characters > waitingCharactersMax)
      return;
    // Of a plain text nothing is learned but that it is one.
    this.#waiting.push({ tool, text: isText ? '""' : text, characters });
    this.#waitingCharacters += characters;
    this.#lookTimer ??= setTimeout(() => this.#lookAtNext(), lookDelayMs).unref();
  }

  /** What is known of the results of this tool as its server defines it now. */
  shapeOf(server: string, definition: ToolDefinition): Shape | undefined {
    if (definition.outputSchema !== undefined) return undefined;
    while (this.#waiting.length > 0) this.#lookAtOne();
    const known = this.#servers.get(server)?.tools.get(definition.name);
    return known?.definition === this.#hashOf(definition) ? known.shape : undefined;
  }

  /**
   * The server's tools as they are now: what was learned of others, or under other definitions, is dropped.
   *
   * @param isPrivate true where the server says that its list is for whoever asked only
   */
  keepOnly(serverName: string, definitions: readonly ToolDefinition[], isPrivate = false): void {
    const server = this.#servers.get(serverName);
    if (!server) return;
    server.isPrivate = isPrivate;
    server.definitions = new Map(definitions.map((definition) => [definition.name, definition]));
    for (const [name, { definition }] of server.tools) {
      if (this.#isCurrent(server, name, definition)) continue;
      server.tools.delete(name);
      this.#changed(server);
    }
  }

  /** Called some time after what is known has changed, and not often. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Looks at what waits, and finishes writing. */
  async close(): Promise<void> {
    if (this.#closed) return this.#saving;
    while (this.#waiting.length > 0) this.#lookAtOne();
    this.#closed = true;
    this.#endShared();
    for (const timer of [this.#lookTimer, this.#tellTimer, this.#saveTimer]) clearTimeout(timer);
    this.#save();
    await this.#saving;
  }

  /** One a turn of the event loop. */
  #lookAtNext(): void {
    this.#lookTimer = undefined;
    this.#lookAtOne();
    if (this.#waiting.length > 0 && !this.#closed)
      this.#lookTimer = setTimeout(() => this.#lookAtNext(), 0).unref();
  }

  #lookAtOne(): void {
    const next = this.#waiting.shift();
    if (!next) return;
    const { tool, text, characters } = next;
    this.#waitingCharacters -= characters;
    const server = this.#servers.get(tool.server);
    const { name } = tool.remote;
    const definition = this.#hashOf(tool.remote);
    // A late result of a definition that is gone teaches nothing.
    if (!server || !this.#isCurrent(server, name, definition)) return;
    const seen = shapeOf(JSON.parse(text));
    const entry = server.tools.get(name);
    const before = entry?.definition === definition ? entry.shape : undefined;
    if (!entry && server.tools.size >= toolsMax) return;
    const shape = before ? mergeShapes(before, seen, 'add') : seen;
    server.tools.set(name, { definition, shape });
    this.#changed(server, before === undefined || !isSameKnowledge(before, shape));
  }

  #changed(server: Server, news = true): void {
    server.changed = true;
    this.#saveTimer ??= setTimeout(() => this.#save(), saveDelayMs).unref();
    if (news) this.#tellSoon();
  }

  #tellSoon(): void {
    const wait = Math.max(tellDelayMs, this.#toldAt + this.#tellPauseMs - performance.now());
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = undefined;
      this.#toldAt = performance.now();
      for (const listener of this.#listeners) listener();
    }, wait).unref();
  }

  #save(): void {
    this.#saveTimer = undefined;
    for (const server of this.#servers.values()) {
      if (!server.changed) continue;
      server.changed = false;
      this.#saving = this.#saving.then(() => this.#write(server));
    }
  }

  /** What another process on the same storage has learned. */
  async #absorb(key: string): Promise<void> {
    for (const server of this.#servers.values()) {
      if (entryKey(server.config) !== key) continue;
      const before = new Map(server.tools);
      await this.#merge(server);
      const news = [...server.tools].some(([name, { shape }]) => {
        const known = before.get(name)?.shape;
        return known === undefined || !isSameKnowledge(known, shape);
      });
      if (news && !this.#closed) this.#tellSoon();
    }
  }

  /** Another process may have learned meanwhile, under the same entry: what it wrote is kept too. */
  async #write(server: Server): Promise<void> {
    await this.#merge(server);
    // As long as the server has not spoken, nobody knows.
    const isPrivate = server.isPrivate || server.definitions === undefined;
    await this.#cache.write(server.config, server.tools, { isPrivate });
  }

  async #merge(server: Server): Promise<void> {
    const stored: ObservedTools = await this.#cache.read(server.config);
    for (const [name, { definition, shape }] of stored) {
      const own = server.tools.get(name);
      if (own && own.definition !== definition) continue;
      if (!this.#isCurrent(server, name, definition)) continue;
      server.tools.set(name, { definition, shape: own ? mergeShapes(own.shape, shape, 'max') : shape });
    }
  }

  /** What the server itself has not spoken of yet may be current. */
  #isCurrent({ definitions }: Server, tool: string, definition: string): boolean {
    if (!definitions) return true;
    const current = definitions.get(tool);
    return current !== undefined && this.#hashOf(current) === definition;
  }

  /** Without `_meta` and what else servers add to a definition: it may change at every asking. */
  #hashOf(definition: ToolDefinition): string {
    const known = this.#hashes.get(definition);
    if (known !== undefined) return known;
    const { name, title, description, inputSchema, annotations } = definition;
    const text = JSON.stringify([name, title, description, inputSchema, annotations]);
    const hashed = hash('sha256', text, 'hex').slice(0, 32);
    this.#hashes.set(definition, hashed);
    return hashed;
  }
}

function newServer(config: ServerConfig, tools: Map<string, ObservedTool>): Server {
  return { config, tools, definitions: undefined, isPrivate: false, changed: false };
}

function isSameKnowledge(a: Shape, b: Shape): boolean {
  return JSON.stringify(observedSchema(a)) === JSON.stringify(observedSchema(b));
}
