/** The protocol at `/mcp`: plain calls as they are, a server of our own for any other request or for a session. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createMcpHandler,
  isLegacyRequest,
  type McpHttpHandler,
  type McpRequestContext,
  PerRequestHTTPServerTransport,
  type Server,
} from '@modelcontextprotocol/server';
import type { HttpConfig } from '../../config/http-types.ts';
import type { JsonObject } from '../../downstream/caller.ts';
import type { Limits } from '../../limits.ts';
import type { Log } from '../../log.ts';
import { type Access, localAccess } from '../access.ts';
import type { ListChange } from '../changes.ts';
import { listenedUris } from '../listen-requests.ts';
import { isAnswered } from '../requests.ts';
import type { ResourceWatch } from '../resource-watch.ts';
import type { IncomingCall } from '../served.ts';
import { HttpProblem } from './answers.ts';
import { quoted } from './guards.ts';
import { modernVersion, plainCall } from './plain-call.ts';
import { servePlainCall } from './plain-exchange.ts';
import type { RequestContext } from './request-context.ts';
import { Sessions } from './sessions.ts';

export interface McpEndpointOptions {
  readonly sessions: HttpConfig['sessions'];
  readonly limits: Limits;
  readonly log: Log;
  readonly createServer: (access: Access) => Server;
  /** Answers a call without a server of its own. @throws ProtocolError */
  readonly answerCall: (call: IncomingCall, access: Access) => Promise<JsonObject>;
  readonly serverInfo: JsonObject;
  /** Has the client of a session told of changes. */
  readonly announce: (server: Server, access: Access) => void;
  /** What hears of changes of resources; undefined where none are served. */
  readonly watchResources: (access: Access, onUpdated: (uri: string) => void) => ResourceWatch | undefined;
}

export class McpEndpoint {
  readonly #options: McpEndpointOptions;
  readonly #handler: McpHttpHandler;
  readonly #sessions: Sessions;
  /** Stand for the servers of plain calls: by era, how a result is told of. */
  readonly #older: Server;
  readonly #modern: Server;

  constructor(options: McpEndpointOptions) {
    const { limits, log, createServer } = options;
    this.#options = options;
    const serverFor = ({ authInfo }: McpRequestContext) => {
      const { access, method } = (authInfo?.extra ?? {}) as { access: Access; method?: unknown };
      const server = createServer(access);
      // The SDK answers what nobody handles with the right status.
      if (typeof method === 'string' && !isAnswered(method)) delete server.fallbackRequestHandler;
      return server;
    };
    this.#handler = createMcpHandler(serverFor, {
      maxRequestBodySize: limits.httpBodyBytesMax,
      onerror: (error) => log.debug({ error: error.message }, 'protocol'),
    });
    this.#older = createServer(localAccess);
    this.#modern = createServer(localAccess);
    const classification = { era: 'modern', revision: modernVersion } as const;
    // A server is of an era by its transport. It is so at once, and nothing ever comes over this one.
    void this.#modern.connect(new PerRequestHTTPServerTransport({ classification }));
    this.#sessions = new Sessions({
      limits,
      log,
      createServer: ({ access }) => {
        const server = createServer(access);
        options.announce(server, access);
        return server;
      },
    });
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** @returns what writes the answer to a plain call; undefined for whatever is for `handle` */
  plainAnswer(
    request: IncomingMessage,
    { access, body }: RequestContext,
  ): ((response: ServerResponse) => Promise<void>) | undefined {
    const call = plainCall(request.headers, body);
    if (!call) return undefined;
    const { answerCall, serverInfo } = this.#options;
    const server = call.envelope ? this.#modern : this.#older;
    return (response) =>
      servePlainCall(call, response, {
        serverInfo,
        answer: ({ params }, context) =>
          answerCall({ method: 'tools/call', params, context, server }, access),
      });
  }

  /** @throws HttpProblem where there is no such session, or no room for one, or nothing that could be answered */
  async handle(request: Request, context: RequestContext): Promise<Response> {
    const { access, body } = context;
    const session = request.headers.get('mcp-session-id');
    // Those of the newer era have none: what they send as one says nothing.
    const hasSession = session !== null && request.headers.get('mcp-protocol-version') !== modernVersion;
    if (hasSession && this.#options.sessions !== 'never') {
      return inOurWords(await this.#sessions.continue(session, request, context), request);
    }
    if (this.#wantsSession(body) && (await isLegacyRequest(request, body))) {
      return inOurWords(await this.#sessions.begin(request, context), request);
    }
    this.#watchListened(body, request.signal, access);
    const answer = await this.#handler.fetch(request, {
      ...(body !== undefined && { parsedBody: body }),
      // Who is served; the token itself goes no further.
      authInfo: {
        token: '',
        clientId: access.caller.principal,
        scopes: [access.scope],
        extra: { access, method: (body as { method?: unknown } | undefined)?.method },
      },
    });
    return inOurWords(answer, request);
  }

  /** For streams that listen without a session; one too many does no harm. */
  listChanged(what: ListChange): void {
    const { notify } = this.#handler;
    const tell = {
      tools: notify.toolsChanged,
      prompts: notify.promptsChanged,
      resources: notify.resourcesChanged,
    };
    tell[what]();
  }

  /** Resources that a stream listens to are subscribed to at their servers as long as it is open. */
  #watchListened(body: unknown, signal: AbortSignal, access: Access): void {
    const { method, params } = (body ?? {}) as { method?: unknown; params?: unknown };
    const uris = method === 'subscriptions/listen' ? listenedUris(params) : [];
    if (uris.length === 0) return;
    const { bus } = this.#handler;
    const watch = this.#options.watchResources(access, (uri) =>
      bus.publish({ kind: 'resource_updated', uri }),
    );
    signal.addEventListener('abort', () => watch?.close(), { once: true });
    for (const uri of uris) void watch?.watch(uri, signal).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#handler.close()]);
  }

  #wantsSession(body: unknown): boolean {
    const { sessions } = this.#options;
    const { method, params } = (body ?? {}) as {
      method?: unknown;
      params?: { capabilities?: Record<string, unknown> };
    };
    if (method !== 'initialize' || sessions === 'never') return false;
    const { elicitation, sampling } = params?.capabilities ?? {};
    return sessions === 'always' || elicitation !== undefined || sampling !== undefined;
  }
}

/** @throws HttpProblem that says what to send, in place of an answer of the SDK that only says what it does not take */
function inOurWords(answer: Response, { method, headers }: Request): Response {
  if (answer.status !== 405 && answer.status !== 406) return answer;
  // A session waits for the end of its answers.
  void answer.body?.cancel().catch(() => {});
  if (answer.status === 405) {
    throw new HttpProblem(405, `${method} is for sessions, and the request is in none.`, {
      hint: 'Send each message by a POST.',
      headers: { Allow: 'POST' },
    });
  }
  const wanted = method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream';
  const accept = quoted(headers.get('accept') ?? undefined);
  throw new HttpProblem(
    406,
    `"Accept" has to name every kind of answer that there may be, but is ${accept}.`,
    {
      hint: `Send the header Accept: ${wanted}.`,
    },
  );
}
