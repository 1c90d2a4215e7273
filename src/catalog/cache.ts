/**
 * Introspection results, by server entry: on disk, so that the next start answers at once, and in the storage, where
 * other orchestrators see them. What a server says is for one caller only stays out of the storage.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ServerConfig } from '../config/types.ts';
import type { ListKeeping, PriorEra } from '../downstream/connection.ts';
import type { Log } from '../log.ts';
import { writePrivately } from '../storage/private-file.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';
import type { Introspection } from './tool.ts';

export interface CachedServer {
  readonly introspection: Introspection;
  readonly era: PriorEra | undefined;
}

const jsonObject = z.record(z.string(), z.unknown());
/** An `Introspection`, as far as anything relies on it. */
const introspectionSchema = z.looseObject({
  tools: z.array(
    z.looseObject({
      name: z.string().min(1).max(128),
      title: z.string().optional(),
      description: z.string().optional(),
      inputSchema: z.looseObject({ type: z.literal('object') }),
      outputSchema: jsonObject.optional(),
      annotations: jsonObject.optional(),
      _meta: jsonObject.optional(),
    }),
  ),
  quarantined: z.array(z.looseObject({ name: z.string(), reason: z.string() })),
  instructions: z.string().optional(),
  serverInfo: z.looseObject({ name: z.string(), version: z.string() }).optional(),
  protocolVersion: z.string().optional(),
});
const eraSchema = z.looseObject({
  era: z.enum(['legacy', 'modern']),
  transport: z.literal('sse').optional(),
  seenAtMs: z.number(),
});

/** Raised when the shape of what is stored changes: older files are then ignored. */
const formatVersion = 1;
const storedSchema = z.looseObject({
  formatVersion: z.literal(formatVersion),
  introspection: introspectionSchema,
  era: eraSchema.optional(),
});

export interface SharedCache {
  readonly storage: Storage;
  /** What is older is not used. */
  readonly ageMsMax: number;
}

const sharedPrefix = 'tools/';

export class IntrospectionCache {
  readonly #directory: string | undefined;
  readonly #log: Log;
  readonly #shared: Storage | undefined;
  readonly #ageMsMax: number;

  /** @param directory undefined keeps nothing on disk */
  constructor(directory: string | undefined, log: Log, shared?: SharedCache) {
    this.#directory = directory && join(directory, 'introspection');
    this.#log = log;
    // Storage in memory holds nothing that is not known here already.
    this.#shared = shared?.storage.driver === 'memory' ? undefined : shared?.storage;
    this.#ageMsMax = shared?.ageMsMax ?? Number.POSITIVE_INFINITY;
  }

  /** By server name, for those that are known. */
  async readAll(servers: readonly ServerConfig[]): Promise<Map<string, CachedServer>> {
    const rows = await Promise.all(
      servers.map(async (server) => [server.name, await this.read(server)] as const),
    );
    return new Map(rows.filter((row): row is [string, CachedServer] => row[1] !== undefined));
  }

  /** What is stored for exactly this entry; a missing, foreign or damaged file is as good as none. */
  async read(server: ServerConfig): Promise<CachedServer | undefined> {
    return (await this.readShared(server)) ?? (await this.#readFile(server));
  }

  /** What the orchestrators on the same storage know of this entry. */
  async readShared(server: ServerConfig): Promise<CachedServer | undefined> {
    const stored: unknown = await this.#shared?.get(`${sharedPrefix}${entryKey(server)}`);
    return isStored(stored) ? { introspection: stored.introspection, era: stored.era } : undefined;
  }

  /** Lets the others know, unless the server says that its list is for nobody else, or fresh for no time at all. */
  async share(server: ServerConfig, cached: CachedServer, keeping: ListKeeping | undefined): Promise<void> {
    const key = `${sharedPrefix}${entryKey(server)}`;
    const ttlMs = Math.min(this.#ageMsMax, keeping?.ttlMs ?? Number.POSITIVE_INFINITY);
    if (keeping?.isPrivate || ttlMs === 0) await this.#shared?.delete(key);
    else {
      const value = { formatVersion, ...cached } as unknown as JsonValue;
      await this.#shared?.set(key, value, Number.isFinite(ttlMs) ? { ttlMs } : {});
    }
  }

  /** @param listener is given the `entryKey` of what was shared by whomever */
  onShared(listener: (key: string) => void): () => void {
    const end = this.#shared?.watch(sharedPrefix, ({ key, kind }) => {
      if (kind === 'set') listener(key.slice(sharedPrefix.length));
    });
    return end ?? (() => {});
  }

  async #readFile(server: ServerConfig): Promise<CachedServer | undefined> {
    if (!this.#directory) return undefined;
    try {
      const file = this.#file(server);
      if ((await stat(file)).mtimeMs < Date.now() - this.#ageMsMax) return undefined;
      const stored: unknown = JSON.parse(await readFile(file, 'utf8'));
      return isStored(stored) ? { introspection: stored.introspection, era: stored.era } : undefined;
    } catch {
      return undefined;
    }
  }

  /** On disk. Never throws: a cache that cannot be written costs time, nothing else. */
  async write(server: ServerConfig, cached: CachedServer): Promise<void> {
    if (!this.#directory) return;
    const file = this.#file(server);
    try {
      await writePrivately(file, JSON.stringify({ formatVersion, ...cached }));
    } catch (error) {
      this.#log.warn(
        { server: server.name, file, error: String(error) },
        'the introspection result could not be kept',
      );
    }
  }

  #file(server: ServerConfig): string {
    return join(this.#directory ?? '', `${entryKey(server)}.json`);
  }
}

/**
 * The hash of the entry: another command, version or credential is another server. Which of its tools are used, and how
 * it is looked after, makes no difference.
 */
export function entryKey(config: ServerConfig): string {
  const known = entryKeys.get(config);
  if (known !== undefined) return known;
  const { toolRules: _, idleMs: _idle, healthMs: _health, ...server } = config;
  const key = createHash('sha256').update(JSON.stringify(server)).digest('hex');
  entryKeys.set(config, key);
  return key;
}

const entryKeys = new WeakMap<ServerConfig, string>();

/** A check, not a copy: what is read back is what was written, to the last key. */
function isStored(value: unknown): value is CachedServer {
  return storedSchema.safeParse(value).success;
}
