/** One connected client: requests with their timeouts, notifications, and how it ended. */
import type { Client, Transport } from '@modelcontextprotocol/client';
import type { ServerConfig } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { CallUnderWay } from './call-clock.ts';
import { CallTimer, type CallTimes } from './call-timer.ts';
import type { Caller } from './caller.ts';
import { DirectCalls, envelopeOf } from './direct-calls.ts';

import { type Handshake, type PriorEra, shakeHands } from './handshake.ts';
import { changesTold, keepSubscription } from './listen.ts';
import { cleanText, type Redact } from './problem.ts';
import { boundedProgress, type Progress, type UntrustedProgress } from './progress.ts';
import { aboutClient, Questions } from './questions.ts';
import { keepRawResults, rawResultSchema } from './raw-results.ts';
import { ResourceChanges } from './resource-changes.ts';
import { StdioTransport } from './stdio-transport.ts';
import { onStreamOf } from './stream-context.ts';

export type JsonObject = { [key: string]: unknown };

export type { Progress } from './progress.ts';

/** The longest that a timer takes. */
const timeoutMsNone = 2 ** 31 - 1;

export interface SessionOptions {
  readonly limits: Limits;
  readonly log: Log;
  readonly defaultEnvironment: Readonly<Record<string, string>>;
  readonly prior: PriorEra | undefined;
  readonly redact: Redact;
  readonly owner?: Caller | undefined;
  readonly signal: AbortSignal;
  readonly onToolsChanged: () => void;
  readonly onListChanged: (kind: 'prompts' | 'resources') => void;
  readonly onResourceUpdated: (uri: string) => void;
  /** Once, when the connection is gone, whoever ended it. */
  readonly onEnded: () => void;
}

export interface RequestOptions extends CallTimes {
  /** Where the server may ask back for it. */
  readonly call?: CallUnderWay | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Connects. @throws ConnectError */
export async function openSession(config: ServerConfig, options: SessionOptions): Promise<Session> {
  const handshake = await shakeHands(config, options);
  return new Session(config, handshake, options);
}

export class Session {
  readonly era: PriorEra;
  /** True where a request may carry headers of its own and its arguments may have to be repeated there. */
  readonly wantsParamHeaders: boolean;
  readonly questions: Questions;
  readonly #client: Client;
  readonly #transport: Transport | StdioTransport;
  readonly #limits: Limits;
  readonly #subscription: { close(): void } | undefined;
  readonly #resourceChanges: ResourceChanges;
  readonly #directCalls: DirectCalls;
  #isEnded = false;
  #underWay = 0;
  #onDrained = () => {};

  constructor(config: ServerConfig, handshake: Handshake, options: SessionOptions) {
    const { client, transport, era, sendCall } = handshake;
    this.era = era;
    this.wantsParamHeaders = era.era === 'modern' && !(transport instanceof StdioTransport);
    this.#client = client;
    this.#transport = transport;
    this.#limits = options.limits;
    this.questions = new Questions(config.name);
    const log = (what: string, text: string) =>
      options.log.debug({ server: config.name, text: cleanText(options.redact(text)) }, what);

    client.onclose = () => {
      this.#isEnded = true;
      this.#directCalls.close();
      this.#subscription?.close();
      options.onEnded();
    };
    client.onerror = (error) => {
      log('a server connection reported an error', messageOf(error));
      const stray = strayEvent(error);
      if (stray !== undefined) this.#directCalls.noteStray(stray);
      // An SSE connection has one stream for all answers: without it nobody would ever hear of them.
      if ('event' in error) void this.close();
    };
    client.setNotificationHandler('notifications/tools/list_changed', () => options.onToolsChanged());
    for (const kind of ['prompts', 'resources'] as const)
      client.setNotificationHandler(`notifications/${kind}/list_changed`, () => options.onListChanged(kind));
    client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
      options.onResourceUpdated(params.uri),
    );
    client.setNotificationHandler('notifications/elicitation/complete', ({ params }) =>
      this.questions.pages.done(params.elicitationId),
    );
    client.fallbackRequestHandler = ({ method, params = {} }, { mcpReq }) =>
      this.questions.answer(method, params, mcpReq.signal);
    const onStray = () => {
      log('a response that nobody waits for was dropped', '');
      this.#directCalls.noteStray('a response to another request');
    };
    const send = sendCall ?? (transport.send as Transport['send']).bind(transport);
    keepRawResults(transport as Transport, { onStray });
    this.#directCalls = new DirectCalls(transport, {
      ...{ send, onStray },
      onLog: ({ level, data, logger }) => {
        this.questions.log({ level, data, logger });
        log(
          `a server logged at level ${level}`,
          typeof data === 'string' ? data : String(JSON.stringify(data)),
        );
      },
      onSettled: ({ call }: RequestOptions) => this.#settled(call),
      onError: ({ call }: RequestOptions, error) => this.questions.pages.beginFor(call?.caller.client, error),
      envelope: era.era === 'modern' ? envelopeOf(client) : undefined,
      resultBytesMax: options.limits.toolResultBytesMax,
    });
    const listening = {
      server: config.name,
      limits: options.limits,
      log: options.log,
      times: { timeoutMs: config.connectMsMax, totalMsMax: options.limits.callMsMax },
      // Changes while no stream was open went unheard.
      onReopened: () => {
        options.onToolsChanged();
        for (const kind of ['prompts', 'resources'] as const) options.onListChanged(kind);
      },
    };
    this.#resourceChanges = new ResourceChanges({
      ...{ client, era: era.era, listening },
      ask: (method, uri) => this.request(method, { uri }, listening.times),
    });
    const filter = changesTold(client);
    if (era.era === 'modern' && Object.keys(filter).length > 0) {
      this.#subscription = keepSubscription(client, filter, listening);
    }
    // It may have ended between the handshake and here, before anybody listened.
    if (client.transport === undefined) client.onclose();
  }

  /** How a stdio server ended by itself (`exit code 1`), if it did. */
  get ended(): string | undefined {
    return this.#transport instanceof StdioTransport ? this.#transport.ended : undefined;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** True where the server gave this connection a session id, which it may forget. */
  get hasSessionId(): boolean {
    return 'sessionId' in this.#transport && this.#transport.sessionId !== undefined;
  }

  get stdio(): StdioTransport | undefined {
    return this.#transport instanceof StdioTransport ? this.#transport : undefined;
  }

  about(): {
    instructions?: string;
    serverInfo?: { name: string; version: string };
    protocolVersion?: string;
  } {
    const instructions = this.#client.getInstructions();
    const version = this.#client.getServerVersion();
    const protocolVersion = this.#client.getNegotiatedProtocolVersion();
    return {
      ...(typeof instructions === 'string' ? { instructions } : {}),
      ...(version ? { serverInfo: { name: String(version.name), version: String(version.version) } } : {}),
      ...(protocolVersion === undefined ? {} : { protocolVersion }),
    };
  }

  /** What the server says that it has. Some have more. */
  get capabilities(): JsonObject {
    return this.#client.getServerCapabilities() ?? {};
  }

  declares(capability: string): boolean {
    return this.capabilities[capability] !== undefined;
  }

  /** True while somebody wants to hear of changes of a resource. */
  get isListenedTo(): boolean {
    return this.#resourceChanges.areListenedTo;
  }

  /**
   * Has the server tell of changes of one resource, until what it gives is called. Never rejects: what comes of it is
   * heard by `onResourceUpdated`.
   */
  subscribe(uri: string): Promise<() => void> {
    return this.#resourceChanges.begin(uri);
  }

  /** Whether it is still there. @throws whatever `request` throws */
  async ping(timeoutMs: number): Promise<void> {
    // From 2026-07-28 on there is no `ping`.
    const method = this.era.era === 'modern' ? 'server/discover' : 'ping';
    await this.#request(method, {}, { timeoutMs, totalMsMax: timeoutMs });
  }

  /**
   * Sends one request and gives the server's own result, every field kept. A progress token goes with each: without
   * one a server stays silent, and a long call could not be told from a dead one.
   * @throws whatever the SDK throws; `callFailure` tells it apart
   */
  async request(method: string, params: JsonObject, options: RequestOptions): Promise<JsonObject> {
    const { call } = options;
    const send = () => this.#request(method, params, options);
    this.#begins(call);
    try {
      return await (call && !this.stdio ? onStreamOf(call, send) : send());
    } catch (thrown) {
      this.questions.pages.beginFor(call?.caller.client, thrown);
      throw thrown;
    } finally {
      this.#settled(call);
    }
  }

  /** `request` for `tools/call`, which is what all the others are for: with as little around it as can be. */
  callTool(params: JsonObject, options: RequestOptions): Promise<JsonObject> {
    const { signal, call } = options;
    if (signal?.aborted) return Promise.reject(new Error('the caller cancelled it'));
    this.#begins(call);
    const send = () => this.#directCalls.call(this.#saying(params, call), options);
    return call && !this.stdio ? onStreamOf(call, send) : send();
  }

  #begins(call: CallUnderWay | undefined): void {
    if (call) this.questions.begin(call);
    this.#underWay += 1;
  }

  #settled(call: CallUnderWay | undefined): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onDrained();
    if (call) this.questions.end(call);
  }

  async #request(method: string, params: JsonObject, options: RequestOptions): Promise<JsonObject> {
    const { signal, onProgress, call } = options;
    const abort = new AbortController();
    const onAbort = () => abort.abort('the caller cancelled it');
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = new CallTimer(options, call?.clock, (reason) => abort.abort(reason));
    const onprogress = (progress: UntrustedProgress) => {
      timer.progress();
      onProgress?.(boundedProgress(progress));
    };
    try {
      return await this.#client.request({ method, params: this.#saying(params, call) }, rawResultSchema, {
        // Ours counts, because it can rest.
        timeout: timeoutMsNone,
        signal: abort.signal,
        onprogress,
        ...(options.headers ? { headers: options.headers } : {}),
      });
    } finally {
      timer.stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** From 2026-07-28 on each request says what may be asked back for it. */
  #saying(params: JsonObject, call: CallUnderWay | undefined): JsonObject {
    if (!call || this.era.era !== 'modern') return params;
    return { ...params, _meta: aboutClient(call.caller) };
  }

  /**
   * As `close`, but requests under way may end first where each has a stream of its own: that one of them failed says
   * little about the others. Never rejects.
   */
  async closeDrained(): Promise<void> {
    const transport = this.#transport;
    const isOnePerRequest = 'hasPerRequestStream' in transport && transport.hasPerRequestStream === true;
    if (this.#underWay > 0 && isOnePerRequest && !this.#isEnded)
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    await this.close();
  }

  /** Ends the connection and, of a stdio server, its whole process group. Never rejects. */
  async close(): Promise<void> {
    this.#isEnded = true;
    this.#onDrained();
    this.#subscription?.close();
    const transport = this.#transport;
    if ('terminateSession' in transport && typeof transport.terminateSession === 'function') {
      // A server that does not answer must not hold up our end.
      const ended = (transport.terminateSession as () => Promise<void>).call(transport).catch(() => {});
      await Promise.race([
        ended,
        new Promise((resolve) => setTimeout(resolve, this.#limits.closeMsMax).unref()),
      ]);
    }
    await transport.close().catch(() => {});
  }
}

/** What came in place of a message, where that is what the SDK reports. */
function strayEvent(error: Error): string | undefined {
  if (error instanceof SyntaxError) return `what is not JSON (${error.message})`;
  return 'issues' in error ? 'JSON that is no message of the protocol' : undefined;
}
