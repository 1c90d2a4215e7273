/**
 * `subscriptions/listen` of protocol revision 2026-07-28. The SDK answers it before our server hears of it, so it is read
 * in passing: the resources that it names are subscribed to at their servers as long as the client listens.
 */
import type { ResourceWatch } from './resource-watch.ts';

export interface ListenRequests {
  /** Looks at a message of the client's, of whatever kind. */
  see(message: unknown): void;
}

/** @param watch that of the connection; undefined as long as it has no server object */
export function watchListenRequests(watch: () => ResourceWatch | undefined): ListenRequests {
  const named = new Map<unknown, readonly string[]>();
  return {
    see(message) {
      const { id, method, params } = message as { id?: unknown; method?: unknown; params?: unknown };
      if (method === 'subscriptions/listen') {
        const uris = listenedUris(params);
        named.set(id, uris);
        for (const uri of uris)
          void watch()
            ?.watch(uri, AbortSignal.timeout(60_000))
            .catch(() => {});
      }
      if (method !== 'notifications/cancelled') return;
      const { requestId } = (params ?? {}) as { requestId?: unknown };
      const gone = named.get(requestId) ?? [];
      named.delete(requestId);
      const kept = new Set([...named.values()].flat());
      for (const uri of gone) if (!kept.has(uri)) watch()?.unwatch(uri);
    },
  };
}

/** The URIs that such a request names; none where it is malformed, which the SDK says. */
export function listenedUris(params: unknown): readonly string[] {
  const { notifications } = (params ?? {}) as { notifications?: { resourceSubscriptions?: unknown } };
  const uris = notifications?.resourceSubscriptions;
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}
