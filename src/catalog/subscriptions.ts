/** Resources whose changes somebody wants to hear of: asked for once at each server, and again after it came back. */
import type { Connection } from '../downstream/connection.ts';

interface Held {
  holders: number;
  /** Ends it at the server; undefined while there is no connection. */
  end: (() => void) | undefined;
}

export class Subscriptions {
  readonly #held = new WeakMap<Connection, Map<string, Held>>();

  /** @returns what lets go of it, once. @throws OrchestratorError where the server cannot be asked */
  async hold(connection: Connection, uri: string): Promise<() => void> {
    const uris = this.#of(connection);
    const held: Held = uris.get(uri) ?? { holders: 0, end: undefined };
    uris.set(uri, held);
    held.holders += 1;
    let isHeld = true;
    const letGo = () => {
      if (!isHeld) return;
      isHeld = false;
      held.holders -= 1;
      if (held.holders > 0) return;
      if (uris.get(uri) === held) uris.delete(uri);
      held.end?.();
    };
    try {
      if (!held.end) held.end = await connection.subscribe(uri);
    } catch (error) {
      letGo();
      throw error;
    }
    // Everybody may have let go meanwhile.
    if (held.holders === 0) held.end();
    return letGo;
  }

  #of(connection: Connection): Map<string, Held> {
    const known = this.#held.get(connection);
    if (known) return known;
    const uris = new Map<string, Held>();
    this.#held.set(connection, uris);
    let wasLost = false;
    connection.onStateChanged(() => {
      const { state } = connection.state();
      if (state === 'failed') wasLost = true;
      if (state !== 'connected' || !wasLost) return;
      wasLost = false;
      for (const [uri, held] of uris) {
        connection.subscribe(uri).then(
          (end) => {
            held.end = end;
            if (held.holders === 0) end();
          },
          () => {},
        );
      }
    });
    return uris;
  }
}
