/** The storage that the configuration asks for. */
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Backend } from './backend.ts';
import { MemoryStorage } from './memory.ts';
import type { Storage } from './storage.ts';

export interface StorageSettings {
  readonly driver: Storage['driver'];
  /** Absolute; the `file` driver needs it. */
  readonly folder: string | undefined;
  /** Of the `redis` driver; holds credentials. */
  readonly redisUrl: string;
  /** Before every key in Redis. */
  readonly redisPrefix: string;
}

/** Resolves soon, the medium there or not. Loads only the driver that is used. */
export async function openStorage(
  settings: StorageSettings,
  options: { limits: Limits; log: Log },
): Promise<Storage> {
  if (settings.driver === 'memory') return new MemoryStorage();
  const { DegradingStorage } = await import('./degrading.ts');
  return DegradingStorage.open(await makeBackend(settings, options.limits), options);
}

async function makeBackend(settings: StorageSettings, limits: Limits): Promise<Backend> {
  if (settings.driver === 'file') {
    const { FileBackend } = await import('./file.ts');
    return new FileBackend(settings.folder ?? '');
  }
  const { RedisBackend } = await import('./redis.ts');
  return new RedisBackend({
    url: settings.redisUrl,
    prefix: settings.redisPrefix,
    msMax: limits.storageMsMax,
  });
}
