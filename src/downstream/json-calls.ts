/**
 * Sends calls over Streamable HTTP without the SDK's transport, as long as their answers are plain JSON. Whatever else is
 * answered - a stream, an error, a redirect - the transport takes over as if it had sent the request itself.
 */
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  StreamableHTTPClientTransport,
  Transport,
  TransportSendOptions,
} from '@modelcontextprotocol/client';
import { messageOf } from '../errors.ts';
import type { Fetch } from './http-fetch.ts';
import { cleanText } from './problem.ts';

type JsonObject = { [key: string]: unknown };

/** Set by us, or by the transport in ways of its own. */
const ownHeaders = /^(accept|content-type|mcp-.*)$/i;
const plainText = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
/** For what is no request; a few servers answer a call so, and give its result by another stream. */
const accepted = 202;
const shownCharactersMax = 200;
const versionKey = 'io.modelcontextprotocol/protocolVersion';

export class JsonCalls {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: Fetch;
  /** Answers for the transport, by the text of the request that they are to. */
  readonly #handedOver = new Map<string, Response>();
  /** Servers keep to one form of answers. */
  #isJson: boolean;

  /** @param headers of the configuration */
  constructor(url: string, headers: Readonly<Record<string, string>>, fetch: Fetch) {
    this.#url = url;
    this.#headers = headers;
    this.#fetch = fetch;
    this.#isJson = !Object.keys(headers).some((name) => ownHeaders.test(name));
  }

  /** For the transport. */
  readonly fetch: Fetch = async (url, init) => {
    const body = init?.method === 'POST' && typeof init.body === 'string' ? init.body : '';
    const ready = this.#handedOver.get(body);
    if (!ready) return this.#fetch(url, init);
    this.#handedOver.delete(body);
    return ready;
  };

  /** In place of the transport's own `send`, for calls. */
  sendBy(transport: StreamableHTTPClientTransport): Transport['send'] {
    const { send } = transport as Transport;
    return async (message, options) => {
      const headers = this.#isJson ? this.#headersOf(message, options, transport) : undefined;
      if (!headers) return send.call(transport, message, options);
      const body = JSON.stringify(message);
      const signal = options?.requestSignal ?? null;
      const response = await this.#fetch(this.#url, { method: 'POST', headers, body, signal });
      const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (response.status === 200 && type === 'application/json')
        return deliver(await response.text(), message as JSONRPCRequest, transport as Transport, options);
      if (response.ok && type !== 'text/event-stream' && response.status !== accepted)
        throw new Error(await otherKind(response, type));
      this.#isJson = response.status !== 200;
      this.#handedOver.set(body, response);
      try {
        await send.call(transport, message, options);
      } finally {
        this.#handedOver.delete(body);
      }
    };
  }

  /** Undefined for what the transport has to send. */
  #headersOf(
    message: JSONRPCMessage,
    options: TransportSendOptions | undefined,
    { sessionId, protocolVersion }: StreamableHTTPClientTransport,
  ): Record<string, string> | undefined {
    if (!('method' in message) || message.method !== 'tools/call' || !('id' in message)) return undefined;
    const { name, _meta: meta } = message.params as { name: string; _meta?: JsonObject };
    const modern = meta?.[versionKey];
    if (modern !== undefined && !(plainText.test(name) && !name.startsWith('=?'))) return undefined;
    const version = typeof modern === 'string' ? modern : protocolVersion;
    return {
      ...this.#headers,
      ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
      ...(version !== undefined && { 'mcp-protocol-version': version }),
      ...(modern !== undefined && { 'mcp-method': 'tools/call', 'mcp-name': name }),
      ...options?.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
  }
}

/** @throws Error that says what it is, for what is no message, or the answer to something else */
function deliver(
  text: string,
  { id }: JSONRPCRequest,
  transport: Transport,
  options: TransportSendOptions | undefined,
): void {
  const answer = parsed(text);
  const messages: unknown[] = Array.isArray(answer) ? answer : [answer];
  const bad = messages.find((message) => !isMessage(message));
  if (bad !== undefined)
    throw new Error(`it is JSON, but no message of the protocol: ${startOf(JSON.stringify(bad))}`);
  for (const message of messages as JSONRPCMessage[]) transport.onmessage?.(message);
  // Some servers answer 5 with "5".
  if (!messages.some((message) => Number((message as { id?: unknown }).id) === id))
    throw new Error(otherThan(messages));
  options?.onRequestStreamEnd?.();
}

function parsed(text: string): unknown {
  if (text.trim() === '') throw new Error('it is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON (${messageOf(error)}): ${startOf(text)}`);
  }
}

function otherThan(messages: readonly unknown[]): string {
  const ids = messages.flatMap((message) => (message as { id?: unknown }).id ?? []);
  if (ids.length === 0) return 'it holds no response';
  return `it is to another request, id ${startOf(JSON.stringify(ids[0]))}`;
}

async function otherKind(response: Response, type: string | undefined): Promise<string> {
  if (isEmpty(response)) return `it is empty (HTTP ${response.status})`;
  const said = startOf(await response.text());
  return `it is ${type || 'of no content type'}, where JSON or an event stream is due: ${said}`;
}

function isEmpty({ status }: Response): boolean {
  return status === 204 || status === 205;
}

function isMessage(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'jsonrpc' in message && message.jsonrpc === '2.0';
}

function startOf(text: string): string {
  return JSON.stringify(cleanText(text, shownCharactersMax));
}
