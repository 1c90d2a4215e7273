// Calls: bounds, timeouts, cancelling, and what is sent again after a loss.
import { describe, expect, it } from 'vitest';
import { addUntilHeard, emptyFile, failureOf, limits, open, read, stdio, textOf, until } from './support.ts';

const once = { repeatable: false };
const repeatable = { repeatable: true };

describe('time', () => {
  it('times out, says so to the server, and goes on', async () => {
    const connection = open(stdio('slow', [], { callMsMax: 200 }));
    const failure = await failureOf(connection.callTool('sleep_ms', { ms: 60_000 }, once));
    expect(failure).toMatchObject({
      code: 'call_timeout',
      server: 'slow',
      tool: 'sleep_ms',
      retrySafe: 'unknown',
      hint: expect.stringContaining('Raise "timeout" of the server'),
    });
    expect(failure.message).toContain('200 ms without progress');
    expect(JSON.parse(textOf(await connection.callTool('cancelled', {}, once)))).toHaveLength(1);
    expect(await failureOf(connection.callTool('sleep_ms', { ms: 60_000 }, repeatable))).toMatchObject({
      retrySafe: 'yes',
    });
  });

  it('starts the time anew with each progress, and asks for progress always', async () => {
    const connection = open(stdio('slow', [], { callMsMax: 600 }));
    expect(textOf(await connection.callTool('sleep_with_progress', { ms: 200, steps: 5 }, once))).toBe(
      'slept',
    );
    expect(textOf(await connection.callTool('tokens', {}, once))).not.toContain('null');
  });

  it('spares a tool the token that has often answered at once without it, until it is slow', async () => {
    const connection = open(stdio('slow', [], { callMsMax: 300 }));
    const nothing = { ...once, onProgress: () => {} };
    const sleep = (ms: number, options = once) => connection.callTool('sleep_ms', { ms }, options);
    for (let call = 0; call < 21; call += 1) await sleep(0);
    await sleep(0, nothing);
    await failureOf(sleep(400));
    await sleep(0);
    const tokens = JSON.parse(textOf(await connection.callTool('tokens', {}, once)));
    expect(tokens.map((token: unknown) => (token === null ? '-' : 't')).join('')).toBe(
      `${'t'.repeat(20)}-t-tt`,
    );
  });

  it('passes progress on, cleaned', async () => {
    for (const fixture of ['slow', 'sdk-v2-stdio']) {
      const seen: object[] = [];
      const onProgress = (progress: object) => seen.push(progress);
      await open(stdio(fixture, ['modern'])).callTool(
        'sleep_with_progress',
        { ms: 20, steps: 3 },
        { ...once, onProgress },
      );
      expect(seen[1]).toEqual({
        progress: 2,
        total: 3,
        ...(fixture === 'slow' ? { message: 'step 2' } : {}),
      });
    }
  });

  it('ends a call that only ever makes progress', async () => {
    const connection = open(stdio('slow', [], { callMsMax: 5_000 }), { limits: limits({ callMsMax: 700 }) });
    const startedAt = performance.now();
    const failure = await failureOf(
      connection.callTool('sleep_with_progress', { ms: 50, steps: 1_000 }, once),
    );
    expect(failure).toMatchObject({
      code: 'call_timeout',
      message: expect.stringContaining('700 ms in all'),
      hint: expect.stringContaining('Raise limits.callMsMax'),
    });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});

describe('cancelling', () => {
  it.each(['slow', 'sdk-v2-stdio'])('cancels a call under way of %s', async (fixture) => {
    const connection = open(stdio(fixture, ['modern']));
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    const options = { ...once, signal: abort.signal, onProgress };
    const failure = await failureOf(
      connection.callTool('sleep_with_progress', { ms: 50, steps: 1_000 }, options),
    );
    expect(failure).toMatchObject({ code: 'call_aborted', retrySafe: 'unknown' });
    if (fixture === 'slow')
      expect(JSON.parse(textOf(await connection.callTool('cancelled', {}, once)))).toHaveLength(1);
  });

  it('cancels before sending', async () => {
    const connection = open(stdio('slow', [], { callsMax: 1 }));
    const signal = AbortSignal.abort();
    expect(await failureOf(connection.callTool('sleep_ms', { ms: 1 }, { ...once, signal }))).toMatchObject({
      code: 'call_aborted',
      retrySafe: 'yes',
    });
    const running = connection.callTool('sleep_ms', { ms: 300 }, once);
    const abort = new AbortController();
    const waiting = failureOf(connection.callTool('sleep_ms', { ms: 1 }, { ...once, signal: abort.signal }));
    abort.abort();
    expect(await waiting).toMatchObject({ code: 'call_aborted', retrySafe: 'yes' });
    expect(textOf(await running)).toBe('slept');
    // The place of the one that gave up is free again.
    expect(textOf(await connection.callTool('sleep_ms', { ms: 1 }, once))).toBe('slept');
  });

  it('stops waiting for a connection', async () => {
    const connection = open(stdio('never-answers'));
    const abort = new AbortController();
    const waiting = failureOf(connection.callTool('any', {}, { ...once, signal: abort.signal }));
    abort.abort();
    expect(await waiting).toMatchObject({ code: 'call_aborted', retrySafe: 'yes' });
    expect(connection.state().state).toBe('connecting');
  });
});

describe('calls at once', () => {
  it('lets so many calls in as configured, the others in order', async () => {
    const connection = open(stdio('slow', [], { callsMax: 3 }));
    await connection.connect();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 9 }, async (_, index) => {
        await connection.callTool('sleep_ms', { ms: 50 }, once);
        order.push(index);
      }),
    );
    expect(textOf(await connection.callTool('in_flight_max', {}, once))).toBe('3');
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('a server that dies during a call', () => {
  it('fails the call with the last words, and the next one works', async () => {
    const starts = emptyFile();
    const connection = open(stdio('crashes-on-call', [starts]));
    let changes = 0;
    connection.onToolsChanged(() => {
      changes += 1;
    });
    const failure = await failureOf(connection.callTool('crash', {}, once));
    expect(failure).toMatchObject({ code: 'connection_lost', retrySafe: 'unknown', tool: 'crash' });
    expect(failure.message).toContain('exit code 134');
    expect(failure.message).toContain('fatal: out of luck');
    expect(connection.state()).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('exit code 134'),
    });
    expect(textOf(await connection.callTool('echo', { a: 1 }, once))).toBe('{"a":1}');
    expect(connection.state().state).toBe('connected');
    expect(read(starts)).toBe('ss');
    expect(changes).toBe(1);
  });

  it('fails all calls under way after kill -9, and notices a death between calls', async () => {
    const connection = open(stdio('crashes-on-call'));
    const pid = Number(textOf(await connection.callTool('pid', {}, once)));
    let states = 0;
    connection.onStateChanged(() => {
      states += 1;
    });
    process.kill(pid, 'SIGKILL');
    await until(() => connection.state().state === 'failed', 'the death to be noticed');
    expect(connection.state().problem).toContain('signal SIGKILL');
    expect(Number(textOf(await connection.callTool('pid', {}, once)))).not.toBe(pid);
    expect(states).toBeGreaterThan(0);
  });

  it('never sends a write again by itself', async () => {
    const file = emptyFile();
    const connection = open(stdio('counts-writes', [file]));
    expect(await failureOf(connection.callTool('write_once', {}, once))).toMatchObject({
      code: 'connection_lost',
    });
    expect(textOf(await connection.callTool('count', {}, repeatable))).toBe('1');
    expect(read(file)).toBe('w');
  });

  it('sends a repeatable call again', async () => {
    const file = emptyFile();
    const connection = open(stdio('counts-writes', [file]));
    expect(textOf(await connection.callTool('read_once', {}, repeatable))).toContain('done by');
    expect(read(file)).toBe('rr');
  });
});

describe('lists', () => {
  it.each([
    ['fresh', { toolPagesMax: 7 }, 7, 'first 7 pages'],
    ['same', {}, 2, 'a cursor came twice, after page 2'],
    ['many', { toolsPerServerMax: 2_500 }, 2_500, 'first 2500 tools'],
  ])('ends an endless list: %s', async (kind, bounds, count, text) => {
    const list = await open(stdio('endless-cursor', [kind]), { limits: limits(bounds) }).listTools();
    expect(list.tools).toHaveLength(count);
    expect(list.truncated).toContain(text);
  });

  it.each([
    ['list-changed', 'add'],
    ['sdk-v2-stdio', 'add_tool'],
  ])('hears of changed tools: %s', async (fixture, adding) => {
    const connection = open(stdio(fixture, ['modern']));
    const before = (await connection.listTools()).tools.length;
    const added = await addUntilHeard(connection, adding);
    expect((await connection.listTools()).tools).toHaveLength(before + added);
  });
});
