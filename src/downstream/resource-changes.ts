/** Changes of single resources of one session: asked for in the way of its era, and counted. */
import type { Client } from '@modelcontextprotocol/client';
import type { CallTimes } from './call-timer.ts';
import type { PriorEra } from './handshake.ts';
import { keepSubscription, type SubscriptionOptions } from './listen.ts';

export interface ResourceChangesOptions {
  readonly client: Client;
  readonly era: PriorEra['era'];
  readonly listening: SubscriptionOptions & { readonly times: CallTimes };
  /** Sends a request of the older era. */
  ask(method: string, uri: string): Promise<unknown>;
}

export class ResourceChanges {
  readonly #options: ResourceChangesOptions;
  #listeners = 0;

  constructor(options: ResourceChangesOptions) {
    this.#options = options;
  }

  /** True while somebody wants to hear of any. */
  get areListenedTo(): boolean {
    return this.#listeners > 0;
  }

  /** Has the server tell of one, until what it gives is called. Never rejects. */
  async begin(uri: string): Promise<() => void> {
    this.#listeners += 1;
    const stop = await this.#begin(uri);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#listeners -= 1;
      stop();
    };
  }

  async #begin(uri: string): Promise<() => void> {
    const { client, era, listening, ask } = this.#options;
    if (era === 'modern') {
      const stream = keepSubscription(client, { resourceSubscriptions: [uri] }, listening);
      return () => stream.close();
    }
    const tell = (method: string) =>
      ask(method, uri).then(
        () => {},
        () => {},
      );
    await tell('resources/subscribe');
    return () => void tell('resources/unsubscribe');
  }
}
