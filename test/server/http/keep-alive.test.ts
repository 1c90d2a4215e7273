/** A plain call that takes long, by a clock of our own: its answer becomes a stream, and the stream shows that it lives. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { servePlainCall } from '../../../src/server/http/plain-exchange.ts';

afterEach(() => void vi.useRealTimers());

interface Received {
  readonly type: () => string | undefined;
  readonly text: () => string;
  readonly ended: Promise<void>;
}

/** One call that is answered when `finish` is called. */
async function callOver(): Promise<{
  received: Received;
  finish: (text: string) => void;
  isServed: Promise<void>;
}> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const answer = Promise.withResolvers<{ [key: string]: unknown }>();
  const served = Promise.withResolvers<void>();
  const call = { id: 1, params: { name: 'slow' }, envelope: undefined };
  const server = createServer((_, response) => {
    void servePlainCall(call, response, { serverInfo: {}, answer: () => answer.promise });
    served.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const ended = Promise.withResolvers<void>();
  let type: string | undefined;
  let text = '';
  request({ port: (server.address() as AddressInfo).port, method: 'POST' }, (response) => {
    type = response.headers['content-type'];
    response.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', ended.resolve);
  }).end();
  return {
    received: { type: () => type, text: () => text, ended: ended.promise },
    finish: (said) => answer.resolve({ content: [{ type: 'text', text: said }] }),
    isServed: served.promise,
  };
}

/** The network takes its own time, which the clock does not count. */
async function soon(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

it('within five seconds it is JSON', async () => {
  const { received, finish, isServed } = await callOver();
  await isServed;
  vi.advanceTimersByTime(4_999);
  finish('quick');
  await received.ended;
  expect(received.type()).toBe('application/json');
  expect(JSON.parse(received.text()).result.content[0].text).toBe('quick');
});

it('after five it is a stream, with a comment every fifteen, and the result at its end', async () => {
  const { received, finish, isServed } = await callOver();
  await isServed;
  vi.advanceTimersByTime(5_000);
  await soon(() => received.type() !== undefined);
  expect([received.type(), received.text()]).toEqual(['text/event-stream', '']);
  for (const count of [1, 2]) {
    vi.advanceTimersByTime(15_000);
    await soon(() => received.text() === ': keepalive\n\n'.repeat(count));
  }
  finish('at last');
  await received.ended;
  const [, data = ''] = /^event: message\ndata: (.*)$/m.exec(received.text()) ?? [];
  expect(JSON.parse(data)).toEqual({
    jsonrpc: '2.0',
    id: 1,
    result: { content: [{ type: 'text', text: 'at last' }] },
  });
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(0);
});
