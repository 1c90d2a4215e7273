// Servers that do what they should not, over stdio and over HTTP: each fault gets its answer, and the next call works.
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/downstream/connection.ts';
import { failureOf, http, limits, open, startHttp, stdio, textOf, until } from './support.ts';

const once = { repeatable: false };
const unbroken = { limits: limits({ breakerFailures: 0 }) };

const transports: [string, (callMsMax?: number) => Promise<Connection>][] = [
  ['stdio', async (callMsMax = 700) => open(stdio('misbehaves', [], { callMsMax }), unbroken)],
  [
    'HTTP',
    async (callMsMax = 700) => {
      const { url } = await startHttp('misbehaves', {}, ['http']);
      return open(http(url, { callMsMax }), unbroken);
    },
  ],
];

describe.each(transports)('over %s, a server that', (transport, start) => {
  const isHttp = transport === 'HTTP';

  /** The fault, and then something sensible over the same connection. */
  async function fault(tool: string, connection?: Connection) {
    const used = connection ?? (await start());
    const outcome = await used.callTool(tool, {}, once).then(
      (result) => ({ text: textOf(result) }),
      (error) => ({ code: error.code, retrySafe: error.retrySafe, message: error.message }),
    );
    expect(textOf(await used.callTool('echo', { after: tool }, once))).toBe(`{"after":"${tool}"}`);
    return { outcome, connection: used };
  }

  it('hangs', async () => {
    const { outcome } = await fault('hang');
    expect(outcome).toMatchObject({ code: 'call_timeout', retrySafe: 'unknown' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('no answer within 700 ms'));
  });

  it('crashes', async () => {
    const connection = await start();
    const failure = await failureOf(connection.callTool('crash', {}, once));
    expect(failure).toMatchObject({ code: 'connection_lost', retrySafe: 'unknown', tool: 'crash' });
    // Nobody but whoever runs it can start an HTTP server again.
    if (isHttp) return;
    expect(textOf(await connection.callTool('echo', { a: 1 }, once))).toBe('{"a":1}');
  });

  it('floods us with notifications and stderr before it answers', async () => {
    const { outcome, connection } = await fault('flood', await start(20_000));
    expect(outcome).toEqual({ text: 'dry again' });
    expect(connection.lastStderr().length).toBeLessThanOrEqual(20);
  });

  it('floods us without end, while others are served', async () => {
    const [flooding, other] = [await start(60_000), open(stdio('slow'))];
    const abort = new AbortController();
    const call = failureOf(flooding.callTool('flood_forever', {}, { ...once, signal: abort.signal }));
    for (let served = 0; served < 20; served += 1)
      expect(textOf(await other.callTool('sleep_ms', { ms: 10 }, once))).toBe('slept');
    abort.abort();
    expect(await call).toMatchObject({ code: 'call_aborted' });
    expect(textOf(await flooding.callTool('stop_flood', {}, once))).toBe('stopped');
  });

  it('answers twice, and what nobody asked', async () => {
    const { outcome } = await fault('twice');
    expect(outcome).toEqual({ text: 'first' });
  });

  it('answers too late', async () => {
    const { outcome, connection } = await fault('late');
    expect(outcome).toMatchObject({ code: 'call_timeout' });
    expect(textOf(await connection.callTool('release', {}, once))).toBe('released');
    expect(textOf(await connection.callTool('echo', { a: 2 }, once))).toBe('{"a":2}');
  });

  it('answers under an id of its own', async () => {
    const { outcome } = await fault('other_id');
    // Over HTTP the stream belongs to the call, and has ended.
    expect(outcome).toMatchObject({
      code: isHttp ? 'protocol_error' : 'call_timeout',
      retrySafe: 'unknown',
    });
  });

  it.each([
    ['no_result', 'neither a result nor an error'],
    ['odd_result', 'a result that is no object: 5'],
    ['odd_error', 'it did not work'],
  ])('answers with what is no result: %s', async (tool, words) => {
    const { outcome } = await fault(tool);
    // Over HTTP the SDK drops what is no message of the protocol.
    const said = isHttp ? 'its stream ended after JSON that is no message of the protocol' : words;
    expect(outcome).toMatchObject({
      ...{ code: 'protocol_error', retrySafe: 'unknown' },
      message: expect.stringContaining(said),
    });
  });

  it('speaks nonsense before it answers', async () => {
    const { outcome } = await fault('nonsense');
    expect(outcome).toEqual({ text: 'sense at last' });
  });

  it('speaks nothing but nonsense', async () => {
    const { outcome } = await fault('only_nonsense');
    expect(['call_timeout', 'connection_lost', 'protocol_error']).toContain(
      (outcome as { code: string }).code,
    );
  });

  it('changes its tools', async () => {
    const connection = await start();
    const count = async () => (await connection.listTools()).tools.length;
    const before = await count();
    let changes = 0;
    connection.onToolsChanged(() => {
      changes += 1;
    });
    expect(textOf(await connection.callTool('grow', { name: 'sprout' }, once))).toBe('grown');
    await until(() => changes > 0, 'the change to be heard');
    expect(await count()).toBe(before + 1);
    expect(textOf(await connection.callTool('sprout', {}, once))).toBe('grown up');
  });

  it('fails at one call, and carries on with the others', async () => {
    const connection = await start(10_000);
    await connection.connect();
    const others = [1, 2, 3].map((a) => connection.callTool('slowly', { a }, once));
    const failing = await failureOf(connection.callTool(isHttp ? 'odd_result' : 'odd_error', {}, once));
    expect(failing.code).toBe('protocol_error');
    expect((await Promise.all(others)).map(textOf)).toEqual(['1', '2', '3']);
  });
});
