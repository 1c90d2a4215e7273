/** Serves many clients over Streamable HTTP: lets in who may come in, and ends without cutting work off. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, OrchestratorError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { announceChanges, type ListChange } from '../changes.ts';
import { createMcpServer, type McpServerOptions, servedFor, serverInfo } from '../mcp-server.ts';
import { answerCall } from '../requests.ts';
import { ResourceWatch } from '../resource-watch.ts';
import { seesServers, viewOf } from '../served.ts';
import { Admission } from './admission.ts';
import { answerUnreadable, HttpProblem, requestId, sendJson, sendProblem } from './answers.ts';
import { readJson } from './body.ts';
import { webRequest, writeAnswer } from './exchange.ts';
import { createGuards, preflightHeaders, quoted } from './guards.ts';
import { openDoor } from './identity.ts';
import { McpEndpoint } from './mcp-endpoint.ts';
import { checkMessages } from './message-check.ts';
import type { Metrics } from './metrics.ts';
import { checkParamHeaders } from './param-header-check.ts';
import { resourceMetadata, wellKnownPath } from './protected-resource.ts';
import type { Readiness } from './readiness.ts';

/**
 * Longer than the minute for which proxies commonly keep a connection that is not used: whoever ends it first may do so while
 * the other one sends a request on it, which is then lost.
 */
const keptAliveMs = 65_000;

export interface HttpFrontOptions extends Omit<McpServerOptions, 'access'> {
  readonly log: Log;
  /** For `/readyz`. */
  readonly readiness: () => Readiness;
  /** For `/metrics`. */
  readonly metrics: () => Promise<Metrics>;
}

export interface HttpFront {
  /** The address of `/mcp`. */
  readonly url: string;
  /** What clients have under way. */
  connections(): { requests: number; sessions: number };
  /** Tells the clients that listen without a session that what they can list has changed. */
  listChanged(what: ListChange): void;
  /** Takes no more requests, lets those under way end within `httpDrainMsMax`, then ends what is left. Idempotent. */
  close(): Promise<void>;
}

/**
 * @throws OrchestratorError config_invalid: everybody on the network could call us, or a token's file is missing;
 *   profile_unknown: a token is for a profile that there is not; listen_failed: the address is taken or not ours
 */
export async function serveOverHttp(options: HttpFrontOptions): Promise<HttpFront> {
  const { config, log } = options;
  const door = openDoor(config.http);
  if (door !== undefined) {
    throw new OrchestratorError('config_invalid', door, {
      hint: 'Listen on 127.0.0.1, or say who may call: MCP_ORCHESTRATOR_TOKEN, or orchestrator.http.tokens or .oauth (docs/http.md).',
    });
  }
  const front = new Front(options, await Admission.open(config, log));
  await front.listen();
  return front;
}

class Front implements HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #admission: Admission;
  readonly #guards: ReturnType<typeof createGuards>;
  readonly #endpoint: McpEndpoint;
  readonly #server: Server;
  #underWay = 0;
  #whenIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HttpFrontOptions, admission: Admission) {
    const { config, log } = options;
    this.#options = options;
    this.#admission = admission;
    this.#guards = createGuards(config.http);
    this.#endpoint = new McpEndpoint({
      sessions: config.http.sessions,
      limits: config.limits,
      log,
      createServer: (access) => createMcpServer({ ...options, access }),
      answerCall: (call, access) => answerCall(call, servedFor({ ...options, access })),
      serverInfo: serverInfo(options),
      announce: (server, access) => announceChanges(server, { ...options, access }),
      watchResources: (access, onUpdated) =>
        seesServers({ config, access })
          ? new ResourceWatch(() => viewOf({ ...options, access }), onUpdated)
          : undefined,
    });
    const settings = {
      // Which hosts are served is for the guards to say.
      requireHostHeader: false,
      keepAliveTimeout: keptAliveMs,
    };
    this.#server = createServer(settings, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('clientError', answerUnreadable);
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/mcp`;
  }

  connections(): { requests: number; sessions: number } {
    return { requests: this.#underWay, sessions: this.#endpoint.sessionCount };
  }

  listen(): Promise<void> {
    const { host, port } = this.#options.config.http;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          new OrchestratorError('listen_failed', `Cannot listen on ${host}:${port}: ${messageOf(error)}`, {
            hint:
              error.code === 'EADDRINUSE'
                ? 'Another program has the port: end it, or take another one with --port.'
                : 'Take another address with --host and --port.',
          }),
        );
      });
      this.#server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
    });
  }

  listChanged(what: ListChange): void {
    this.#endpoint.listChanged(what);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { log, config } = this.#options;
    this.#server.close();
    this.#server.closeIdleConnections();
    if (this.#underWay > 0) {
      log.info({ requests: this.#underWay }, 'waiting for requests under way');
      await within(config.limits.httpDrainMsMax, (idle) => {
        this.#whenIdle = idle;
      });
    }
    await this.#endpoint.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      if (error instanceof HttpProblem) return sendProblem(response, error);
      this.#options.log.error({ error: (error as Error)?.stack }, 'a request failed by a fault of our own');
      sendProblem(
        response,
        new HttpProblem(500, 'The orchestrator failed by a fault of its own.', { code: -32_603 }),
      );
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    // Those that watch over us call by address, and may know nothing else of us.
    if (path === '/healthz' || path === '/readyz') {
      checkIsRead(request);
      return path === '/healthz' ? sendJson(response, 200, { status: 'ok' }) : this.#answerReady(response);
    }
    this.#guards.checkHost(request);
    this.#guards.checkOrigin(request, response);
    if (request.method === 'OPTIONS') return void response.writeHead(204, preflightHeaders(request)).end();
    if (path === '/metrics') {
      checkIsRead(request);
      return this.#answerMetrics(request, response);
    }
    const { config } = this.#options;
    if (config.http.oauth !== undefined && path.startsWith(wellKnownPath)) {
      checkIsRead(request);
      return sendJson(response, 200, resourceMetadata(config.http, request), {
        'Access-Control-Allow-Origin': '*',
      });
    }
    const profile = profileOf(path);
    if (profile === undefined) {
      throw new HttpProblem(404, `There is nothing at ${quoted(path)}.`, { hint: 'MCP is served at /mcp.' });
    }
    await this.#answerMcp(request, response, profile || undefined);
  }

  async #answerMcp(
    request: IncomingMessage,
    response: ServerResponse,
    profile: string | undefined,
  ): Promise<void> {
    if (this.#closing) {
      throw new HttpProblem(503, 'This server is ending.', {
        hint: 'Try again: another one may have taken its place.',
        headers: { 'Retry-After': '1', Connection: 'close' },
      });
    }
    const { limits } = this.#options.config;
    const access = await this.#admission.admit(request, profile);
    if (!['POST', 'GET', 'DELETE'].includes(request.method ?? '')) {
      throw new HttpProblem(405, `${request.method} is not served here.`, {
        hint: 'Send each message by a POST.',
        headers: { Allow: 'GET, POST, DELETE' },
      });
    }
    const body = request.method === 'POST' ? await readJson(request, limits.httpBodyBytesMax) : undefined;
    try {
      if (request.method === 'POST') checkMessages(body);
      this.#admission.checkScopes(body, access, request);
      if (seesServers({ config: this.#options.config, access })) {
        await checkParamHeaders(request.headers, body, () => viewOf({ ...this.#options, access }));
      }
      if (!isListening(request, body)) this.#begin(response);
      const plain = this.#endpoint.plainAnswer(request, { access, body });
      if (plain) return await plain(response);
      const answer = await this.#endpoint.handle(webRequest(request, response), { access, body });
      await writeAnswer(answer, response);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      sendProblem(response, error, requestId(body));
    }
  }

  #begin(response: ServerResponse): void {
    this.#underWay += 1;
    response.once('close', () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#whenIdle?.();
    });
  }

  #answerReady(response: ServerResponse): void {
    const { ok, checks } = this.#options.readiness();
    const isReady = ok && !this.#closing;
    sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', ...checks });
  }

  async #answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#admission.identify(request);
    const { type, text } = await (await this.#options.metrics()).read();
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
  }
}

/** @throws HttpProblem 405 where more is asked for than to look */
function checkIsRead({ method }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw new HttpProblem(405, `${method} is not served here.`, {
    hint: 'Send a GET. MCP is served at /mcp.',
    headers: { Allow: 'GET, HEAD' },
  });
}

/** A stream that only listens for changes ends with us and is not waited for. */
function isListening({ method }: IncomingMessage, body: unknown): boolean {
  return method === 'GET' || (body as { method?: unknown } | undefined)?.method === 'subscriptions/listen';
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return URL.parse(url, 'http://localhost')?.pathname ?? '/';
}

/** Of `/mcp/p/NAME`; empty for `/mcp`, undefined for any other path. */
function profileOf(path: string): string | undefined {
  const match = /^\/mcp(?:\/p\/([^/]+))?\/?$/.exec(path);
  if (match === null) return undefined;
  try {
    return decodeURIComponent(match[1] ?? '');
  } catch {
    return undefined;
  }
}

/** Resolves when `start`'s argument is called, or after `ms`. */
function within(ms: number, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
