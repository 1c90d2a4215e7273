/** Introspection results on disk, one file a server entry, so that the next start answers at once. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from '../config/types.ts';
import type { PriorEra } from '../downstream/connection.ts';
import type { Log } from '../log.ts';
import type { Introspection } from './tool.ts';

export interface CachedServer {
  readonly introspection: Introspection;
  readonly era: PriorEra | undefined;
}

/** Raised when the shape of what is stored changes: older files are then ignored. */
const formatVersion = 1;

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

  /** What is stored for exactly this entry; a missing, foreign or broken file is as good as none. */
  async read(server: ServerConfig): Promise<CachedServer | undefined> {
    if (!this.#directory) return undefined;
    try {
      const stored = JSON.parse(await readFile(this.#file(server), 'utf8'));
      if (stored.formatVersion !== formatVersion || !Array.isArray(stored.introspection?.tools))
        return undefined;
      return { introspection: stored.introspection, era: stored.era };
    } catch {
      return undefined;
    }
  }

  /** Never throws: a cache that cannot be written costs time, nothing else. */
  async write(server: ServerConfig, cached: CachedServer): Promise<void> {
    if (!this.#directory) return;
    const file = this.#file(server);
    const temporary = `${file}.${randomUUID()}`;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify({ formatVersion, ...cached }), { mode: 0o600 });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      this.#log.warn(
        { server: server.name, file, error: String(error) },
        'the introspection result could not be kept',
      );
    }
  }

  /** Named by the hash of the whole entry: another command, version or credential is another server. */
  #file(server: ServerConfig): string {
    return join(
      this.#directory ?? '',
      `${createHash('sha256').update(JSON.stringify(server)).digest('hex')}.json`,
    );
  }
}
