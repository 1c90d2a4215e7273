/** What servers have beside tools: prompts, resources and their templates. Asked at need, and kept until a server says that it changed. */
import { type Caller, localCaller } from '../downstream/caller.ts';
import type { Connection, RequestAsk } from '../downstream/connection.ts';
import { Gate } from '../downstream/gate.ts';
import type { ListKind } from '../downstream/lists.ts';
import type { ConnectionPool } from '../downstream/pool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { Subscriptions } from './subscriptions.ts';
import type { CatalogServer, JsonObject } from './tool.ts';
import { waitFor } from './wait-for.ts';

export type OfferKind = Exclude<ListKind, 'tools'>;

/** One prompt, resource or template, as its server defined it. */
export interface Offer {
  readonly server: string;
  /** The server's name in scripts. */
  readonly identifier: string;
  /** A prompt's name, a resource's URI, a template's URI template: by what it is asked for. */
  readonly key: string;
  readonly definition: JsonObject;
}

export interface OffersOptions {
  readonly connections: ConnectionPool;
  readonly limits: Limits;
  readonly log: Log;
}

/** What changed, and at which server; `updated` is one resource. */
export type OfferChange =
  | { readonly kind: 'prompts' | 'resources'; readonly server: string }
  | { readonly kind: 'updated'; readonly server: string; readonly uri: string };

const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

const keyOf: Readonly<Record<OfferKind, string>> = {
  prompts: 'name',
  resources: 'uri',
  templates: 'uriTemplate',
};

export class Offers {
  readonly #options: OffersOptions;
  /** Each may have to connect first. */
  readonly #gate: Gate;
  /** Lists that their servers tell changes of. A connection that was taken out takes them along. */
  readonly #known = new WeakMap<Connection, Map<OfferKind, Promise<readonly JsonObject[]>>>();
  readonly #subscriptions = new Subscriptions();
  #logSeverity = Number.POSITIVE_INFINITY;
  readonly #listeners = new Set<(change: OfferChange) => void>();

  constructor(options: OffersOptions) {
    this.#options = options;
    this.#gate = new Gate(options.limits.connectionsAtOnceMax);
  }

  /**
   * Those of these servers, in their order. Waits no longer than limits.listWaitMs: a server that is slow or fails is
   * left out, which its status tells.
   */
  async list(kind: OfferKind, servers: readonly CatalogServer[], signal: AbortSignal): Promise<Offer[]> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.limits.listWaitMs)]);
    const lists = await Promise.all(
      servers.map(async ({ name, identifier }) => {
        const connection = this.#options.connections.get(name);
        if (!connection) return [];
        const read = this.#read(connection, kind).catch((error: unknown) => {
          this.#options.log.info(
            { server: name, kind, problem: messageOf(error) },
            'a list could not be read',
          );
          return [];
        });
        const definitions = (await waitFor(read, limit)) ?? [];
        return definitions.map((definition) => ({
          server: name,
          identifier,
          key: String(definition[keyOf[kind]]),
          definition,
        }));
      }),
    );
    return lists.flat();
  }

  /** One request to one server. @throws OrchestratorError */
  async request(
    server: string,
    method: string,
    params: JsonObject,
    options: RequestAsk,
  ): Promise<JsonObject> {
    const { connections } = this.#options;
    const connection = this.#connection(server, options.caller ?? localCaller);
    return connection.request(method, params, options).finally(() => connections.release(connection));
  }

  /** Has servers log as much as this at least, those that connect later too; they are shared, so none is ever made to log less. */
  setLogLevel(level: string): void {
    const severity = logLevels.indexOf(level);
    if (severity >= this.#logSeverity) return;
    const { connections } = this.#options;
    const isFirst = this.#logSeverity === Number.POSITIVE_INFINITY;
    this.#logSeverity = severity;
    const keepTold = (connection: Connection) =>
      connection.onStateChanged(() => this.#sayLogLevel(connection));
    if (isFirst) connections.onOpened(keepTold);
    for (const connection of connections.everyone()) {
      this.#sayLogLevel(connection);
      if (isFirst) keepTold(connection);
    }
  }

  #sayLogLevel(connection: Connection): void {
    const level = logLevels[this.#logSeverity];
    if (connection.state().state !== 'connected' || connection.capabilities()?.logging === undefined) return;
    connection.request('logging/setLevel', { level }, {}).catch(() => {});
  }

  /** Connected servers that declare a capability, among these. */
  having(capability: string, servers: readonly CatalogServer[]): CatalogServer[] {
    return servers.filter(
      ({ name }) => this.#options.connections.get(name)?.capabilities()?.[capability] !== undefined,
    );
  }

  /** Hears of changes of a resource, by `onChanged`, until what it gives is called. @throws OrchestratorError */
  subscribe(server: string, uri: string): Promise<() => void> {
    const connection = this.#connection(server);
    this.#watch(connection);
    return this.#subscriptions.hold(connection, uri);
  }

  /** Called after each change, until what it gives is called. */
  onChanged(listener: (change: OfferChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #connection(server: string, caller?: Caller): Connection {
    const { connections } = this.#options;
    const connection = caller ? connections.of(server, caller) : connections.get(server);
    if (connection) return connection;
    throw new OrchestratorError('server_unavailable', `Server "${server}" is not connected.`, {
      retrySafe: 'yes',
      server,
    });
  }

  #read(connection: Connection, kind: OfferKind): Promise<readonly JsonObject[]> {
    const known = this.#watch(connection);
    const before = known.get(kind);
    if (before) return before;
    const reading = this.#readAnew(connection, kind);
    // Those who ask at the same time wait for the same answer.
    known.set(kind, reading);
    const forget = () => {
      if (known.get(kind) === reading) known.delete(kind);
    };
    reading.then(() => {
      const declared = connection.capabilities()?.[kind === 'prompts' ? 'prompts' : 'resources'];
      const tellsChanges = (declared as { listChanged?: unknown } | undefined)?.listChanged === true;
      if (declared !== undefined && !tellsChanges) forget();
    }, forget);
    return reading;
  }

  async #readAnew(connection: Connection, kind: OfferKind): Promise<readonly JsonObject[]> {
    const { limits, log } = this.#options;
    await this.#gate.enter();
    const { items, truncated } = await connection
      .list(kind, { background: true })
      .finally(() => this.#gate.leave());
    if (truncated !== undefined)
      log.warn({ server: connection.config.name, problem: truncated }, 'a list was cut');
    const seen = new Set<string>();
    return items.filter((item): item is JsonObject => {
      const key = keyIn(item, kind, limits);
      const isNew = key !== undefined && !seen.has(key);
      if (isNew) seen.add(key);
      return isNew;
    });
  }

  #watch(connection: Connection): Map<OfferKind, Promise<readonly JsonObject[]>> {
    const before = this.#known.get(connection);
    if (before) return before;
    const known = new Map<OfferKind, Promise<readonly JsonObject[]>>();
    this.#known.set(connection, known);
    const server = connection.config.name;
    connection.onListChanged((kind) => {
      known.delete(kind);
      if (kind === 'resources') known.delete('templates');
      this.#tell({ kind, server });
    });
    connection.onResourceUpdated((uri) => this.#tell({ kind: 'updated', server, uri }));
    return known;
  }

  #tell(change: OfferChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** Undefined for what nobody can ask for, and for what is larger than a definition may be. */
function keyIn(item: unknown, kind: OfferKind, { toolBytesMax }: Limits): string | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const key = (item as JsonObject)[keyOf[kind]];
  if (typeof key !== 'string' || key === '') return undefined;
  try {
    return Buffer.byteLength(JSON.stringify(item)) <= toolBytesMax ? key : undefined;
  } catch {
    return undefined;
  }
}
