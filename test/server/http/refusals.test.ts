/** Everything that the HTTP front refuses: status, JSON-RPC code, and words that say what to do. docs/http.md has the same list. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { OAuth2Server } from 'oauth2-mock-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../../support/ends-last.ts';
import { type Ask, ask, callBody, type HttpServed, serveHttp } from '../../support/http.ts';
import { fixture, root, setUp } from '../../support/orchestrator.ts';
import { eventually } from '../../support/processes.ts';
import {
  admission,
  bearer,
  bodies,
  client,
  good,
  initialize,
  message,
  places,
  protocol,
  type Row,
  script,
  tokens,
} from '../../support/refused-requests.ts';

const onEnd = endsLast();
const servers = { slow: fixture('slow.mjs') };
const audience = 'https://mcp.example.com/mcp';
const oauth = new OAuth2Server();
let served: HttpServed;

beforeAll(async () => {
  await oauth.issuer.keys.generate('RS256');
  await oauth.start(0, '127.0.0.1');
  onEnd(() => oauth.stop());
  const http = {
    tokens: [
      { name: 'all', token: tokens.all },
      { name: 'looks', token: tokens.looks, scopes: ['read'] },
      { name: 'calm', token: tokens.calm, profile: 'calm' },
    ],
    oauth: { issuer: oauth.issuer.url, audience },
  };
  const profiles = { calm: { servers: ['slow'] }, other: { servers: ['slow'] } };
  const limits = { httpBodyBytesMax: 20_000, listPageMax: 50 };
  served = await serveHttp(setUp(servers, { http, profiles, limits }, onEnd), { onEnd });
});

const jwt = async (change: object) => {
  const scopesOrTransform = (_: unknown, payload: object) =>
    void Object.assign(payload, { sub: 'ann', aud: audience, scope: 'mcp:run', ...change });
  return bearer(await oauth.issuer.buildToken({ scopesOrTransform }));
};

const seen = new Set<string>();

async function refused(
  url: string,
  [, sent, status, code, words]: Row,
): Promise<Awaited<ReturnType<typeof ask>>> {
  const { headers, ...rest } = sent;
  const own = { ...bearer(tokens.all), ...headers };
  const given = Object.fromEntries(
    Object.entries(own).filter(([name, value]) => name === 'Content-Type' || value !== ''),
  );
  const body = sent.method === undefined ? { body: good } : {};
  const answer = await ask(url, { ...body, ...rest, headers: given });
  const { error, jsonrpc } = answer.json();
  expect([answer.status, jsonrpc, error?.code]).toEqual([status, '2.0', code]);
  expect(error.message).toMatch(words);
  // A sentence, and not what a validator prints.
  expect(error.message).not.toMatch(/\n|invalid_type|"expected"/);
  expect(error.message.length).toBeLessThan(400);
  if (status >= 400) {
    expect(answer.headers['content-type']).toBe('application/json');
    seen.add(String(status));
  }
  return answer;
}

describe.each(Object.entries({ admission, places, bodies, protocol }))('%s:', (_, rows) => {
  it.each(rows.map((row) => [row[0], row] as const))('%s', async (_, row) => {
    const { status, headers } = await refused(served.url, row);
    if (status === 401) expect(headers['www-authenticate']).toMatch(/^Bearer .*resource_metadata="/);
    if (status === 405) expect(headers.allow).toMatch(/POST|GET/);
  });
});

it.each([
  ['that has expired', { exp: 1_000_000_000 }, 401, /expired/],
  ['for somebody else', { aud: 'https://other.example.com' }, 401, /"aud"/],
  ['that allows nothing', { scope: 'openid' }, 403, /none of the scopes "mcp:read", "mcp:run"/],
  ['that allows to read', { scope: 'mcp:read' }, 403, /needs the scope "mcp:run"/],
])('an access token %s', async (name, change, status, words) => {
  const sent = { headers: await jwt(change), body: script };
  const { headers } = await refused(served.url, [name, sent, status, -32_000, words]);
  expect(headers['www-authenticate']).toMatch(
    status === 401 ? /error="invalid_token"/ : /error="insufficient_scope"/,
  );
});

it('the id of the request is in its refusal where it could be read', async () => {
  const ids = async (sent: Ask) =>
    (await ask(served.url, { ...sent, headers: { ...bearer(tokens.all), ...sent.headers } })).json().id;
  expect(await ids({ body: message({ jsonrpc: '1.0', id: 'mine' }) })).toBe('mine');
  expect(await ids({ body: good, headers: { 'Mcp-Session-Id': 'x' } })).toBe(7);
  expect(await ids({ body: good, headers: { Accept: 'text/html' } })).toBe(7);
  expect(await ids({ body: '42' })).toBeNull();
});

it('what is no HTTP is told in JSON too', async () => {
  const { hostname, port } = new URL(served.url);
  const say = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      connect(Number(port), hostname)
        .setEncoding('utf8')
        .on('data', (chunk) => {
          answer += chunk;
        })
        .on('error', reject)
        .on('close', () => resolve(answer))
        .end(text);
    });
  const statusAndMessage = (answer: string) => [
    answer.split(' ')[1],
    JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).error.message,
  ];
  expect(statusAndMessage(await say('hello\r\n\r\n'))).toEqual(['400', 'This is no HTTP request.']);
  const large = await say(`GET /mcp HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(40_000)}\r\n\r\n`);
  expect(statusAndMessage(large)).toEqual(['431', expect.stringContaining('headers')]);
  const nameless = await say('GET /mcp HTTP/1.1\r\nConnection: close\r\n\r\n');
  expect(statusAndMessage(nameless)).toEqual(['403', expect.stringContaining('allowedHosts')]);
  seen.add('431');
});

describe('what there is not enough of:', () => {
  it('requests in a minute', async () => {
    const { url } = await serveHttp(setUp({}, { limits: { httpRequestsPerMinuteMax: 2 } }));
    for (let count = 0; count < 2; count++) await ask(url, { body: good });
    const { headers } = await refused(url, ['', {}, 429, -32_000, /httpRequestsPerMinuteMax.*again in 30 s/]);
    expect(headers['retry-after']).toBe('30');
  });

  it('sessions, and time to keep them', async () => {
    const limits = { httpSessionsMax: 1, httpSessionIdleMs: 1_000 };
    const { url } = await serveHttp(setUp({}, { limits }));
    const begin = async () => {
      const { headers } = await ask(url, { body: initialize(client) });
      return { 'Mcp-Session-Id': String(headers['mcp-session-id']) };
    };
    const first = await begin();
    const stop = new AbortController();
    const listening = ask(url, {
      method: 'GET',
      headers: { ...first, Accept: 'text/event-stream' },
      signal: stop.signal,
    });
    const stopped = expect(listening).rejects.toThrow();
    const listens = () => ask(url, { body: initialize(client) }).then(({ status }) => status === 503);
    await eventually(listens, 'the session is in use');
    const full: Row = [
      '',
      { body: initialize(client) },
      503,
      -32_000,
      /1 sessions are in use.*httpSessionsMax.*Try again/,
    ];
    expect((await refused(url, full)).headers['retry-after']).toBe('5');
    // In the session: of another era, and of another kind.
    await refused(url, [
      '',
      { method: 'GET', headers: { ...first, Accept: 'text/html' } },
      406,
      -32_000,
      /Accept: text\/event-stream/,
    ]);
    await refused(url, [
      '',
      { headers: first, body: initialize(client) },
      400,
      -32_600,
      /already initialized/,
    ]);
    stop.abort();
    await stopped;
    const gone = async () => (await ask(url, { headers: first, body: good })).status === 200;
    expect(await gone()).toBe(true);
    // Each look would be another request, and keep it.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await refused(url, ['', { headers: first }, 404, -32_001, /Session not found. Initialize again/]);
  });

  it('places for scripts', async () => {
    const limits = { runsMax: 1, runsQueuedMax: 0 };
    const { url } = await serveHttp(setUp(servers, { limits, check: 'off' }));
    const stop = new AbortController();
    const code = 'await slow.sleep_ms({ ms: 100_000 })';
    const running = ask(url, { body: callBody('execute_composed_code', { code }), signal: stop.signal });
    const stopped = expect(running).rejects.toThrow();
    const result = async () => (await ask(url, { body: script })).json().result.structuredContent;
    await eventually(async () => (await result()).status === 'limit', 'the place is taken');
    expect((await result()).error).toMatchObject({
      kind: 'limit_exceeded',
      message: expect.stringContaining('runsQueuedMax'),
    });
    stop.abort();
    await stopped;
  });

  it('time: a server that ends takes no more', async () => {
    const own = await serveHttp(setUp(servers, { check: 'off' }));
    const running = ask(own.url, {
      body: callBody('execute_composed_code', { code: 'await slow.sleep_ms({ ms: 3_000 })' }),
    });
    await eventually(async () => {
      const { text } = await ask(own.url, { method: 'GET', path: '/metrics' });
      return text.includes('mcp_orchestrator_runs_running 1');
    }, 'the run is under way');
    // Begun before the end, and asking after it: new connections are not taken.
    const { hostname, port } = new URL(own.url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    await once(socket, 'connect');
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
    });
    const body = JSON.stringify(good);
    socket.write(`POST /mcp HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n`);
    const ended = own.end('SIGTERM');
    const isClosed = () =>
      ask(own.url, { method: 'GET', path: '/healthz' }).then(
        () => false,
        () => true,
      );
    await eventually(isClosed, 'new connections are refused');
    socket.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    await eventually(async () => said.includes('is ending'), 'it says so');
    expect(said).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*This server is ending. Try again/);
    expect((await running).status).toBe(200);
    expect(await ended).toBe(0);
    seen.add('503');
  });
});

afterAll(() => {
  const docs = readFileSync(path.join(root, 'docs/http.md'), 'utf8');
  const [, table = ''] = /## What is answered when something is wrong\n([\s\S]*?)\n## /.exec(docs) ?? [];
  const told = [...table.matchAll(/^\| `(\d{3})`/gm)].map(([, status]) => status);
  expect([...new Set(told)].sort()).toEqual([...seen, '408'].sort());
});
