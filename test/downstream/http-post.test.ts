// Our own POST in place of the platform's, against a real server: the same answers, bounds and failures.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetch } from '../../src/downstream/http-fetch.ts';

const bytesMax = 10_000;
const send = createFetch(bytesMax);
const held = Promise.withResolvers<void>();
const server = createServer((request, response) => void serve(request, response));
let base: string;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const path = request.url ?? '';
  if (path === '/echo') {
    response.setHeader('X-Seen', request.headers['x-sent'] ?? '');
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.end(body);
  } else if (path === '/chunked') {
    response.write(body.slice(0, 5));
    response.end(body.slice(5));
  } else if (path === '/gzip') {
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(body));
  } else if (path === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.end('data: 1\n\ndata: 2\n\n');
  } else if (path === '/moved') response.writeHead(307, { Location: '/echo' }).end();
  else if (path === '/empty') response.writeHead(204).end();
  else if (path === '/large') response.end('x'.repeat(bytesMax + 1));
  else if (path === '/flood') {
    const more = () => !response.destroyed && response.write('y'.repeat(4_096), () => setImmediate(more));
    more();
  } else if (path === '/broken') {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('half', () => response.destroy());
  } else if (path === '/held') {
    held.resolve();
    response.once('close', () => response.end());
  }
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (path: string, body = '{"text":"ä"}', more: RequestInit = {}) =>
  send(`${base}${path}`, { method: 'POST', body, ...more });

describe('a POST over plain HTTP', () => {
  it('carries headers and UTF-8 both ways', async () => {
    const answer = await post('/echo', '{"text":"ä€"}', { headers: new Headers({ 'X-Sent': 'yes' }) });
    expect([answer.ok, answer.status, answer.headers.get('x-seen')]).toEqual([true, 200, 'yes']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.json()).toEqual({ text: 'ä€' });
  });

  it('reads what comes in pieces, compressed, or not at all', async () => {
    expect(await (await post('/chunked')).text()).toBe('{"text":"ä"}');
    expect(await (await post('/gzip')).text()).toBe('{"text":"ä"}');
    const empty = await post('/empty');
    expect([empty.status, empty.body, await empty.text()]).toEqual([204, null, '']);
  });

  it('gives an event stream as a stream', async () => {
    const { body } = await post('/events');
    const text = await new Response(body).text();
    expect(text).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('follows a redirect within the origin', async () => {
    expect(await (await post('/moved')).text()).toBe('{"text":"ä"}');
  });

  it('bounds what it reads, whether its length is told or not', async () => {
    const refusal = `a message of more than ${bytesMax} bytes (messageBytesMax)`;
    await expect((await post('/large')).json()).rejects.toThrow(refusal);
    await expect((await post('/flood')).text()).rejects.toThrow(refusal);
  });

  it('fails as fetch does, with the cause', async () => {
    await expect((await post('/broken')).text()).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'ECONNRESET' },
    });
    const gone = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => gone.once('listening', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    await expect(send(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('ends with the reason of its signal, before it is sent and while it waits', async () => {
    const reason = new Error('no longer wanted');
    await expect(post('/echo', '{}', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = post('/held', '{}', { signal: controller.signal });
    await held.promise;
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
