/**
 * Answers one plain call: by JSON where the result is all there is to say, by an event stream where something comes
 * before it or it takes long. The SDK makes a server, a transport and web streams for each message instead, which
 * costs more than the call itself (docs/benchmarks.md); what goes over the wire is the same.
 */
import type { ServerResponse } from 'node:http';
import {
  LOG_LEVEL_META_KEY,
  ProtocolError,
  SERVER_INFO_META_KEY,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { JsonObject } from '../../downstream/caller.ts';
import { isBelow, isLogLevel } from '../log-levels.ts';
import type { PlainCall } from './plain-call.ts';

export interface PlainExchangeOptions {
  /** What is told of ourselves in the newer era. */
  readonly serverInfo: JsonObject;
  /** @throws ProtocolError, which the client gets as it is */
  readonly answer: (call: PlainCall, context: ServerContext) => Promise<JsonObject>;
}

/** Resolves when the answer is written. */
export async function servePlainCall(
  call: PlainCall,
  response: ServerResponse,
  { serverInfo, answer }: PlainExchangeOptions,
): Promise<void> {
  const gone = new AbortController();
  const writer = new AnswerWriter(response);
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
    writer.stop();
  });
  let outcome: JsonObject;
  let status = 200;
  try {
    const result = await answer(call, contextOf(call, writer, gone.signal));
    outcome = { result: call.envelope ? modernResult(result, serverInfo) : result };
  } catch (thrown) {
    const error = errorOf(thrown);
    if (error.code === missingClientCapability) status = 400;
    outcome = { error };
  }
  if (!gone.signal.aborted) writer.end({ ...outcome, jsonrpc: '2.0', id: call.id }, status);
}

const internalError = -32_603;
const invalidParams = -32_602;
const missingClientCapability = -32_021;
/** That a resource is not there had a code of its own once. */
const resourceNotFound = -32_002;

function errorOf(thrown: unknown): { code: number; message: string; data?: unknown } {
  if (!(thrown instanceof ProtocolError)) return { code: internalError, message: 'Internal error' };
  const { code, message, data } = thrown;
  const known = Number.isSafeInteger(code) ? code : internalError;
  return {
    code: known === resourceNotFound ? invalidParams : known,
    message,
    ...(data !== undefined && { data }),
  };
}

/** Says of which kind it is and who gives it, unless the server at the other end said so. */
function modernResult(result: JsonObject, serverInfo: JsonObject): JsonObject {
  const { _meta: meta = {} } = result;
  const kind = result.resultType === undefined ? { ...result, resultType: 'complete' } : result;
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta) || SERVER_INFO_META_KEY in meta)
    return kind;
  return { ...kind, _meta: { ...meta, [SERVER_INFO_META_KEY]: serverInfo } };
}

/** What the answers to requests may use of a message; its client cannot be sent requests. */
function contextOf(
  { id, params, envelope }: PlainCall,
  writer: AnswerWriter,
  signal: AbortSignal,
): ServerContext {
  const notify = async (notification: object) => writer.tell({ jsonrpc: '2.0', ...notification });
  const unasked = async () => {
    throw new Error('This client cannot be asked.');
  };
  const mcpReq = {
    ...{ id, method: 'tools/call', signal, notify },
    _meta: params._meta as ServerContext['mcpReq']['_meta'],
    ...(envelope && { envelope }),
    requestState: () => undefined as never,
    log: async (level: string, data: unknown, logger?: string) => {
      const least = envelope?.[LOG_LEVEL_META_KEY];
      // From 2026-07-28 on nobody logs unasked.
      if (envelope && (!isLogLevel(least) || isBelow(level, least))) return;
      await notify({ method: 'notifications/message', params: { level, data, logger } });
    },
    ...{ send: unasked, elicitInput: unasked, requestSampling: unasked },
  };
  return { mcpReq, http: {} } as unknown as ServerContext;
}

/** A call that is silent for so long gets a stream, and a comment on it now and then: nobody between takes it for dead. */
const silentMs = 5_000;
const keepAliveMs = 15_000;

class AnswerWriter {
  readonly #response: ServerResponse;
  #timer: NodeJS.Timeout;
  #isStream = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#timer = setTimeout(() => this.#open(), silentMs).unref();
  }

  tell(message: object): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    this.#open();
    this.#response.write(eventOf(JSON.stringify(message)));
  }

  end(message: JsonObject, status: number): void {
    this.stop();
    const response = this.#response;
    if (response.destroyed) return;
    const text = jsonOf(message);
    if (this.#isStream) return void response.end(eventOf(text));
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
    });
    response.end(text);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #open(): void {
    if (this.#isStream) return;
    this.#isStream = true;
    clearTimeout(this.#timer);
    this.#response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.#response.flushHeaders();
    this.#timer = setInterval(() => this.#response.write(': keepalive\n\n'), keepAliveMs).unref();
  }
}

function eventOf(text: string): string {
  return `event: message\ndata: ${text}\n\n`;
}

/** What a server nests thousands of levels deep can be read, but not written again. */
function jsonOf(message: JsonObject): string {
  try {
    return JSON.stringify(message);
  } catch {
    const error = {
      code: internalError,
      message: 'The result cannot be written as JSON: it is nested too deeply.',
    };
    return JSON.stringify({ jsonrpc: '2.0', id: message.id, error });
  }
}
