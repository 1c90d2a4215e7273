// Servers over HTTP: both eras, the old SSE transport, sessions, credentials.
import { describe, expect, it } from 'vitest';
import {
  addUntilHeard,
  failureOf,
  http,
  limits,
  open,
  shutDown,
  startHttp,
  stop,
  textOf,
  until,
} from './support.ts';

const once = { repeatable: false };

describe('Streamable HTTP of the old era', () => {
  it('lists and calls, and ends its session', async () => {
    const { url } = await startHttp('http-v1');
    const connection = open(http(url));
    expect(await connection.listTools()).toMatchObject({
      serverInfo: { name: 'http-v1' },
      protocolVersion: '2025-11-25',
    });
    expect(textOf(await connection.callTool('count', {}, once))).toBe('1');
    expect(await (await fetch(new URL('/sessions', url))).text()).toBe('1');
    await connection.close();
    expect(await (await fetch(new URL('/sessions', url))).text()).toBe('0');
  });

  it('opens a new session where the server forgot the old one, and sends the call once', async () => {
    const { url } = await startHttp('http-v1');
    const connection = open(http(url));
    expect(textOf(await connection.callTool('count', {}, once))).toBe('1');
    await fetch(new URL('/drop', url));
    expect(textOf(await connection.callTool('count', {}, once))).toBe('2');
  });

  it('hears of changed tools', async () => {
    const { url } = await startHttp('http-v1');
    const connection = open(http(url));
    expect(await addUntilHeard(connection)).toBeGreaterThan(0);
  });

  it('does not repeat a call whose connection broke', async () => {
    const { url } = await startHttp('http-v1');
    const connection = open(http(url));
    const failure = await failureOf(connection.callTool('sever', {}, once));
    expect(failure).toMatchObject({ code: 'connection_lost', retrySafe: 'unknown' });
    expect(textOf(await connection.callTool('count', {}, once))).toBe('2');
  });

  it('bounds results and messages', async () => {
    const { url } = await startHttp('http-v1');
    const small = open(http(url), { limits: limits({ toolResultBytesMax: 2_000 }) });
    expect(await failureOf(small.callTool('bytes', { bytes: 5_000 }, once))).toMatchObject({
      code: 'result_too_large',
    });
    const tiny = open(http(url, { callMsMax: 5_000 }), { limits: limits({ messageBytesMax: 1_048_576 }) });
    expect(await failureOf(tiny.callTool('bytes', { bytes: 4_000_000 }, once))).toMatchObject({
      code: 'connection_lost',
    });
    expect(textOf(await tiny.callTool('count', {}, once))).toBe('1');
  });

  it('says when nothing listens, before and during', async () => {
    const { url, child } = await startHttp('http-v1');
    const connection = open(http(url));
    await connection.connect();
    await stop(child);
    const failure = await failureOf(connection.callTool('count', {}, once));
    expect(['server_unavailable', 'connection_lost']).toContain(failure.code);
    const never = await failureOf(open(http(url)).connect());
    expect(never).toMatchObject({ code: 'server_unavailable', retrySafe: 'yes' });
    expect(never.message).toContain('ECONNREFUSED, nothing listens there');
  });

  it('says that fetch blocks a port, for event streams', async () => {
    const failure = await failureOf(open(http('http://127.0.0.1:1/mcp', { transport: 'sse' })).connect());
    expect(failure.message).toMatch(
      /^server "http" is not available: http:\/\/127\.0\.0\.1:1\/mcp .*bad port$/,
    );
    expect(failure.hint).toContain('another one');
  });

  it('works again after the server was restarted', async () => {
    const server = await startHttp('http-v1');
    const connection = open(http(server.url));
    expect(textOf(await connection.callTool('count', {}, once))).toBe('1');
    await shutDown(server);
    await startHttp('http-v1', { PORT: new URL(server.url).port });
    const outcome = await connection.callTool('count', {}, { repeatable: true });
    expect(textOf(outcome)).toBe('1');
  });
});

describe('credentials', () => {
  it('sends the headers, and never shows their values', async () => {
    const { url } = await startHttp('http-v1', { TOKEN: 'right-token-value' });
    const right = open(http(url, { headers: { Authorization: 'Bearer right-token-value' } }));
    expect(textOf(await right.callTool('count', {}, once))).toBe('1');

    const none = await failureOf(open(http(url)).connect());
    expect(none).toMatchObject({
      code: 'server_unavailable',
      hint: expect.stringContaining('Set the header'),
    });
    expect(none.message).toContain('HTTP 401');

    const wrong = await failureOf(
      open(http(url, { headers: { Authorization: 'Bearer wrong-token-value' } })).connect(),
    );
    expect(wrong.message).toContain('HTTP 403');
    expect(wrong.hint).toContain('"Authorization"');
    expect(JSON.stringify([wrong.message, wrong.hint])).not.toContain('wrong-token-value');
  });

  it('follows a redirect on the same origin only', async () => {
    const { url } = await startHttp('http-v1');
    expect(textOf(await open(http(url.replace('/mcp', '/old'))).callTool('count', {}, once))).toBe('1');
    const failure = await failureOf(open(http(url.replace('/mcp', '/away'))).connect());
    expect(failure.message).toContain('redirected to another origin, http://localhost:1');
  });
});

describe('Streamable HTTP of the new era', () => {
  it('lists and calls', async () => {
    const { url } = await startHttp('http-v2');
    const connection = open(http(url));
    expect(await connection.listTools()).toMatchObject({
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'http-v2' },
    });
    expect(textOf(await connection.callTool('era', {}, once))).toBe('modern');
    const old = open(http(url), { era: { era: 'legacy', seenAtMs: Date.now() } });
    expect(textOf(await old.callTool('era', {}, once))).toBe('legacy');
  });

  it('repeats arguments in headers where a tool wants it, listed before or not', async () => {
    const { url } = await startHttp('http-v2');
    const unlisted = open(http(url));
    expect(textOf(await unlisted.callTool('where', { region: 'Zürich' }, once))).toBe('Zürich');
    expect(textOf(await unlisted.callTool('where', { region: 'eu-west' }, once))).toBe('eu-west');
  });

  it('hears of changed tools', async () => {
    const { url } = await startHttp('http-v2');
    const connection = open(http(url));
    const before = (await connection.listTools()).tools.length;
    const added = await addUntilHeard(connection);
    expect((await connection.listTools()).tools).toHaveLength(before + added);
  });
});

describe('cancelling over HTTP', () => {
  it.each(['http-v1', 'http-v2'])('stops a call under way of %s', async (fixture) => {
    const { url } = await startHttp(fixture);
    const connection = open(http(url));
    const abort = new AbortController();
    const hanging = failureOf(connection.callTool('hang', {}, { ...once, signal: abort.signal }));
    await until(
      async () => (await (await fetch(new URL('/hanging', url))).text()) === '1',
      'the call to arrive',
    );
    abort.abort();
    expect(await hanging).toMatchObject({ code: 'call_aborted', retrySafe: 'unknown' });
    await until(
      async () => (await (await fetch(new URL('/hanging', url))).text()) === '0',
      'the server to hear of it',
    );
  });
});

describe('HTTP+SSE', () => {
  it('is found by itself and remembered', async () => {
    const { url } = await startHttp('sse-only');
    const connection = open(http(url));
    expect(textOf(await connection.callTool('hello', {}, once))).toBe('hello');
    expect(connection.era()).toMatchObject({ era: 'legacy', transport: 'sse' });
    const again = open(http(url), { era: connection.era() });
    expect(textOf(await again.callTool('hello', {}, once))).toBe('hello');
    const direct = open(http(url, { transport: 'sse' }));
    expect(textOf(await direct.callTool('hello', {}, once))).toBe('hello');
  });

  it('fails calls at once where the stream breaks, and connects anew', async () => {
    const { url } = await startHttp('sse-only');
    const connection = open(http(url, { transport: 'sse' }));
    await connection.callTool('hello', {}, once);
    const hanging = failureOf(connection.callTool('hang', {}, once));
    await fetch(new URL('/cut', url), { method: 'POST' });
    expect(await hanging).toMatchObject({ code: 'connection_lost' });
    expect(textOf(await connection.callTool('hello', {}, once))).toBe('hello');
  });

  it('says what the path answered where neither transport is spoken', async () => {
    const { url } = await startHttp('sse-only');
    const failure = await failureOf(open(http(url.replace('/sse', '/nowhere'))).connect());
    expect(failure.message).toContain('HTTP 404');
    expect(failure.hint).toContain('url');
  });
});
