/** Between Node's requests and the web's, which the protocol's code speaks. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * The request without its body, which has been read. Its signal fires when the client goes before the answer is complete.
 */
export function webRequest(request: IncomingMessage, response: ServerResponse): Request {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  if (response.destroyed) gone.abort();
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'content-length' || name === 'transfer-encoding') continue;
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  return new Request(url, { method: request.method ?? 'GET', headers, signal: gone.signal });
}

/** Resolves when all of it is written, or its reader has gone. */
export async function writeAnswer(answer: Response, response: ServerResponse): Promise<void> {
  if (response.destroyed) return void answer.body?.cancel().catch(() => {});
  const headers = Object.fromEntries(answer.headers);
  if (answer.body !== null && headers['content-type']?.startsWith('text/event-stream')) {
    response.writeHead(answer.status, headers);
    return writeStream(answer.body, response);
  }
  // In one piece, head and body: each write is a packet of its own.
  const body = answer.body === null ? undefined : Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { ...headers, ...(body && { 'Content-Length': body.length }) });
  response.end(body);
}

async function writeStream(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader();
  response.once('close', () => void reader.cancel().catch(() => {}));
  let reading = reader.read();
  const isSoon = await Promise.race([reading.then(isDone, isDone), nextTurn()]);
  if (!isSoon) response.flushHeaders();
  try {
    for (;;) {
      const { done, value } = await reading;
      if (done) break;
      if (!response.write(value)) await drained(response);
      reading = reader.read();
    }
    response.end();
  } catch {
    // A stream that broke off must not look like one that is complete.
    response.destroy();
  }
}

function isDone(): true {
  return true;
}

function nextTurn(): Promise<false> {
  return new Promise((resolve) => setImmediate(resolve, false));
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
