// What keeps one bad server from costing more than its own calls: bounded waiting, rests, and trying again where it is safe.
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/downstream/connection.ts';
import { toolListing } from '../../src/server/list-available-tools.ts';
import { serverListing } from '../../src/server/list-servers.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { fixture } from '../support/orchestrator.ts';
import {
  emptyFile,
  failureOf,
  http,
  limits,
  open,
  read,
  shutDown,
  startHttp,
  stdio,
  stop,
  textOf,
  until,
} from './support.ts';

const once = { repeatable: false };
const repeatable = { repeatable: true };

describe('a full queue', () => {
  it('refuses the next call at once, and says what to do', async () => {
    const connection = open(stdio('slow', [], { callsMax: 1 }), { limits: limits({ callsQueuedMax: 1 }) });
    const first = connection.callTool('sleep_ms', { ms: 300 }, once);
    const second = connection.callTool('sleep_ms', { ms: 1 }, once);
    expect(await failureOf(connection.callTool('sleep_ms', { ms: 1 }, once))).toMatchObject({
      code: 'limit_exceeded',
      retrySafe: 'yes',
      callOutcome: 'failed',
      message: expect.stringContaining('1 call is under way and 1 wait'),
      hint: expect.stringContaining('"concurrency"'),
    });
    expect([textOf(await first), textOf(await second)]).toEqual(['slept', 'slept']);
    expect(textOf(await connection.callTool('in_flight_max', {}, once))).toBe('1');
  });

  it('refuses requests that are no calls as well', async () => {
    const connection = open(stdio('slow', [], { callsMax: 1 }), { limits: limits({ callsQueuedMax: 0 }) });
    const first = connection.callTool('sleep_ms', { ms: 300 }, once);
    expect(await failureOf(connection.request('tools/list', {}, {}))).toMatchObject({
      code: 'limit_exceeded',
    });
    await first;
    expect(await connection.request('tools/list', {}, {})).toHaveProperty('tools');
  });
});

describe('a server whose calls fail one after the other', () => {
  const bounds = limits({ breakerFailures: 3, breakerRestMs: 400 });
  const resting = (connection: Connection) => connection.breaker()?.state;

  it('is left alone, tried by one call, and back', async () => {
    const starts = emptyFile();
    const connection = open(stdio('crashes-on-call', [starts]), { limits: bounds });
    for (let count = 0; count < 3; count += 1) {
      expect(resting(connection)).toBeUndefined();
      expect(await failureOf(connection.callTool('crash', {}, once))).toMatchObject({
        code: 'connection_lost',
      });
    }
    expect(connection.breaker()?.problem).toMatch(
      /^It is not called for 0\.\d s, because 3 calls in a row failed.*134/,
    );
    const startedAt = performance.now();
    const refusals = await Promise.all(
      Array.from({ length: 20 }, () => failureOf(connection.callTool('echo', {}, once))),
    );
    expect(performance.now() - startedAt).toBeLessThan(100);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({
        code: 'server_unavailable',
        retrySafe: 'yes',
        message: expect.stringContaining('was not called. It is not called for'),
        hint: 'Nothing was done.',
      });
    expect(read(starts), 'nothing was started for them').toBe('sss');
    await until(() => resting(connection) === 'half_open', 'the rest to be over');
    expect(connection.breaker()?.problem).toContain('The next call tries it again');
    // All wait for the first one, which finds the server well.
    const answers = await Promise.all([1, 2, 3].map((a) => connection.callTool('echo', { a }, once)));
    expect(answers.map(textOf)).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
    expect(connection.breaker()).toBeUndefined();
    expect(read(starts)).toBe('ssss');
  });

  it('is left alone again where the call that tries it fails too', async () => {
    const starts = emptyFile();
    const connection = open(stdio('crashes-on-call', [starts]), {
      limits: { ...bounds, breakerFailures: 1 },
    });
    await failureOf(connection.callTool('crash', {}, once));
    await until(() => resting(connection) === 'half_open', 'the rest to be over');
    const [first, second] = await Promise.all([
      failureOf(connection.callTool('crash', {}, once)),
      failureOf(connection.callTool('crash', {}, once)),
    ]);
    expect(first.code).toBe('connection_lost');
    expect(second, 'only one was let through').toMatchObject({ code: 'server_unavailable' });
    expect(resting(connection)).toBe('open');
    expect(read(starts)).toBe('ss');
  });

  it('lets go of those who wait for the call that tries it, as soon as they are cancelled', async () => {
    const connection = open(stdio('misbehaves'), { limits: { ...bounds, breakerFailures: 1 } });
    await failureOf(connection.callTool('crash', {}, once));
    await until(() => resting(connection) === 'half_open', 'the rest to be over');
    const trying = connection.callTool('slowly', { a: 1 }, once);
    const abort = new AbortController();
    const waiting = failureOf(
      connection.callTool('grow', { name: 'sprout' }, { ...once, signal: abort.signal }),
    );
    let isTried = false;
    void trying.then(() => {
      isTried = true;
    });
    abort.abort();
    expect(await waiting).toMatchObject({ code: 'call_aborted', callOutcome: 'failed' });
    expect(isTried).toBe(false);
    expect(textOf(await trying)).toBe('1');
    expect(connection.breaker()).toBeUndefined();
    const { tools } = await connection.listTools();
    expect(JSON.stringify(tools), 'what was cancelled was not sent').not.toContain('sprout');
  });

  it('counts calls that one loss took along as one, and an answer in between ends the row', async () => {
    const connection = open(stdio('crashes-on-call'), { limits: { ...bounds, breakerFailures: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => failureOf(connection.callTool('crash', {}, once))));
    expect(resting(connection)).toBeUndefined();
    await connection.callTool('echo', {}, once);
    await failureOf(connection.callTool('crash', {}, once));
    expect(resting(connection)).toBeUndefined();
    await failureOf(connection.callTool('crash', {}, once));
    expect(resting(connection)).toBe('open');
  });

  it('counts silence, but nothing that the server answers', async () => {
    const slow = open(stdio('slow', [], { callMsMax: 100 }), { limits: { ...bounds, breakerFailures: 2 } });
    const failures = await Promise.all(
      [1, 2].map(() => failureOf(slow.callTool('sleep_ms', { ms: 5_000 }, once))),
    );
    expect(failures.map(({ code }) => code)).toEqual(['call_timeout', 'call_timeout']);
    expect(resting(slow)).toBe('open');

    const { url } = await startHttp('http-v1', { TOKEN: 'right-token-value' });
    const refused = open(http(url), { limits: { ...bounds, breakerFailures: 1 } });
    expect((await failureOf(refused.callTool('count', {}, once))).message).toContain('HTTP 401');
    expect(resting(refused)).toBeUndefined();
    const answering = open(stdio('slow'), { limits: { ...bounds, breakerFailures: 1 } });
    await failureOf(answering.request('no/such/method', {}, {}));
    expect(resting(answering)).toBeUndefined();
  });

  it('is never left alone where 0 failures are configured', async () => {
    const connection = open(stdio('crashes-on-call'), { limits: { ...bounds, breakerFailures: 0 } });
    for (let count = 0; count < 6; count += 1) await failureOf(connection.callTool('crash', {}, once));
    expect(textOf(await connection.callTool('echo', {}, once))).toBe('{}');
  });

  it('over HTTP, while nothing listens', async () => {
    const { url, child } = await startHttp('http-v1');
    const connection = open(http(url), { limits: { ...bounds, breakerFailures: 1, retriesMax: 0 } });
    await connection.callTool('count', {}, once);
    await stop(child);
    await failureOf(connection.callTool('count', {}, once));
    expect(resting(connection)).toBe('open');
    await startHttp('http-v1', { PORT: new URL(url).port });
    await until(() => resting(connection) === 'half_open', 'the rest to be over');
    expect(textOf(await connection.callTool('count', {}, once))).toBe('1');
    expect(connection.breaker()).toBeUndefined();
  });

  it('shows in every list of servers, and in the script whose call is refused', async () => {
    const orchestrator = await openOrchestrator(
      { shaky: fixture('crashes-on-call.mjs'), fine: fixture('slow.mjs') },
      { limits: { breakerFailures: 2, breakerRestMs: 60_000 } },
    );
    const script = `
      const kinds = [];
      for (const tool of [shaky.crash, shaky.crash, shaky.echo])
        try { await tool({}) } catch (error) { kinds.push([error.kind, error.retrySafe, error.message]) }
      return [kinds, await fine.in_flight_max({})]`;
    const { result } = await orchestrator.runner.run({ code: script });
    const [kinds, fine] = result as [string[][], string];
    expect(kinds.map(([kind]) => kind)).toEqual(['connection_lost', 'connection_lost', 'server_unavailable']);
    expect(kinds[2]?.slice(1)).toEqual(['yes', expect.stringContaining('Use other servers meanwhile')]);
    expect(String(fine)).toBe('0');
    const [row, other] = ['shaky', 'fine'].map((name) =>
      serverListing(orchestrator).servers.find((server) => server.name === name),
    );
    expect(row).toMatchObject({
      status: 'failed',
      circuit: 'open',
      problem: expect.stringContaining('is not called for'),
    });
    expect(other).not.toHaveProperty('circuit');
    const { servers } = toolListing(orchestrator.catalog, { detail: 'names' });
    expect(servers.shaky).toMatchObject({
      status: 'failed',
      problem: expect.stringContaining('2 calls in a row failed'),
    });
    expect(servers.shaky?.tools, 'its tools stay known').toContain('crash');
  });
});

describe('trying again', () => {
  it.each([0, 1, 3])('a repeatable call whose connection is lost, %d times', async (retriesMax) => {
    const starts = emptyFile();
    const connection = open(stdio('crashes-on-call', [starts]), { limits: limits({ retriesMax }) });
    const failure = await failureOf(connection.callTool('crash', {}, repeatable));
    expect(failure).toMatchObject({ code: 'connection_lost', retrySafe: 'yes' });
    expect(read(starts)).toBe('s'.repeat(retriesMax + 1));
  });

  it('never a write whose outcome is unknown', async () => {
    const file = emptyFile();
    const connection = open(stdio('counts-writes', [file]), { limits: limits({ retriesMax: 10 }) });
    expect(await failureOf(connection.callTool('write_once', {}, once))).toMatchObject({
      code: 'connection_lost',
      retrySafe: 'unknown',
    });
    expect(read(file)).toBe('w');
  });

  it('any call that was not sent, while its server is being restarted', async () => {
    const server = await startHttp('http-v1');
    const connection = open(http(server.url), { limits: limits({ retriesMax: 10 }) });
    await connection.callTool('count', {}, once);
    await shutDown(server);
    let isCalled = false;
    connection.onStateChanged(() => {
      isCalled = true;
    });
    const call = connection.callTool('count', {}, once);
    await until(() => isCalled, 'the call to find nobody');
    await startHttp('http-v1', { PORT: new URL(server.url).port });
    expect(textOf(await call)).toBe('1');
  });

  it('a call that was refused because there are too many, after pauses, over the same connection', async () => {
    const { url } = await startHttp('misbehaves', {}, ['http']);
    const connection = open(http(url), { limits: limits({ retriesMax: 3 }) });
    await connection.connect();
    let changes = 0;
    connection.onStateChanged(() => {
      changes += 1;
    });
    expect(textOf(await connection.callTool('busy', { times: 3 }, once))).toBe('4');
    expect(await failureOf(connection.callTool('busy', { times: 100 }, once))).toMatchObject({
      code: 'protocol_error',
      retrySafe: 'yes',
      callOutcome: 'failed',
      message: expect.stringContaining('HTTP 429'),
    });
    expect(textOf(await connection.callTool('busy', { times: 0 }, once)), 'tried four times').toBe('9');
    expect(changes).toBe(0);
  });

  it('not a server that was never reached, and not beyond the cancelling of the call', async () => {
    const never = open(stdio('exits-at-once'), { limits: limits({ retriesMax: 10 }) });
    let attempts = 0;
    never.onStateChanged(() => {
      if (never.state().state === 'connecting') attempts += 1;
    });
    await failureOf(never.callTool('any', {}, repeatable));
    expect(attempts).toBe(1);

    const { url, child } = await startHttp('http-v1');
    const connection = open(http(url), { limits: limits({ retriesMax: 10 }) });
    await connection.connect();
    await stop(child);
    const abort = new AbortController();
    connection.onStateChanged(() => {
      if (connection.state().state === 'failed') abort.abort();
    });
    const startedAt = performance.now();
    await failureOf(connection.callTool('count', {}, { ...repeatable, signal: abort.signal }));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
