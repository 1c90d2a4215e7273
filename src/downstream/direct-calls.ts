/**
 * `tools/call`, straight on the transport. The SDK's request machinery is made for every method, transport and schema; on
 * the way of a call its layers cost more than the pipe does (docs/benchmarks.md). Everything else goes through the SDK.
 * What is thrown here has the SDK's codes, so that `callFailure` need not know the difference.
 */
import type { Client, JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/client';
import type { CallUnderWay } from './call-clock.ts';
import type { CallTimes } from './call-timer.ts';
import { clientInfo } from './handshake.ts';
import { boundedProgress, type Progress } from './progress.ts';
import { isResult, lostData, noResult, readableError, tooLargeData } from './raw-results.ts';
import { StdioTransport } from './stdio-transport.ts';

type JsonObject = { [key: string]: unknown };

export interface DirectCallOptions extends CallTimes {
  /** Whose time may rest. */
  readonly call?: CallUnderWay | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sent with the message, over HTTP. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface PendingCall {
  readonly tool: unknown;
  readonly options: DirectCallOptions;
  readonly sentAtMs: number;
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: Error) => void;
  /** Of the exchange of its own that the call has over HTTP: ends it. */
  readonly exchange: AbortController | undefined;
  readonly totalDeadlineMs: number;
  deadlineMs: number;
}

/** Far above the ids of the SDK, which counts from 0, and within what every server can hold. */
const firstId = 1_000_000_000;

/**
 * A progress token keeps a slow call alive, but servers pay for each: a sixth of the work of a small call with the
 * SDK. A tool that has answered so often within a moment, and never used one, gets none until it is slow again.
 */
const quickAnswersMin = 20;
const quickMs = 1_000;

export class DirectCalls {
  readonly #transport: Transport | StdioTransport;
  readonly #send: Transport['send'];
  /** `_meta` of every message in the era of 2026-07-28; the older one has none. */
  readonly #envelope: JsonObject | undefined;
  readonly #resultBytesMax: number;
  readonly #onStray: () => void;
  readonly #onSettled: (options: DirectCallOptions) => void;
  readonly #onError: (options: DirectCallOptions, error: Error) => void;
  readonly #onLog: (params: JsonObject) => void;
  /** The calls under way for whose end a signal was given. It has one listener: adding and removing one is dear. */
  readonly #bySignal = new WeakMap<AbortSignal, Set<number>>();
  readonly #pending = new Map<number, PendingCall>();
  /** By tool: quick answers without progress so far; -Infinity where there ever was another. */
  readonly #quickAnswers = new Map<unknown, number>();
  #nextId = firstId;
  #stray: { readonly what: string; readonly atMs: number } | undefined;
  /** One timer for all: calls come and go a thousand times before it fires. */
  #timer: NodeJS.Timeout | undefined;

  /**
   * Call after the client has connected: messages for these calls are taken from the transport before it sees them.
   *
   * @param options.send the transport's own, untouched by whatever else the instance's `send` is led through
   */
  constructor(
    transport: Transport | StdioTransport,
    options: {
      send: Transport['send'];
      envelope: JsonObject | undefined;
      resultBytesMax: number;
      onStray: () => void;
      /** Once for each call, before its promise settles. */
      onSettled: (options: DirectCallOptions) => void;
      /** The server answered with an error. */
      onError: (options: DirectCallOptions, error: Error) => void;
      /** What the server logs. In passing, so that it comes before the result of the call that it belongs to. */
      onLog: (params: JsonObject) => void;
    },
  ) {
    this.#transport = transport;
    this.#send = options.send;
    this.#envelope = options.envelope;
    this.#resultBytesMax = options.resultBytesMax;
    this.#onStray = options.onStray;
    this.#onSettled = options.onSettled;
    this.#onError = options.onError;
    this.#onLog = options.onLog;
    const deliver = transport.onmessage as Transport['onmessage'];
    transport.onmessage = (message: JSONRPCMessage, extra?: Parameters<NonNullable<typeof deliver>>[1]) => {
      if (!this.#take(message)) deliver?.(message, extra);
    };
  }

  /** @throws an Error with the `code` that the SDK would give it, and the server's message or our own */
  call(params: JsonObject, options: DirectCallOptions): Promise<JsonObject> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const tool = params.name;
      const sentAtMs = performance.now();
      const startMs = sentAtMs - restedMs(options);
      const totalDeadlineMs = startMs + options.totalMsMax;
      const deadlineMs = Math.min(startMs + options.timeoutMs, totalDeadlineMs);
      const exchange = this.#hasExchanges() ? new AbortController() : undefined;
      const times = { sentAtMs, totalDeadlineMs, deadlineMs };
      this.#pending.set(id, { tool, options, resolve, reject, exchange, ...times });
      if (options.signal) this.#endWith(options.signal, id);
      this.#watch(deadlineMs - sentAtMs);
      const wantsProgress =
        options.onProgress !== undefined || (this.#quickAnswers.get(tool) ?? 0) < quickAnswersMin;
      this.#post(id, this.#messageOf(id, params, wantsProgress), { options, exchange });
    });
  }

  #messageOf(id: number, params: JsonObject, wantsProgress: boolean): JSONRPCMessage {
    const own = params._meta as JsonObject | undefined;
    const envelope = own ? { ...this.#envelope, ...own } : this.#envelope;
    const _meta = wantsProgress ? { ...envelope, progressToken: id } : envelope;
    return { jsonrpc: '2.0', id, method: 'tools/call', params: _meta ? { ...params, _meta } : params };
  }

  #post(
    id: number,
    message: JSONRPCMessage,
    { options, exchange }: Pick<PendingCall, 'options' | 'exchange'>,
  ): void {
    const transport = this.#transport;
    if (!(transport instanceof StdioTransport)) {
      const failed = (error: Error) => this.#settle(id)?.reject(error);
      this.#send(message, this.#sendOptions(id, options, exchange)).catch(failed);
      return;
    }
    try {
      if (!transport.post(message)) throw new Error('Not connected');
    } catch (error) {
      // What is nested thousands of levels deep can be read, but not written.
      this.#settle(id)?.reject(error as Error);
    }
  }

  #endWith(signal: AbortSignal, id: number): void {
    const known = this.#bySignal.get(signal);
    if (known) return void known.add(id);
    const ids = new Set([id]);
    this.#bySignal.set(signal, ids);
    const abort = () => {
      for (const one of [...ids]) this.#cancel(one, new Error('the caller cancelled it'));
    };
    signal.addEventListener('abort', abort, { once: true });
  }

  #hasExchanges(): boolean {
    return (this.#transport as Transport).hasPerRequestStream === true;
  }

  #sendOptions(
    id: number,
    { headers }: DirectCallOptions,
    exchange: AbortController | undefined,
  ): TransportSendOptions {
    const onRequestStreamEnd = () => {
      const call = this.#settle(id);
      if (!call) return;
      const stray = this.#stray;
      this.#stray = undefined;
      if (stray && stray.atMs >= call.sentAtMs)
        call.reject(new Error(`its stream ended after ${stray.what}`));
      else call.reject(coded(-32_000, 'the response stream ended without a response', lostData));
    };
    return {
      onRequestStreamEnd,
      ...(headers && { headers }),
      ...(exchange && { requestSignal: exchange.signal }),
    };
  }

  /** Something came that is no answer to anything: most likely, it came in place of the next one that is missed. */
  noteStray(what: string): void {
    this.#stray = { what, atMs: performance.now() };
  }

  /** The connection is gone: nobody will answer any more. */
  close(): void {
    clearTimeout(this.#timer);
    for (const id of [...this.#pending.keys()]) {
      const call = this.#settle(id);
      call?.reject(coded('CONNECTION_CLOSED', 'Connection closed'));
      call?.exchange?.abort();
    }
  }

  #take(message: JSONRPCMessage): boolean {
    if ('method' in message) {
      const { method, params } = message as { method: string; params?: JsonObject };
      if (method === 'notifications/progress') return this.#progress(params);
      if (method !== 'notifications/message') return false;
      if (typeof params?.level === 'string') this.#onLog(params);
      return true;
    }
    // Some servers answer 5 with "5".
    const id = Number((message as { id?: unknown }).id);
    if (!(id >= firstId)) return false;
    const call = this.#settle(id);
    if (!call) this.#onStray();
    else {
      this.#noteAnswer(call);
      this.#answer(call, message as { result?: unknown; error?: unknown });
    }
    return true;
  }

  #answer(
    { options, resolve, reject }: PendingCall,
    { result, error }: { result?: unknown; error?: unknown },
  ): void {
    const bytes = this.#transport instanceof StdioTransport ? this.#transport.messageBytes : 0;
    if (error !== undefined && error !== null) {
      const { code, message, data } = readableError(error);
      const told = coded(code, message, data);
      this.#onError(options, told);
      reject(told);
    } else if (!isResult(result)) {
      reject(coded(-32_603, noResult(result)));
    } else if (bytes > this.#resultBytesMax) {
      reject(
        coded(-32_000, `${bytes} bytes; at most ${this.#resultBytesMax} (toolResultBytesMax)`, tooLargeData),
      );
    } else resolve(result);
  }

  #noteAnswer({ tool, sentAtMs }: PendingCall): void {
    const isQuick = performance.now() - sentAtMs < quickMs;
    const answers = this.#quickAnswers.get(tool) ?? 0;
    if (!isQuick) this.#quickAnswers.set(tool, Number.NEGATIVE_INFINITY);
    else if (answers < quickAnswersMin) this.#quickAnswers.set(tool, answers + 1);
  }

  #progress(params: JsonObject | undefined): boolean {
    const call = this.#pending.get(Number(params?.progressToken));
    if (!call || !params) return false;
    this.#quickAnswers.set(call.tool, Number.NEGATIVE_INFINITY);
    const { options, totalDeadlineMs } = call;
    call.deadlineMs = Math.min(performance.now() - restedMs(options) + options.timeoutMs, totalDeadlineMs);
    if (typeof params.progress === 'number')
      options.onProgress?.(boundedProgress({ ...params, progress: params.progress }));
    return true;
  }

  /** Takes the call from the list; undefined where it has ended already. */
  #settle(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    if (!call) return undefined;
    this.#pending.delete(id);
    const { options } = call;
    if (options.signal) this.#bySignal.get(options.signal)?.delete(id);
    this.#onSettled(options);
    return call;
  }

  /** Tells the server, which may go on all the same. */
  #cancel(id: number, reason: Error): void {
    const call = this.#settle(id);
    if (!call) return;
    call.reject(reason);
    // In the newer era, this is what tells the server.
    if (call.exchange && this.#envelope) return call.exchange.abort();
    const params = {
      requestId: id,
      reason: reason.message,
      ...(this.#envelope && { _meta: this.#envelope }),
    };
    this.#send({ jsonrpc: '2.0', method: 'notifications/cancelled', params }).catch(() => {});
  }

  #watch(delayMs: number): void {
    // Not what keeps the process alive: it may outlast the calls by a minute.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#expire();
    }, delayMs).unref();
  }

  #expire(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [id, call] of [...this.#pending]) {
      const { tool, options, deadlineMs, totalDeadlineMs } = call;
      const dueMs = deadlineMs + restedMs(options);
      if (dueMs > now) next = Math.min(next, dueMs);
      else {
        this.#quickAnswers.set(tool, Number.NEGATIVE_INFINITY);
        const isTotal = deadlineMs >= totalDeadlineMs;
        this.#cancel(
          id,
          coded('REQUEST_TIMEOUT', isTotal ? 'it took longer than allowed in all' : 'Request timed out'),
        );
      }
    }
    if (next < Number.POSITIVE_INFINITY) this.#watch(next - now);
  }
}

function restedMs({ call }: DirectCallOptions): number {
  return call?.clock.restedMs ?? 0;
}

function coded(code: string | number, message: string, data?: unknown): Error {
  return Object.assign(new Error(message), { code, ...(data === undefined ? {} : { data }) });
}

/** What every message of protocol revision 2026-07-28 says of its sender. */
export function envelopeOf(client: Client): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': client.getNegotiatedProtocolVersion(),
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
}
