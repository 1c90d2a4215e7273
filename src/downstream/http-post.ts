/**
 * `fetch` for what is sent most: a POST of text over plain HTTP, answered in one piece. The platform's own spends more time
 * on streams, signals and copies than the way to a server on the same machine takes (docs/benchmarks.md).
 */
import { type IncomingMessage, request as startRequest } from 'node:http';
import { type Duplex, PassThrough, pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';

export type PlainPost = RequestInit & { readonly method: 'POST'; readonly body: string };

/** True for what `post` takes. Over TLS the network counts, not this. */
export function isPlainPost(url: URL, init: RequestInit | undefined): init is PlainPost {
  return url.protocol === 'http:' && init?.method === 'POST' && typeof init.body === 'string';
}

/**
 * Follows no redirect. An answer in one piece is read up to `bytesMax`; one that is a stream is not bounded yet. Sockets are kept, and proxies of the environment used, as Node's own agent does.
 *
 * @throws TypeError as `fetch` does, with the system's error as its cause; the signal's reason where that fired
 */
export async function post(url: URL, init: PlainPost, bytesMax: number): Promise<Response> {
  const { signal } = init;
  signal?.throwIfAborted();
  const message = await send(url, init);
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = message.headers;
  // A status that has no body must not be given one.
  const isEmpty = message.statusCode === 204 || message.statusCode === 304;
  if (isEmpty || encoding !== 'identity' || type.startsWith('text/event-stream')) {
    return streamed(url, message, encoding, isEmpty);
  }
  return new WholeAnswer(url, message, bytesMax) as unknown as Response;
}

/** True for an answer of `post` that bounds itself. */
export function isBounded(response: Response): boolean {
  return (response as unknown) instanceof WholeAnswer;
}

export function tooLarge(bytesMax: number): Error {
  return new Error(`a message of more than ${bytesMax} bytes (messageBytesMax)`);
}

function send(url: URL, { headers, body, signal }: PlainPost): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const named =
      headers instanceof Headers || Array.isArray(headers) ? Object.fromEntries(headers) : headers;
    const request = startRequest(url, {
      method: 'POST',
      headers: { ...named, 'content-length': Buffer.byteLength(body) },
    });
    const abort = () => request.destroy(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    request.once('close', () => signal?.removeEventListener('abort', abort));
    // It may fail once more after the answer has begun; then the reader of the answer is told.
    request.on('error', (error) => reject(signal?.aborted ? signal.reason : failed(error)));
    request.once('response', resolve);
    request.end(body);
  });
}

/** An answer that is read as it comes: an event stream, or one that is compressed. */
function streamed(url: URL, message: IncomingMessage, encoding: string, isEmpty: boolean): Response {
  const plain = encoding === 'identity' ? message : pipeline(message, decoder(encoding), () => {});
  if (isEmpty) message.resume();
  const answer = new Response(isEmpty ? null : (Readable.toWeb(plain) as ReadableStream<Uint8Array>), {
    status: message.statusCode ?? 200,
    statusText: message.statusMessage ?? '',
    headers: headersOf(message),
  });
  Object.defineProperty(answer, 'url', { value: url.href });
  return answer;
}

function decoder(encoding: string): Duplex {
  if (/^(x-)?gzip$|^deflate$/.test(encoding)) return createUnzip();
  return encoding === 'br' ? createBrotliDecompress() : new PassThrough();
}

/** What is used of the platform's `Response`, without its streams. */
class WholeAnswer implements Pick<Response, 'status' | 'statusText' | 'ok' | 'url' | 'headers' | 'text'> {
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly url: string;
  readonly #message: IncomingMessage;
  readonly #bytesMax: number;
  #headers: Headers | undefined;
  #body: ReadableStream<Uint8Array> | undefined;

  constructor(url: URL, message: IncomingMessage, bytesMax: number) {
    this.url = url.href;
    this.status = message.statusCode ?? 0;
    this.statusText = message.statusMessage ?? '';
    this.ok = this.status >= 200 && this.status < 300;
    this.#message = message;
    this.#bytesMax = bytesMax;
  }

  get headers(): Headers {
    this.#headers ??= headersOf(this.#message);
    return this.#headers;
  }

  get body(): ReadableStream<Uint8Array> {
    this.#body ??= Readable.toWeb(this.#message) as ReadableStream<Uint8Array>;
    return this.#body;
  }

  text(): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      this.#message
        .on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= this.#bytesMax) return void chunks.push(chunk);
          reject(tooLarge(this.#bytesMax));
          this.#message.destroy();
        })
        .once('end', () => resolve(Buffer.concat(chunks).toString()))
        .once('error', (error) => reject(failed(error)));
    });
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return headers;
}

function failed(cause: Error): TypeError {
  return new TypeError('fetch failed', { cause });
}
