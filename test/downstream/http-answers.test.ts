/** What an HTTP server may answer to a call beside its result: each is told as what it is. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retryAfter } from '../../src/downstream/busy.ts';
import type { Limits } from '../../src/limits.ts';
import { failureOf, http, limits, open, textOf, until } from './support.ts';

type Answer = (response: ServerResponse, id: unknown, times: number, token: unknown) => void;

const good = (id: unknown, text = 'good') =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
const json = (response: ServerResponse, body: string, status = 200, headers: Record<string, string> = {}) =>
  void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
const events = (response: ServerResponse, ...messages: string[]) =>
  void response
    .writeHead(200, { 'Content-Type': 'text/event-stream' })
    .end(messages.map((one) => `data: ${one}\n\n`).join(''));

/** Refuses the first time. */
function busy(
  response: ServerResponse,
  status: number,
  after: string,
  then: () => void,
  times: number,
): void {
  if (times === 1) json(response, '{}', status, { 'Retry-After': after });
  else then();
}

const answers: Readonly<Record<string, Answer>> = {
  good: (response, id) => json(response, good(id)),
  no_json: (response) => json(response, '{"jsonrpc": "2.0", '),
  empty: (response) => json(response, ''),
  no_message: (response) => json(response, '{"status":"ok"}'),
  number: (response) => json(response, '42'),
  null: (response) => json(response, 'null'),
  old_version: (response, id) => json(response, JSON.stringify({ jsonrpc: '1.0', id, result: {} })),
  neither: (response, id) => json(response, JSON.stringify({ jsonrpc: '2.0', id })),
  empty_list: (response) => json(response, '[]'),
  other_id: (response) => json(response, good(987_654)),
  other_ids: (response, id) => json(response, `[${good(987_654)},${good(id)}]`),
  html: (response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Welcome</h1>'),
  untyped: (response, id) => void response.writeHead(200).end(good(id)),
  accepted: (response) => void response.writeHead(202).end(),
  no_content: (response) => void response.writeHead(204).end(),
  teapot: (response) => void response.writeHead(418, { 'Content-Type': 'text/plain' }).end('short and stout'),
  error_page: (response) =>
    void response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
  away: (response) => void response.writeHead(307, { Location: 'http://other.example.com/mcp' }).end(),
  circle: (response) => void response.writeHead(307, { Location: '/mcp' }).end(),
  sse_no_json: (response) => events(response, '{"jsonrpc": '),
  sse_no_message: (response) => events(response, '{"status":"ok"}'),
  sse_other_id: (response) => events(response, good(987_654)),
  sse_empty: (response) => events(response),
  cut: (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write('{"jsonrpc"', () => response.destroy());
  },
  progresses: (response, id, _, token) =>
    events(
      response,
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress: 1 },
      }),
      good(id),
    ),
  asks: async (response, id) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const params = { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } };
    response.write(
      `data: ${JSON.stringify({ jsonrpc: '2.0', id: 'question', method: 'elicitation/create', params })}\n\n`,
    );
    const { action } = await answered.promise;
    response.end(`data: ${good(id, action)}\n\n`);
  },
  overloaded: (response) => json(response, '{}', 503),
  busy_429: (response, id, times) =>
    busy(response, 429, '1', () => json(response, good(id, String(times))), times),
  busy_503: (response, id, times) =>
    busy(response, 503, '1', () => json(response, good(id, String(times))), times),
  busy_date: (response, id, times) =>
    busy(
      response,
      429,
      new Date(Date.now() + 2_000).toUTCString(),
      () => json(response, good(id, String(times))),
      times,
    ),
  always_busy: (response) => json(response, '{}', 429, { 'Retry-After': '1' }),
  away_429: (response) => json(response, 'come back in an hour', 429, { 'Retry-After': '3600' }),
  away_503: (response) => json(response, 'come back in an hour', 503, { 'Retry-After': '3600' }),
};

/** What the client says to the question of `asks`. */
const answered = Promise.withResolvers<{ action: string }>();
let url: string;
const counts = new Map<string, number>();
const server = createServer((request, response) => void serve(request, response));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return void response.writeHead(405).end();
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const { id, method, params } = JSON.parse(text);
  if (id === 'question') answered.resolve(JSON.parse(text).result);
  if (id === undefined || method === undefined) return void response.writeHead(202).end();
  const result = (value: object) => json(response, JSON.stringify({ jsonrpc: '2.0', id, result: value }));
  if (method === 'initialize')
    return result({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'odd', version: '1' },
    });
  if (method === 'tools/list')
    return result({ tools: Object.keys(answers).map((name) => ({ name, inputSchema: { type: 'object' } })) });
  if (method !== 'tools/call')
    return json(response, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
  const times = (counts.get(params.name) ?? 0) + 1;
  counts.set(params.name, times);
  answers[params.name]?.(response, id, times, params._meta?.progressToken);
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const once = { repeatable: false };
const call = (name: string, more: Partial<Limits> = {}) => {
  const connection = open(http(url, { callMsMax: 2_000 }), { limits: limits(more) });
  return { connection, outcome: connection.callTool(name, {}, once) };
};

it.each([
  [
    'no_json',
    /^.*its answer cannot be used: it is not JSON \(.* position 19 .*\): "\{\\"jsonrpc\\": \\"2.0\\","$/,
  ],
  ['empty', /cannot be used: it is empty$/],
  ['no_message', /it is JSON, but no message of the protocol: "\{\\"status\\":\\"ok\\"\}"/],
  ['number', /no message of the protocol: "42"/],
  ['null', /no message of the protocol: "null"/],
  ['old_version', /no message of the protocol: .*1\.0/],
  ['empty_list', /it holds no response/],
  ['other_id', /it is to another request, id "987654"/],
  ['html', /it is text\/html, where JSON or an event stream is due: "<h1>Welcome<\/h1>"/],
  ['untyped', /it is of no content type, where JSON/],
  ['no_content', /it is empty \(HTTP 204\)/],
  ['sse_no_json', /its stream ended after what is not JSON \(/],
  ['sse_no_message', /its stream ended after JSON that is no message/],
  ['sse_other_id', /its stream ended after a response to another request/],
])('%s is told as what it is, and costs the connection nothing', async (name, message) => {
  const { connection, outcome } = call(name);
  const failure = await failureOf(outcome);
  expect(failure).toMatchObject({
    code: 'protocol_error',
    retrySafe: 'unknown',
    message: expect.stringMatching(message),
  });
  expect(failure.hint).toContain('It may have been carried out');
  expect([connection.state().state, counts.get(name)]).toEqual(['connected', 1]);
  expect(textOf(await connection.callTool('good', {}, once))).toBe('good');
});

it('a response to a request of before is passed over', async () => {
  expect(textOf(await call('other_ids').outcome)).toBe('good');
});

it.each([
  ['neither', 'protocol_error', 'unknown', /answered with neither a result nor an error/],
  ['teapot', 'protocol_error', 'yes', /refused the request: HTTP 418: short and stout/],
  ['away', 'protocol_error', 'yes', /redirected to another origin, http:\/\/other\.example\.com; set "url"/],
  ['circle', 'protocol_error', 'yes', /redirected more than 5 times/],
  ['error_page', 'connection_lost', 'unknown', /HTTP 502: <h1>Bad Gateway<\/h1>/],
  ['overloaded', 'connection_lost', 'unknown', /HTTP 503/],
  ['cut', 'connection_lost', 'unknown', /ECONNRESET/],
  ['sse_empty', 'connection_lost', 'unknown', /stream ended without a response/],
  ['accepted', 'call_timeout', 'unknown', /no answer within 2000 ms/],
])('%s: %s', async (name, code, retrySafe, message) => {
  expect(await failureOf(call(name).outcome)).toMatchObject({
    code,
    retrySafe,
    message: expect.stringMatching(message),
  });
});

it('one connection takes answers as JSON and as streams, as they come: with progress, and with a question', async () => {
  const connection = open(http(url));
  const client = {
    capabilities: { elicitation: {} },
    elicit: async ({ message }: { message?: unknown }) => ({ action: 'accept', content: { message } }),
    sample: async () => ({}),
  };
  const progress: number[] = [];
  const options = {
    ...once,
    caller: { principal: 'ann', client },
    onProgress: (update: { progress: number }) => void progress.push(update.progress),
  };
  const texts = [];
  for (const name of ['good', 'progresses', 'good', 'asks', 'good'])
    texts.push(textOf(await connection.callTool(name, {}, options)));
  expect([texts, progress]).toEqual([['good', 'good', 'good', 'accept', 'good'], [1]]);
});

describe('Retry-After', () => {
  it.each(['busy_429', 'busy_503', 'busy_date'])(
    '%s: is waited for, and the same connection used',
    async (name) => {
      const startedAt = performance.now();
      const { connection, outcome } = call(name);
      expect(textOf(await outcome)).toBe('2');
      expect(performance.now() - startedAt).toBeGreaterThan(900);
      expect([connection.state().state, counts.get(name)]).toEqual(['connected', 2]);
    },
  );

  it.each([
    ['away_429', 'protocol_error', 429],
    ['away_503', 'server_unavailable', 503],
  ])('%s: is not waited for beyond retryAfterMsMax', async (name, code, status) => {
    const { connection, outcome } = call(name);
    expect(await failureOf(outcome)).toMatchObject({
      ...{ code, retrySafe: 'yes', callOutcome: 'failed' },
      message: expect.stringContaining(`HTTP ${status}: come back in an hour`),
      hint: expect.stringMatching(/^Nothing was done\. .* in 3600 s, longer than .*\(retryAfterMsMax\)\.$/),
    });
    expect([connection.state().state, counts.get(name)]).toEqual(['connected', 1]);
  });

  it('is waited for at most as often as there are retries, and not where nobody wants it any more', async () => {
    expect(await failureOf(call('always_busy', { retriesMax: 1 }).outcome)).toMatchObject({
      hint: 'Nothing was done. The server asks to be called again in 1 s.',
    });
    expect(counts.get('always_busy')).toBe(2);
    const connection = open(http(url), { limits: limits({ retriesMax: 10 }) });
    const stop = new AbortController();
    const cancelled = failureOf(connection.callTool('always_busy', {}, { ...once, signal: stop.signal }));
    await until(() => counts.get('always_busy') === 3, 'the call to be refused');
    stop.abort();
    const startedAt = performance.now();
    await cancelled;
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('is read as seconds or as a date', () => {
    const now = Date.UTC(2026, 0, 1, 12);
    expect(retryAfter('120', now)).toBe(120_000);
    expect(retryAfter(' 0 ', now)).toBe(0);
    expect(retryAfter('Thu, 01 Jan 2026 12:00:30 GMT', now)).toBe(30_000);
    expect(retryAfter('Thu, 01 Jan 2026 11:00:00 GMT', now), 'a clock that is late').toBe(0);
    for (const text of [null, '', 'soon', '-5', '1e3', 'Jan 1', '2026-01-01', '99999999999999'])
      expect(retryAfter(text, now)).toBeUndefined();
  });
});
