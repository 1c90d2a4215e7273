/**
 * Sessions of clients that speak a revision before 2026-07-28 and can be asked back: such a client answers a server's
 * question by a request of its own, which has to find its way to the call that asks. Everybody else needs none.
 */
import { randomUUID } from 'node:crypto';
import { type Server, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { Limits } from '../../limits.ts';
import type { Log } from '../../log.ts';
import { HttpProblem } from './answers.ts';
import type { RequestContext } from './request-context.ts';

export interface SessionsOptions {
  readonly limits: Limits;
  readonly log: Log;
  readonly createServer: (context: RequestContext) => Server;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: Server;
  /** Only they may use it, whoever learns of its id. */
  readonly principal: string;
  readonly profile: string | undefined;
  /** Requests and streams under way. */
  open: number;
  usedAtMs: number;
}

const sweepMs = 10_000;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * A request within a session.
   *
   * @throws HttpProblem 404 where there is no such session: the client then begins another one
   */
  async continue(id: string, request: Request, context: RequestContext): Promise<Response> {
    const session = this.#sessions.get(id);
    const { principal } = context.access.caller;
    if (session && this.#isExpired(session)) await this.#end(id, session);
    const isOurs = session?.principal === principal && session.profile === context.access.profile;
    if (!isOurs || !this.#sessions.has(id)) {
      throw new HttpProblem(404, 'Session not found.', { code: -32_001, hint: 'Initialize again.' });
    }
    return this.#handle(session, request, context);
  }

  /** The client's first request. */
  async begin(request: Request, context: RequestContext): Promise<Response> {
    await this.#makeRoom();
    const { body } = context;
    const caller = { ...context.access.caller, session: randomUUID() };
    const access = { ...context.access, caller };
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: this.#options.limits.httpBodyBytesMax,
      onsessioninitialized: (id) => void this.#sessions.set(id, session),
      onsessionclosed: (id) => void this.#sessions.delete(id),
    });
    const server = this.#options.createServer({ ...context, access });
    const session: Session = {
      transport,
      server,
      principal: access.caller.principal,
      profile: access.profile,
      open: 0,
      usedAtMs: performance.now(),
    };
    await server.connect(transport);
    const response = await this.#handle(session, request, { ...context, body });
    // An initialize that was refused leaves nothing behind.
    if (transport.sessionId === undefined) await server.close();
    return response;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.allSettled(sessions.map(({ server }) => server.close()));
  }

  async #handle(session: Session, request: Request, { body, access }: RequestContext): Promise<Response> {
    const release = this.#hold(session);
    const abandon = () => {
      // The stream that the answer would go to is lost, and there is no other way to it.
      for (const requestId of requestIds(body)) {
        session.transport.onmessage?.({
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId, reason: 'The client has gone.' },
        });
      }
      release();
    };
    request.signal.addEventListener('abort', abandon, { once: true });
    const response = await session.transport.handleRequest(request, {
      ...(body !== undefined && { parsedBody: body }),
      authInfo: { token: '', clientId: access.caller.principal, scopes: [access.scope] },
    });
    if (!response.body) release();
    else return new Response(response.body.pipeThrough(whenDone(release)), response);
    return response;
  }

  #hold(session: Session): () => void {
    session.open += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      session.open -= 1;
      session.usedAtMs = performance.now();
    };
  }

  async #makeRoom(): Promise<void> {
    if (this.#sessions.size < this.#options.limits.httpSessionsMax) return;
    const idle = [...this.#sessions].filter(([, { open }]) => open === 0);
    const [oldest] = idle.sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    if (!oldest) {
      throw new HttpProblem(
        503,
        `${this.#sessions.size} sessions are in use; no more are begun (httpSessionsMax).`,
        { hint: 'Try again.', headers: { 'Retry-After': '5' } },
      );
    }
    await this.#end(...oldest);
  }

  #sweep(): void {
    for (const [id, session] of this.#sessions) {
      if (this.#isExpired(session)) void this.#end(id, session);
    }
  }

  #isExpired({ open, usedAtMs }: Session): boolean {
    return open === 0 && performance.now() - usedAtMs > this.#options.limits.httpSessionIdleMs;
  }

  async #end(id: string, { server }: Session): Promise<void> {
    this.#sessions.delete(id);
    await server.close().catch((error: Error) => {
      this.#options.log.warn({ error: error.message }, 'a session did not end cleanly');
    });
  }
}

function requestIds(body: unknown): (string | number)[] {
  const messages = Array.isArray(body) ? body : [body];
  return messages.flatMap((message) =>
    message?.method !== undefined && message.id !== undefined ? [message.id] : [],
  );
}

/** Also where the reader stops before the end. */
function whenDone(done: () => void): TransformStream<Uint8Array, Uint8Array> {
  // The types do not know `cancel` yet.
  const transformer = { flush: done, cancel: done };
  return new TransformStream(transformer);
}
