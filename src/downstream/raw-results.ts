/**
 * Lets results through the SDK exactly as the server sent them.
 *
 * The SDK's codec for protocol revision 2026-07-28 validates them before a caller's own (loose) schema is asked: one
 * malformed tool would hide a whole server, one unknown content type would lose a result. So the transport's messages
 * are handled first: a minimal valid result goes through the SDK, and the server's own rides along under a symbol.
 * The same place answers for requests that would otherwise wait for their timeout: malformed responses, and HTTP
 * streams that end without one. Late, double and unasked responses stop here, before the SDK prints them in full.
 */
import type { JSONRPCMessage, RequestId, StandardSchemaV1, Transport } from '@modelcontextprotocol/client';

type JsonObject = { [key: string]: unknown };

const raw = Symbol('the result as the server sent it');

/** `data` of an error response made here: the connection ended before the server's answer. */
export const lostData = Object.freeze({ reason: 'lost' });
/** `data` of an error response made here: the answer was too large to be read. */
export const tooLargeData = Object.freeze({ reason: 'too large' });

const standIns: Readonly<Record<string, JsonObject>> = {
  'tools/call': { resultType: 'complete', content: [] },
  'tools/list': { resultType: 'complete', tools: [], ttlMs: 0, cacheScope: 'private' },
  'prompts/list': { resultType: 'complete', prompts: [], ttlMs: 0, cacheScope: 'private' },
  'prompts/get': { resultType: 'complete', messages: [] },
  'resources/list': { resultType: 'complete', resources: [], ttlMs: 0, cacheScope: 'private' },
  'resources/templates/list': {
    resultType: 'complete',
    ...{ resourceTemplates: [], ttlMs: 0, cacheScope: 'private' },
  },
  'resources/read': { resultType: 'complete', contents: [], ttlMs: 0, cacheScope: 'private' },
  'resources/subscribe': { resultType: 'complete' },
  'resources/unsubscribe': { resultType: 'complete' },
  'completion/complete': { resultType: 'complete', completion: { values: [] } },
  'logging/setLevel': { resultType: 'complete' },
};

/** The result schema to give to `client.request`: takes the server's own result out again, unvalidated. */
export const rawResultSchema: StandardSchemaV1<unknown, JsonObject> = {
  '~standard': {
    version: 1,
    vendor: 'mcp-tools-orchestrator',
    validate: (value) => ({ value: (value as { [raw]: JsonObject })[raw] }),
  },
};

export interface RawResultsOptions {
  /** Told about each response that nobody waits for. */
  readonly onStray: () => void;
}

/** Call after the client has connected: both directions of the transport are led through here from then on. */
export function keepRawResults(transport: Transport, options: RawResultsOptions): void {
  const pending = new Map<RequestId, string>();
  const deliver = transport.onmessage;
  const send = transport.send;

  transport.onmessage = (message, extra) => {
    const waiting = pendingOf(message, pending);
    if (waiting === 'not a response') {
      deliver?.(message, extra);
    } else if (waiting === undefined) {
      options.onStray();
    } else {
      pending.delete(waiting.id);
      deliver?.(readable(message, waiting), extra);
    }
  };

  transport.send = (message, sendOptions) => {
    if (!('method' in message)) return send.call(transport, message, sendOptions);
    if (message.method === 'notifications/cancelled') pending.delete(message.params?.requestId as RequestId);
    if (!('id' in message)) return send.call(transport, message, sendOptions);
    const { id, method } = message;
    pending.set(id, method);
    if (!(method in standIns) || !transport.hasPerRequestStream)
      return send.call(transport, message, sendOptions);
    sendOptions?.requestSignal?.addEventListener('abort', () => pending.delete(id), { once: true });
    const onRequestStreamEnd = () => {
      if (pending.delete(id))
        deliver?.(errorResponse(id, -32_000, 'the response stream ended without a response', lostData));
    };
    return send.call(transport, message, { ...sendOptions, onRequestStreamEnd }).catch((error: unknown) => {
      pending.delete(id);
      throw error;
    });
  };
}

/** An error response in place of one that was not read. */
export function tooLargeResponse(id: RequestId, bytes: number, bytesMax: number): JSONRPCMessage {
  return errorResponse(id, -32_000, `${bytes} bytes; at most ${bytesMax} (messageBytesMax)`, tooLargeData);
}

interface Pending {
  readonly id: RequestId;
  readonly method: string;
}

function pendingOf(
  message: JSONRPCMessage,
  pending: Map<RequestId, string>,
): Pending | undefined | 'not a response' {
  if ('method' in message || !('id' in message)) return 'not a response';
  // Some servers answer 5 with "5".
  const id = pending.has(message.id as RequestId) ? (message.id as RequestId) : Number(message.id);
  const method = pending.get(id);
  return method === undefined ? undefined : { id, method };
}

/** The response in a form that the SDK accepts, whatever the server made of it. */
function readable(message: JSONRPCMessage, { id, method }: Pending): JSONRPCMessage {
  const { result, error } = message as { result?: unknown; error?: unknown };
  if (error !== undefined && error !== null) return { jsonrpc: '2.0', id, error: readableError(error) };
  if (!(method in standIns)) return message;
  if (!isResult(result)) return errorResponse(id, -32_603, noResult(result));
  return { jsonrpc: '2.0', id, result: { ...standIns[method], [raw]: result } };
}

export function isResult(result: unknown): result is JsonObject {
  return typeof result === 'object' && result !== null && !Array.isArray(result);
}

/** What is wrong with a response that is neither an error nor a result. */
export function noResult(result: unknown): string {
  const seen =
    result === undefined
      ? 'neither a result nor an error'
      : `a result that is no object: ${JSON.stringify(result).slice(0, 200)}`;
  return `the server answered with ${seen}`;
}

/** What a server sent as `error`, in the form that JSON-RPC prescribes. */
export function readableError(error: unknown): { code: number; message: string; data?: unknown } {
  if (typeof error !== 'object' || error === null)
    return { code: -32_603, message: String(error).slice(0, 10_000) };
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  const text = typeof message === 'string' ? message : JSON.stringify(error);
  return {
    code: Number.isInteger(code) ? (code as number) : -32_603,
    message: text.slice(0, 10_000),
    ...(data === undefined ? {} : { data }),
  };
}

function errorResponse(id: RequestId, code: number, message: string, data?: unknown): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}
