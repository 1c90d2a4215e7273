/** What an orchestrator starts from: the storage, the servers there are, and what is known of them from earlier. */
import { type CachedServer, IntrospectionCache } from '../catalog/cache.ts';
import { lockFileOf } from '../catalog/lock-file.ts';
import { ObservedResults } from '../catalog/observed.ts';
import { ObservedCache } from '../catalog/observed-cache.ts';
import { Pins } from '../catalog/pins.ts';
import type { Config } from '../config/types.ts';
import type { Log } from '../log.ts';
import { openStorage } from '../storage/open.ts';
import type { Storage } from '../storage/storage.ts';
import { ServerRegistry } from './registry.ts';

/** What earlier processes left, and what others share. */
export interface Kept {
  readonly storage: Storage;
  readonly servers: ServerRegistry;
  readonly cache: IntrospectionCache;
  readonly cached: ReadonlyMap<string, CachedServer>;
  readonly observed: ObservedResults;
  /** Of the configuration file, beside it. */
  readonly pins: Pins;
}

/** Never rejects because of what cannot be read. */
export async function openKept({ config, log }: { config: Config; log: Log }): Promise<Kept> {
  const { limits, cacheDirectory } = config;
  const storage = await openStorage(config.storage, { limits, log });
  const registry = await ServerRegistry.open({ config, storage, log });
  const { servers } = registry.config;
  const cache = new IntrospectionCache(cacheDirectory, log, {
    storage,
    ageMsMax: limits.toolCacheMsMax,
  });
  const [pins, cached, observed] = await Promise.all([
    Pins.open({ file: lockFileOf(config), mode: config.pins, log }),
    cache.readAll(servers),
    ObservedResults.open({ servers, cache: new ObservedCache(cacheDirectory, log, storage), limits }),
  ]);
  return { storage, servers: registry, cache, cached, observed, pins };
}
