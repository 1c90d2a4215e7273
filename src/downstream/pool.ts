/** All servers there are: each connected when it is first needed, or all of them in the background. They may come and go. */
import type { ServerConfig } from '../config/types.ts';
import type { Caller } from './caller.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { Foreground } from './foreground.ts';
import type { PriorEra } from './handshake.ts';
import { ScopedConnections } from './scoped-connections.ts';

export interface PoolOptions extends Omit<ConnectionOptions, 'era' | 'foreground' | 'kin' | 'owner'> {
  /** What earlier connections learned, by server. */
  readonly eras?: ReadonlyMap<string, PriorEra> | undefined;
}

export class ConnectionPool {
  /** For everybody; of a server with a `scope`, for what is asked on nobody's behalf, such as its tools. */
  readonly #connections = new Map<string, Connection>();
  readonly #scoped: ScopedConnections;
  readonly #options: Omit<PoolOptions, 'eras'>;
  /** Connections of servers that were taken out, as long as their processes are being ended. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #foreground = new Foreground();
  readonly #connectionsAtOnceMax: number;
  readonly #openListeners = new Set<(connection: Connection) => void>();

  constructor(configs: readonly ServerConfig[], { eras, ...options }: PoolOptions) {
    this.#connectionsAtOnceMax = options.limits.connectionsAtOnceMax;
    this.#options = options;
    this.#scoped = new ScopedConnections({
      limits: options.limits,
      open: (shared, caller, isOfRun) => this.#openScoped(shared, caller, isOfRun),
    });
    for (const config of configs) this.add(config, eras?.get(config.name));
  }

  /** A server that is there from now on, instead of one of its name. It is connected to when it is needed. */
  add(config: ServerConfig, era?: PriorEra): Connection {
    this.remove(config.name, 'its entry was changed');
    const connection = new Connection(config.scope === undefined ? config : this.#restingSoon(config), {
      ...this.#options,
      era,
      foreground: this.#foreground,
    });
    this.#connections.set(config.name, connection);
    return this.#announced(connection);
  }

  /** Is given every connection that there is from now on, of servers and of single principals, before it is used. */
  onOpened(listener: (connection: Connection) => void): void {
    this.#openListeners.add(listener);
  }

  /**
   * From now on there is no such server; calls of it that are under way fail.
   *
   * @param reason half a sentence, for their errors
   */
  remove(name: string, reason: string): void {
    const connection = this.#connections.get(name);
    if (!connection) return;
    this.#connections.delete(name);
    this.#scoped.endServer(name, reason);
    const leaving = connection.close(reason).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  get(name: string): Connection | undefined {
    return this.#connections.get(name);
  }

  /**
   * The connection for what is asked on somebody's behalf: that of all, or one of their own. `release` it afterwards.
   * @throws OrchestratorError limit_exceeded where too many have one of their own
   */
  of(name: string, caller: Caller): Connection | undefined {
    const shared = this.#connections.get(name);
    return shared?.config.scope === undefined ? shared : this.#scoped.of(shared, caller);
  }

  /** What it was taken for by `of` has ended. */
  release(connection: Connection): void {
    if (connection.config.scope !== undefined) this.#scoped.release(connection);
  }

  /** The run has ended: its own connections end with it. */
  endRun(run: string): void {
    this.#scoped.endRun(run);
  }

  /** How many are connected right now, those of single runs and principals included. */
  get connected(): number {
    return this.everyone().filter((one) => one.state().state === 'connected').length;
  }

  /** Those of single runs and principals included. */
  everyone(): Connection[] {
    return [...this.all(), ...this.#scoped.all()];
  }

  /** Each server by its name: true while its calls fail one after the other, and it is left alone. */
  circuits(): Map<string, boolean> {
    const open = new Map(this.all().map(({ config }) => [config.name, false]));
    for (const one of [...this.all(), ...this.#scoped.all()])
      if (one.breaker() !== undefined) open.set(one.config.name, true);
    return open;
  }

  all(): Connection[] {
    return [...this.#connections.values()];
  }

  /**
   * Does work with every connection, limits.connectionsAtOnceMax at a time, and starts none while somebody waits for a
   * connection of their own.
   * @param work must not reject; where it connects, with `background`
   * @param signal starts no further ones; it resolves when those under way have ended
   */
  async inBackground(work: (connection: Connection) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const waiting = this.all();
    const worker = async () => {
      while (!signal?.aborted) {
        await this.#foreground.idle();
        const connection = waiting.shift();
        if (!connection || signal?.aborted) return;
        await work(connection);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#connectionsAtOnceMax, waiting.length) }, worker));
  }

  /** Ends all connections. Afterwards no process that they started is left. */
  async close(): Promise<void> {
    await Promise.all([
      ...this.all().map((connection) => connection.close()),
      this.#scoped.close(),
      ...this.#leaving,
    ]);
  }

  #openScoped(shared: Connection, { principal, headers }: Caller, isOfRun: boolean): Connection {
    const { config } = shared;
    const connection = new Connection(isOfRun ? config : this.#restingSoon(config), {
      ...this.#options,
      foreground: this.#foreground,
      kin: shared,
      owner: { principal, headers },
    });
    return this.#announced(connection);
  }

  #announced(connection: Connection): Connection {
    for (const listener of this.#openListeners) listener(connection);
    return connection;
  }

  /** Nobody says when a principal is done. */
  #restingSoon(config: ServerConfig): ServerConfig {
    return { ...config, idleMs: config.idleMs ?? this.#options.limits.scopedIdleMs };
  }
}
