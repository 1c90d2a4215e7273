/**
 * Connections that are not for everybody: one a run or one a principal, each with a process or a session of its own. Those
 * of principals are bounded: of the ones at rest, the one that was used longest ago gives way.
 */
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { identityAt } from './auth/forwarded-headers.ts';
import type { Caller } from './caller.ts';
import type { Connection } from './connection.ts';

export interface ScopedConnectionsOptions {
  readonly limits: Limits;
  /** @param isOfRun true where what the server holds in memory matters until the run ends */
  open(shared: Connection, caller: Caller, isOfRun: boolean): Connection;
}

interface Scoped {
  readonly server: string;
  readonly owner: Owner;
  readonly connection: Connection;
}

interface Owner {
  readonly kind: 'principal' | 'run' | 'session' | 'call';
  readonly id: string;
}

export class ScopedConnections {
  readonly #options: ScopedConnectionsOptions;
  /** The last used last. */
  readonly #scoped = new Map<string, Scoped>();
  readonly #keys = new WeakMap<Connection, string>();
  readonly #leaving = new Set<Promise<void>>();
  #calls = 0;

  constructor(options: ScopedConnectionsOptions) {
    this.#options = options;
  }

  all(): Connection[] {
    return [...this.#scoped.values()].map(({ connection }) => connection);
  }

  /**
   * @param shared the one that everybody would use
   * @throws OrchestratorError limit_exceeded where there are too many at work
   */
  of(shared: Connection, caller: Caller): Connection {
    const { name } = shared.config;
    const owner = this.#ownerOf(shared, caller);
    const key = JSON.stringify([name, owner.kind, owner.id]);
    const known = this.#scoped.get(key);
    this.#scoped.delete(key);
    if (!known) this.#makeRoom(name);
    const connection = known?.connection ?? this.#options.open(shared, caller, owner.kind === 'run');
    this.#scoped.set(key, { server: name, owner, connection });
    this.#keys.set(connection, key);
    return connection;
  }

  /** A call has ended. Where nobody can come back to its connection, that ends too. */
  release(connection: Connection): void {
    const key = this.#keys.get(connection) ?? '';
    if (this.#scoped.get(key)?.owner.kind === 'call') this.#drop(key, 'the call has ended');
  }

  /** Nobody comes back to the connections of a run. */
  endRun(run: string): void {
    if (this.#scoped.size > 0)
      this.#end(({ owner: { kind, id } }) => kind === 'run' && id === run, 'the run has ended');
  }

  endServer(name: string, reason: string): void {
    this.#end(({ server }) => server === name, reason);
  }

  async close(): Promise<void> {
    this.#end(() => true);
    await Promise.all(this.#leaving);
  }

  #ownerOf({ config }: Connection, caller: Caller): Owner {
    const { run, session } = caller;
    if (config.scope === 'principal') return { kind: 'principal', id: identityAt(config, caller) };
    if (run !== undefined) return { kind: 'run', id: run };
    if (session !== undefined)
      return { kind: 'session', id: JSON.stringify([identityAt(config, caller), session]) };
    this.#calls += 1;
    return { kind: 'call', id: String(this.#calls) };
  }

  /** A run counts on what its server holds for it, so its connections stay. */
  #makeRoom(server: string): void {
    const { scopedConnectionsMax } = this.#options.limits;
    if (this.#scoped.size < scopedConnectionsMax) return;
    const [key] =
      [...this.#scoped].find(([, { owner, connection }]) => owner.kind !== 'run' && !connection.isBusy) ?? [];
    if (key !== undefined) return this.#drop(key, 'another one needed its place');
    throw new OrchestratorError(
      'limit_exceeded',
      `server "${server}": ${scopedConnectionsMax} connections of single runs and principals are in use; no more are opened (limits.scopedConnectionsMax)`,
      { hint: 'Nothing was done. Call again when some have ended.', retrySafe: 'yes', server },
    );
  }

  #end(which: (scoped: Scoped) => boolean, reason?: string): void {
    for (const [key, scoped] of [...this.#scoped]) if (which(scoped)) this.#drop(key, reason);
  }

  #drop(key: string, reason?: string): void {
    const scoped = this.#scoped.get(key);
    if (!scoped) return;
    this.#scoped.delete(key);
    const leaving = scoped.connection.close(reason).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}
