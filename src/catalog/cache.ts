/** Introspection results on disk, one file a server entry, so that the next start answers at once. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ServerConfig } from '../config/types.ts';
import type { PriorEra } from '../downstream/connection.ts';
import type { Log } from '../log.ts';
import { writePrivately } from '../storage/private-file.ts';
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

export class IntrospectionCache {
  readonly #directory: string | undefined;
  readonly #log: Log;

  /** @param directory undefined keeps nothing */
  constructor(directory: string | undefined, log: Log) {
    this.#directory = directory && join(directory, 'introspection');
    this.#log = log;
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
    if (!this.#directory) return undefined;
    try {
      const stored: unknown = JSON.parse(await readFile(this.#file(server), 'utf8'));
      return isStored(stored) ? { introspection: stored.introspection, era: stored.era } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Never throws: a cache that cannot be written costs time, nothing else. */
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

/** The hash of the entry: another command, version or credential is another server. Which of its tools are used is not. */
export function entryKey({ toolRules: _, ...server }: ServerConfig): string {
  return createHash('sha256').update(JSON.stringify(server)).digest('hex');
}

/** A check, not a copy: what is read back is what was written, to the last key. */
function isStored(value: unknown): value is CachedServer {
  return storedSchema.safeParse(value).success;
}
