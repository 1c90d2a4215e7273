/**
 * Sends calls over Streamable HTTP without the SDK's transport, as long as their answers are plain JSON. Whatever else is
 * answered - a stream, an error, a redirect - the transport takes over as if it had sent the request itself.
 */
import type {
  JSONRPCMessage,
  StreamableHTTPClientTransport,
  Transport,
  TransportSendOptions,
} from '@modelcontextprotocol/client';
import type { Fetch } from './http-fetch.ts';

type JsonObject = { [key: string]: unknown };

/** Set by us, or by the transport in ways of its own. */
const ownHeaders = /^(accept|content-type|mcp-.*)$/i;
const plainText = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
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
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      if (response.status === 200 && isJson)
        return deliver(await response.text(), transport as Transport, options);
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

/** @throws Error for what is no message */
function deliver(text: string, transport: Transport, options: TransportSendOptions | undefined): void {
  const answer: unknown = JSON.parse(text);
  for (const message of Array.isArray(answer) ? answer : [answer]) {
    if (typeof message !== 'object' || message === null || message.jsonrpc !== '2.0')
      throw new Error(`no message of the protocol: ${JSON.stringify(message)?.slice(0, 200)}`);
    transport.onmessage?.(message as JSONRPCMessage);
  }
  // A call that was not answered with this will not be.
  options?.onRequestStreamEnd?.();
}
