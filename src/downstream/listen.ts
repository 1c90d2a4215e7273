/** Keeps a `subscriptions/listen` stream open (protocol revision 2026-07-28), so that changes are heard of. */
import type { Client, SubscriptionFilter } from '@modelcontextprotocol/client';
import { messageOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { cleanText } from './problem.ts';

export interface SubscriptionOptions {
  readonly server: string;
  readonly limits: Limits;
  readonly log: Log;
  /** After a stream broke and another one was opened. */
  readonly onReopened: () => void;
}

const pauseMsMin = 1_000;
/** A stream that lived this long was sound: the next attempt is made soon again. */
const soundMs = 60_000;

/** Those changes of lists that the server says it tells of. */
export function changesTold(client: Client): SubscriptionFilter {
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {};
  return {
    ...(tools?.listChanged && { toolsListChanged: true }),
    ...(prompts?.listChanged && { promptsListChanged: true }),
    ...(resources?.listChanged && { resourcesListChanged: true }),
  };
}

/** Opens the stream in the background and again after each drop, with growing pauses, until closed. */
export function keepSubscription(
  client: Client,
  filter: SubscriptionFilter,
  options: SubscriptionOptions,
): { close(): void } {
  let isClosed = false;
  let wake = () => {};
  let close = () => {};
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const keep = async () => {
    let pauseMs = pauseMsMin;
    for (let isFirst = true; !isClosed; isFirst = false) {
      const openedAt = performance.now();
      try {
        const subscription = await client.listen(filter, { timeout: options.limits.connectMsMax });
        if (isClosed) return void subscription.close();
        close = () => void subscription.close();
        if (!isFirst) options.onReopened();
        await subscription.closed;
      } catch (error) {
        options.log.debug(
          { server: options.server, text: cleanText(messageOf(error)) },
          'no stream of changes',
        );
        const wasRefused = error instanceof Error && 'code' in error && typeof error.code === 'number';
        if (wasRefused) return;
      }
      if (performance.now() - openedAt > soundMs) pauseMs = pauseMsMin;
      if (!isClosed) await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, options.limits.reconnectMsMax);
    }
  };
  void keep();

  return {
    close() {
      isClosed = true;
      close();
      wake();
    },
  };
}
