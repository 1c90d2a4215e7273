/** JSON-RPC 2.0 over two pipes, each message behind a `Content-Length` header: requests in both directions. */
import type { Readable, Writable } from 'node:stream';

export interface JsonRpcOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** The result for a request of the other side; at once, and it does not throw. */
  readonly answer: (method: string, parameters: unknown) => unknown;
  /** A larger message ends the connection. */
  readonly messageBytesMax: number;
  /** Called once, when the other side sends what cannot be read. */
  readonly broken: (reason: string) => void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown } | null;
}

const headerBytesMax = 1_024;
const headerEnd = '\r\n\r\n';

export class JsonRpc {
  readonly #options: JsonRpcOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #chunks: Buffer[] = [];
  #bytesHeld = 0;
  /** Bytes that the next message needs before it can be read, its header included. */
  #bytesNeeded = 1;
  #nextId = 1;
  #closed: string | undefined;

  constructor(options: JsonRpcOptions) {
    this.#options = options;
    options.input.on('data', (chunk: Buffer) => this.#receive(chunk));
    // The end of the process says more than a pipe that fails with it.
    options.input.on('error', () => {});
    options.output.on('error', () => {});
  }

  /** Rejects where the other side answers with an error, and once the connection is closed. */
  request(method: string, parameters: unknown): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(new Error(this.#closed));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      this.#send({ id, method, params: parameters });
    });
  }

  /** Requests under way are rejected with `reason`. */
  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#chunks.length = 0;
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }

  #send(message: object): void {
    const { output } = this.#options;
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    // What is sent together goes together: each write wakes the other side, which takes the processor from us.
    if (output.writableCorked === 0) {
      output.cork();
      process.nextTick(() => output.uncork());
    }
    output.write(`Content-Length: ${Buffer.byteLength(text)}${headerEnd}${text}`);
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== undefined) return;
    this.#chunks.push(chunk);
    this.#bytesHeld += chunk.length;
    // A large message comes in many pieces, which are put together once.
    if (this.#bytesHeld < this.#bytesNeeded) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const next = this.#bodyOf(rest);
      if (this.#closed !== undefined) return;
      if (next === undefined) break;
      rest = rest.subarray(next.end);
      this.#handle(next.body);
    }
    this.#chunks.length = 0;
    this.#chunks.push(rest);
    this.#bytesHeld = rest.length;
  }

  #bodyOf(bytes: Buffer): { body: Buffer; end: number } | undefined {
    this.#bytesNeeded = bytes.length + 1;
    const header = bytes.subarray(0, headerBytesMax).toString('latin1');
    const start = header.indexOf(headerEnd);
    if (start < 0) {
      if (bytes.length >= headerBytesMax) this.#break('a message without a header');
      return undefined;
    }
    const length = Number(/^Content-Length: (\d+)$/im.exec(header.slice(0, start))?.[1]);
    if (!(length <= this.#options.messageBytesMax)) {
      this.#break(`a message of ${length} bytes`);
      return undefined;
    }
    const from = start + headerEnd.length;
    this.#bytesNeeded = from + length;
    if (bytes.length < this.#bytesNeeded) return undefined;
    return { body: bytes.subarray(from, from + length), end: from + length };
  }

  #handle(body: Buffer): void {
    let message: Message;
    try {
      message = JSON.parse(body.toString());
    } catch {
      return this.#break('a message that is no JSON');
    }
    const { id, method, params, result, error } = message;
    if (typeof method === 'string') {
      if (id !== undefined) this.#send({ id, result: this.#options.answer(method, params) ?? null });
      return;
    }
    const pending = this.#pending.get(id as number);
    this.#pending.delete(id as number);
    if (error) pending?.reject(new Error(String(error.message)));
    else pending?.resolve(result ?? undefined);
  }

  #break(what: string): void {
    this.close(what);
    this.#options.broken(what);
  }
}
