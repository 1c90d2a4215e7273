/** Connects to one server: which protocol era it speaks, and over which transport. */
import type { Client, Transport } from '@modelcontextprotocol/client';
import type { HttpServerConfig, ServerConfig, StdioServerConfig } from '../config/types.ts';
import type { Limits } from '../limits.ts';
import { AuthError } from './auth/auth-error.ts';
import { withCredentials } from './auth/auth-fetch.ts';
import { credentialsFor, secretsOf } from './auth/credentials.ts';
import { withForwardedHeaders } from './auth/forwarded-headers.ts';
import { tellingBusy } from './busy.ts';
import type { Caller } from './caller.ts';
import { ClientTransport } from './client-transport.ts';
import { connectProblem, httpStatusOf, type Problem, silenceProblem } from './connect-problem.ts';
import { takeAhead } from './head-start.ts';
import { createFetch, type Fetch } from './http-fetch.ts';
import { JsonCalls } from './json-calls.ts';
import type { Redact } from './problem.ts';
import { StdioTransport } from './stdio-transport.ts';

/** What is remembered of a server, so that the next connection asks less. Plain JSON. */
export interface PriorEra {
  /** `legacy`: `initialize`, up to 2025-11-25. `modern`: `server/discover`, from 2026-07-28 on. */
  readonly era: 'legacy' | 'modern';
  /** Present where an `http` server turned out to know only HTTP+SSE. */
  readonly transport?: 'sse';
  /** Milliseconds since 1970. A verdict older than `eraHorizonMs` is not used: servers get upgraded. */
  readonly seenAtMs: number;
}

export const eraHorizonMs = 24 * 3_600_000;

export const clientInfo = { name: 'mcp-tools-orchestrator', version: '0.1.0' };

export interface HandshakeOptions {
  readonly limits: Limits;
  readonly defaultEnvironment: Readonly<Record<string, string>>;
  readonly prior: PriorEra | undefined;
  readonly redact: Redact;
  /** On whose behalf the connection is made, where it is for nobody else. */
  readonly owner?: Caller | undefined;
  /** Ends the attempt: the time is up, or nobody wants it any more. */
  readonly signal: AbortSignal;
}

export interface Handshake {
  readonly client: Client;
  readonly transport: Transport | StdioTransport;
  readonly era: PriorEra;
  /** How calls are sent where there is a shorter way than the transport's. */
  readonly sendCall?: Transport['send'];
}

/** No connection came about. */
export class ConnectError extends Error {
  readonly hint: string;
  readonly stderr: readonly string[];

  constructor(problem: Problem, stderr: readonly string[], cause: unknown) {
    super(problem.message, { cause });
    this.hint = problem.hint;
    this.stderr = stderr;
  }
}

type Sdk = typeof import('@modelcontextprotocol/client');
type Attempt = 'auto' | 'legacy' | 'sse';

/**
 * Old or new era, Streamable HTTP or SSE: whichever the server speaks.
 * @throws ConnectError with the problem in words; then nothing of the attempt is left
 */
export async function shakeHands(config: ServerConfig, options: HandshakeOptions): Promise<Handshake> {
  return config.transport === 'stdio' ? openStdio(config, options) : openHttp(await sdk(), config, options);
}

/** Loaded on the first connection: it takes 0.1 s, and a start from the cache needs none. */
function sdk(): Promise<Sdk> {
  return import('@modelcontextprotocol/client');
}

/**
 * The old era first: every local server but the newest knows it, and there a call costs server and client less
 * (docs/decisions/stdio-negotiation.md). What refuses one era is started once more for the other.
 */
async function openStdio(config: StdioServerConfig, options: HandshakeOptions): Promise<Handshake> {
  // The first process starts while the SDK is loaded.
  let begun: StdioTransport | undefined = takeAhead(config) ?? new StdioTransport(config, options);
  if (!options.signal.aborted) begun.begin();
  const loaded = await sdk();
  const attempts: Attempt[] = isKnown('modern', options.prior) ? ['auto', 'legacy'] : ['legacy', 'auto'];
  const isRefusal = (cause: unknown) => wasAnswered(cause) || wasClosedByProbe(cause);
  return inTurn(attempts, { signal: options.signal, isRefusal }, (attempt) => {
    const transport = begun ?? new StdioTransport(config, options);
    begun = undefined;
    return attemptOne(loaded, transport, { attempt, config, options });
  });
}

function openHttp(sdk: Sdk, config: HttpServerConfig, options: HandshakeOptions): Promise<Handshake> {
  if (config.transport === 'client') {
    const fetch = createFetch(options.limits.messageBytesMax);
    const transport = new ClientTransport(config.name, config.url, fetch);
    return attemptOne(sdk, transport, { attempt: 'legacy', config, options });
  }
  const isRefusal = (cause: unknown) =>
    [400, 404, 405].includes(httpStatusOf(cause) ?? 0) || wasAnswered(cause);
  return inTurn(httpAttempts(config, options.prior), { signal: options.signal, isRefusal }, (attempt) => {
    const requestInit = { headers: { ...config.headers } };
    const { fetch, failure } = serverFetch(config, options);
    const shared = { attempt, config, options, authFailure: failure };
    const url = new URL(config.url);
    if (attempt === 'sse')
      return attemptOne(sdk, new sdk.SSEClientTransport(url, { requestInit, fetch }), shared);
    const calls = new JsonCalls(url.href, config.headers, fetch);
    const transport = new sdk.StreamableHTTPClientTransport(url, { requestInit, fetch: calls.fetch });
    const sendCall = calls.sendBy(transport);
    return attemptOne(sdk, transport as Transport, shared).then((made) => ({ ...made, sendCall }));
  });
}

/** @returns also why the server does not know us, if so: of what SSE throws, only a text is left */
function serverFetch(
  config: HttpServerConfig,
  { limits, owner }: HandshakeOptions,
): { fetch: Fetch; failure: () => AuthError | undefined } {
  const { forwardHeaders } = config;
  const bounded = createFetch(limits.messageBytesMax);
  const plain = forwardHeaders
    ? withForwardedHeaders(bounded, forwardHeaders, { owner, secrets: secretsOf(config, limits) })
    : bounded;
  const credentials = credentialsFor(config, limits);
  let failure: AuthError | undefined;
  if (!credentials) return { fetch: tellingBusy(plain), failure: () => undefined };
  const authorised = withCredentials(plain, credentials, owner);
  const fetch: Fetch = (url, init) =>
    authorised(url, init).catch((error: unknown) => {
      if (error instanceof AuthError) failure = error;
      throw error;
    });
  return { fetch: tellingBusy(fetch), failure: () => failure };
}

/**
 * The next attempt is made only where the server refused the one before.
 * @throws ConnectError of the last one; SSE, which is tried because nothing else worked, explains nothing
 */
async function inTurn(
  attempts: readonly Attempt[],
  { signal, isRefusal }: { signal: AbortSignal; isRefusal(cause: unknown): boolean },
  open: (attempt: Attempt) => Promise<Handshake>,
): Promise<Handshake> {
  let told: ConnectError | undefined;
  for (const attempt of attempts) {
    try {
      return await open(attempt);
    } catch (failure) {
      if (!(failure instanceof ConnectError)) throw failure;
      if (attempt !== 'sse' || !told) told = failure;
      if (signal.aborted || !isRefusal(failure.cause)) break;
    }
  }
  throw told ?? new Error('no attempt was made');
}

function httpAttempts(config: HttpServerConfig, prior: PriorEra | undefined): Attempt[] {
  if (config.transport === 'sse') return ['sse'];
  if (isKnown('legacy', prior))
    return prior?.transport === 'sse' ? ['sse', 'auto'] : ['legacy', 'auto', 'sse'];
  return ['auto', 'sse'];
}

interface AttemptOptions {
  readonly attempt: Attempt;
  readonly config: ServerConfig;
  readonly options: HandshakeOptions;
  readonly authFailure?: () => AuthError | undefined;
}

async function attemptOne(
  sdk: Sdk,
  transport: Transport | StdioTransport,
  { attempt, config, options, authFailure }: AttemptOptions,
): Promise<Handshake> {
  const client = new sdk.Client(clientInfo, {
    versionNegotiation: { mode: 'auto', probe: { timeoutMs: config.connectMsMax } },
    // Results are validated nowhere in this room, so no validator has to be built.
    jsonSchemaValidator: {
      getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
    },
    inputRequired: { autoFulfill: false },
    // One connection for many callers: what the one that is asked cannot do is refused then.
    capabilities: { elicitation: { form: {}, url: {} }, sampling: {} },
  });
  const stdio = transport instanceof StdioTransport ? transport : undefined;
  try {
    await withSignal(options.signal, () =>
      client.connect(transport as Transport, {
        timeout: config.connectMsMax,
        ...(attempt === 'auto' ? {} : { prior: { kind: 'legacy' } }),
      }),
    );
  } catch (error) {
    await transport.close().catch(() => {});
    const thrown = authFailure?.() ?? error;
    const problem = options.signal.aborted
      ? silenceProblem(config, options.redact, stdio)
      : connectProblem(thrown, config, options.redact, stdio);
    throw new ConnectError(problem, stdio?.lastStderr() ?? [], thrown);
  }
  const isSse = attempt === 'sse' && config.transport === 'http';
  const era = client.getProtocolEra() === 'modern' ? 'modern' : 'legacy';
  return { client, transport, era: { era, ...(isSse ? { transport: 'sse' } : {}), seenAtMs: Date.now() } };
}

/** The work's outcome, or the signal's reason as soon as it fires: an SSE stream that never opens never rejects. */
async function withSignal<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  const working = work();
  working.catch(() => {});
  try {
    return await Promise.race([working, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function isKnown(era: PriorEra['era'], prior: PriorEra | undefined): boolean {
  return prior?.era === era && Date.now() - prior.seenAtMs < eraHorizonMs;
}

/** The server exited on the unknown `server/discover`. */
function wasClosedByProbe(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERA_NEGOTIATION_FAILED';
}

/** True for JSON-RPC errors (a numeric code of the server's own), and for an `initialize` answered with a new version. */
function wasAnswered(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const hasOwnCode = 'code' in cause && typeof cause.code === 'number' && !('event' in cause);
  return hasOwnCode || cause.message.startsWith("Server's protocol version is not supported");
}
