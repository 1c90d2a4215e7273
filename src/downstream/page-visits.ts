/**
 * Pages that servers of the older era sent people to (elicitation by URL): whoever was sent there is told when the server
 * says that it is done, be it long after the call.
 */
import type { CallerClient, JsonObject } from './caller.ts';

/** Of one connection; people who never come back are forgotten, the first one first. */
const visitsMax = 1_000;
const urlElicitationRequired = -32_042;

export class PageVisits {
  readonly #visitors = new Map<string, CallerClient>();

  /** @param params of a question that is put to the client */
  begin(client: CallerClient, { mode, elicitationId }: JsonObject): void {
    if (mode !== 'url' || typeof elicitationId !== 'string' || !client.pageDone) return;
    const [first] = this.#visitors.keys();
    if (this.#visitors.size >= visitsMax && first !== undefined) this.#visitors.delete(first);
    this.#visitors.set(elicitationId, client);
  }

  /** A call that failed because a page has to be visited first names it in its error. */
  beginFor(client: CallerClient | undefined, thrown: unknown): void {
    if (!client || !(thrown instanceof Error) || !('code' in thrown) || !('data' in thrown)) return;
    const { elicitations } = (thrown.data ?? {}) as { elicitations?: unknown };
    if (thrown.code !== urlElicitationRequired || !Array.isArray(elicitations)) return;
    for (const one of elicitations) if (typeof one === 'object' && one !== null) this.begin(client, one);
  }

  /** @param id a stranger's: that of a page of another server is not known here */
  done(id: string): void {
    const client = this.#visitors.get(id);
    this.#visitors.delete(id);
    client?.pageDone?.({ elicitationId: id });
  }
}
