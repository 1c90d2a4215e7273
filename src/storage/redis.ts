/** Storage in Redis: one string a key, expiry by Redis itself, changes told over a channel that all processes listen to. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { messageOf } from '../errors.ts';
import type { Backend, BackendEvents, Stored } from './backend.ts';
import type { StorageChange } from './storage.ts';

export interface RedisOptions {
  /** `redis://` or `rediss://`, with credentials where needed. */
  readonly url: string;
  /** Stands before every key, and before the channel's name. */
  readonly prefix: string;
  /** One operation; connecting, too. */
  readonly msMax: number;
}

const reconnectMsMax = 1_000;

export class RedisBackend implements Backend {
  readonly driver = 'redis';
  readonly #options: RedisOptions;
  /** So that a process knows its own messages. */
  readonly #id = randomUUID();
  #client: Redis | undefined;
  #listener: Redis | undefined;
  #events: BackendEvents | undefined;
  #isBack = false;
  /** Why the last attempt to connect failed. */
  #lastError: string | undefined;
  /** Redis makes a new one at every start. */
  #runId: string | undefined;

  constructor(options: RedisOptions) {
    this.#options = options;
  }

  async start(events: BackendEvents): Promise<void> {
    this.#events = events;
    const { url, msMax } = this.#options;
    const { Redis } = await import('ioredis');
    const client = new Redis(url, {
      lazyConnect: true,
      // A command fails at once while there is no connection: what to do then is decided elsewhere.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      connectTimeout: msMax,
      commandTimeout: msMax,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), reconnectMsMax),
    });
    const listener = client.duplicate();
    this.#client = client;
    this.#listener = listener;
    for (const connection of [client, listener]) {
      connection.on('error', (error) => {
        this.#lastError = messageOf(error);
      });
      connection.on('close', () => this.#lost());
      connection.on('ready', () => void this.#ready());
    }
    listener.on('message', (_, message) => this.#heard(message));
    await Promise.allSettled([client.connect(), listener.connect()]);
    await this.#ready();
    if (!this.#isBack) events.lost(this.describe(undefined));
  }

  async read(key: string): Promise<Stored | undefined> {
    const [text, leftMs] = await this.#all(this.#redis.multi().get(this.#key(key)).pttl(this.#key(key)));
    if (typeof text !== 'string') return undefined;
    return { text, ...(Number(leftMs) >= 0 && { untilMs: Date.now() + Number(leftMs) }) };
  }

  async write(key: string, { text, untilMs }: Stored): Promise<void> {
    const multi = this.#redis.multi();
    if (untilMs === undefined) multi.set(this.#key(key), text);
    else multi.set(this.#key(key), text, 'PX', leftOf(untilMs));
    await this.#all(multi.publish(this.#channel, this.#message({ key, kind: 'set' })));
  }

  async restore(key: string, { text, untilMs }: Stored): Promise<void> {
    const multi = this.#redis.multi();
    if (untilMs === undefined) multi.set(this.#key(key), text, 'NX');
    else multi.set(this.#key(key), text, 'PX', leftOf(untilMs), 'NX');
    await this.#all(multi.publish(this.#channel, this.#message({ key, kind: 'set' })));
  }

  async remove(key: string): Promise<boolean> {
    const message = this.#message({ key, kind: 'delete' });
    const [removed] = await this.#all(
      this.#redis.multi().del(this.#key(key)).publish(this.#channel, message),
    );
    return Number(removed) > 0;
  }

  async list(prefix: string): Promise<string[]> {
    const pattern = `${escapeGlob(this.#key(prefix))}*`;
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, keys] = await this.#redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
      for (const key of keys) found.add(String(key).slice(this.#options.prefix.length));
      cursor = String(next);
    } while (cursor !== '0');
    return [...found];
  }

  async probe(): Promise<void> {
    await this.#redis.ping();
    if (!this.#isBack) throw new Error(this.#lastError ?? 'the connection for changes is not there yet');
  }

  describe(error: unknown): string {
    const why = this.#lastError ?? (error === undefined ? 'no answer' : messageOf(error));
    return `Redis at ${this.#place} cannot be used: ${why}. See that it runs there and that redis_url (REDIS_URL) is right.`;
  }

  async close(): Promise<void> {
    this.#events = undefined;
    for (const connection of [this.#client, this.#listener]) connection?.disconnect();
  }

  get #redis(): Redis {
    if (!this.#client) throw new Error('not started');
    return this.#client;
  }

  /** Without what may be secret in the address. */
  get #place(): string {
    const { hostname, port, pathname } = new URL(this.#options.url);
    return hostname === '' ? pathname : `${hostname}:${port === '' ? 6379 : port}`;
  }

  get #channel(): string {
    return `${this.#options.prefix}changes`;
  }

  #key(key: string): string {
    return `${this.#options.prefix}${key}`;
  }

  #message(change: StorageChange): string {
    return JSON.stringify({ ...change, from: this.#id });
  }

  #heard(message: string): void {
    let heard: { key?: unknown; kind?: unknown; from?: unknown };
    try {
      heard = JSON.parse(message);
    } catch {
      return;
    }
    const { key, kind, from } = heard;
    if (from === this.#id || typeof key !== 'string' || (kind !== 'set' && kind !== 'delete')) return;
    this.#events?.changed({ key, kind });
  }

  #lost(): void {
    if (!this.#isBack) return;
    this.#isBack = false;
    this.#events?.lost(this.describe(undefined));
  }

  /** There again only once changes are heard, too: what is missed before that is caught up with. */
  async #ready(): Promise<void> {
    const { status } = this.#redis;
    if (this.#isBack || status !== 'ready' || this.#listener?.status !== 'ready') return;
    try {
      await this.#listener.subscribe(this.#channel);
      const runId = /run_id:(\w+)/.exec(await this.#redis.info('server'))?.[1];
      if (this.#isBack) return;
      const emptied = this.#runId !== undefined && this.#runId !== runId;
      this.#runId = runId;
      this.#isBack = true;
      this.#lastError = undefined;
      this.#events?.back({ emptied });
    } catch (error) {
      this.#lastError = messageOf(error);
      // Connected, but refused: a wrong password, or Redis still loading. Another connection asks again.
      setTimeout(() => void this.#ready(), reconnectMsMax).unref();
    }
  }

  async #all(work: { exec(): Promise<unknown> }): Promise<unknown[]> {
    const replies = (await work.exec()) as [Error | null, unknown][] | null;
    if (!replies) throw new Error('Redis did not carry the transaction out');
    return replies.map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
  }
}

function leftOf(untilMs: number): number {
  return Math.max(1, Math.ceil(untilMs - Date.now()));
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&');
}
