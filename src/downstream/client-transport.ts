/**
 * Calls a server through the MCP client that started us, which has it running already (`"via": "client"`). The client
 * speaks HTTP: `GET /list_tools`, and `POST /call_tool` with `{server, tool, arguments}`. Towards the SDK it is a server
 * of the older era with tools alone, so everything else treats it as any other.
 */
import type { JSONRPCMessage, JSONRPCRequest, Transport } from '@modelcontextprotocol/client';
import type { Fetch } from './http-fetch.ts';

type JsonObject = { [key: string]: unknown };

/** `data` of an error: the user cancelled in the client, and all that we do for it is to end. */
export const abortedByClient = Object.freeze({ reason: 'aborted by the client' });

const abortMark = '[ABORTED]';
const internalError = -32_603;
const methodNotFound = -32_601;
const namesShownMax = 20;
const textCharactersMax = 500;

export class ClientTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: ((message: JSONRPCMessage) => void) | undefined;

  /** Each request has an exchange of its own: one that fails is over. */
  readonly hasPerRequestStream = true;
  readonly #server: string;
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #underWay = new Map<string | number, AbortController>();
  #isClosed = false;

  /** @param server the client's name for it, which is ours too */
  constructor(server: string, url: string, fetch: Fetch) {
    this.#server = server;
    this.#url = url.replace(/\/+$/, '');
    this.#fetch = fetch;
  }

  async start(): Promise<void> {}

  /** Settles when the client has answered. @throws where it cannot be reached, or its answer is none */
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) throw new Error('Not connected');
    if (!('method' in message)) return;
    if (!('id' in message)) {
      if (message.method === 'notifications/cancelled')
        this.#underWay.get(message.params?.requestId as string | number)?.abort();
      return;
    }
    const controller = new AbortController();
    this.#underWay.set(message.id, controller);
    try {
      const answer = await this.#answer(message, controller.signal);
      this.onmessage?.({ jsonrpc: '2.0', id: message.id, ...answer } as JSONRPCMessage);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      this.#underWay.delete(message.id);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const controller of this.#underWay.values()) controller.abort();
    this.onclose?.();
  }

  async #answer({ method, params = {} }: JSONRPCRequest, signal: AbortSignal): Promise<Answer> {
    if (method === 'initialize') {
      const { body } = await this.#get('/health', signal);
      return {
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: this.#server, version: typeof body.version === 'string' ? body.version : '0' },
        },
      };
    }
    if (method === 'ping') return { result: {} };
    if (method === 'tools/list') return this.#listTools(signal);
    if (method === 'tools/call') return this.#callTool(params, signal);
    return failed(methodNotFound, `Method not found: ${method}`);
  }

  async #listTools(signal: AbortSignal): Promise<Answer> {
    const { body, status } = await this.#get('/list_tools', signal);
    const servers = isObject(body.servers) ? body.servers : undefined;
    if (!servers) throw noAnswer('/list_tools', status, body);
    const tools = Object.hasOwn(servers, this.#server) ? servers[this.#server] : undefined;
    if (Array.isArray(tools)) return { result: { tools: tools.map(toolDefinition) } };
    const names = Object.keys(servers);
    const shown = names.slice(0, namesShownMax).join(', ') || 'none';
    return failed(internalError, `the client has no server "${this.#server}" connected; it has ${shown}`);
  }

  async #callTool({ name, arguments: args }: JsonObject, signal: AbortSignal): Promise<Answer> {
    const { body, status } = await this.#ask('/call_tool', signal, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ server: this.#server, tool: name, arguments: args ?? {} }),
    });
    const { success, result, error } = body;
    const text = typeof error === 'string' ? error : undefined;
    const isAborted = body.aborted === true || [text, result].some(saysAborted);
    if (isAborted) return failed(internalError, text ?? abortMark, abortedByClient);
    if (success === true || ('result' in body && text === undefined)) return { result: resultOf(result) };
    if (text === undefined) throw noAnswer('/call_tool', status, body);
    // It does not say whether the tool failed or the call: either way, the reason is for whoever called.
    return { result: { content: [{ type: 'text', text }], isError: true } };
  }

  #get(path: string, signal: AbortSignal): Promise<Reply> {
    return this.#ask(path, signal, {});
  }

  async #ask(path: string, signal: AbortSignal, init: RequestInit): Promise<Reply> {
    const response = await this.#fetch(`${this.#url}${path}`, { ...init, signal });
    const text = await response.text();
    try {
      const body: unknown = JSON.parse(text);
      if (isObject(body)) return { body, status: response.status };
    } catch {}
    // An older client that knows nothing of health is there all the same.
    if (path === '/health') return { body: {}, status: response.status };
    throw noAnswer(path, response.status, text);
  }
}

interface Reply {
  readonly body: JsonObject;
  readonly status: number;
}

type Answer =
  | { readonly result: JsonObject }
  | { readonly error: { code: number; message: string; data?: unknown } };

function failed(code: number, message: string, data?: unknown): Answer {
  return { error: { code, message: message.slice(0, 10_000), ...(data !== undefined && { data }) } };
}

/** The client gives what it would show: JSON where the tool's text was JSON. */
function resultOf(result: unknown): JsonObject {
  if (isObject(result) && Array.isArray(result.content)) return result;
  const text = typeof result === 'string' ? result : JSON.stringify(result ?? null);
  return { content: [{ type: 'text', text }] };
}

/** In the protocol's own words; the client's are those of a model API. */
function toolDefinition(tool: unknown): unknown {
  if (!isObject(tool)) return tool;
  const { input_schema, output_schema, ...rest } = tool;
  return {
    ...rest,
    inputSchema: rest.inputSchema ?? input_schema ?? { type: 'object' },
    ...((rest.outputSchema ?? output_schema) !== undefined && {
      outputSchema: rest.outputSchema ?? output_schema,
    }),
  };
}

function saysAborted(value: unknown): boolean {
  return typeof value === 'string' && value.trimStart().startsWith(abortMark);
}

function noAnswer(path: string, status: number, seen: unknown): Error {
  const text = (typeof seen === 'string' ? seen : JSON.stringify(seen)).slice(0, textCharactersMax);
  return Object.assign(new Error(`${path} answered with ${text || 'nothing'}`), { status });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
