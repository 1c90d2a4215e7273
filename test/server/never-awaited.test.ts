/** What a script leaves behind when it returns or fails: waited for, named, and never a silent success. */
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../support/ends-last.ts';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';

let served: Served;
const onEnd = endsLast();

beforeAll(async () => {
  const servers = { plain: fixture('plain-tools.mjs'), slow: fixture('slow.mjs') };
  served = await serve(setUp(servers, { limits: { leftCallMsMax: 400 } }, onEnd), { onEnd });
});

describe('a script that returns before its calls have ended', () => {
  it('is a success that names them, once they were carried out', async () => {
    const run = await served.run('slow.sleep_ms({ ms: 50 });\nreturn 1');
    expect(run).toMatchObject({
      status: 'success',
      result: 1,
      calls: [{ ok: true, line: 1, awaited: false }],
      notes: ['`slow.sleep_ms` on line 1 was never awaited: the script returned first; it was carried out.'],
    });
    expect(run.text).toContain('WARNING: `slow.sleep_ms` on line 1 was never awaited');
  });

  it('goes on until its callbacks are through, and returns what they made of the result', async () => {
    const run = await served.run(`const out = [];
      [1, 2, 3].forEach(async (a) => {
        const { sum } = await plain.add({ a, b: 1 });
        await slow.sleep_ms({ ms: 20 * a });
        out.push(await plain.echo({ text: String(sum) }));
      });
      return out;`);
    expect(run).toMatchObject({ status: 'success', result: [2, 3, 4] });
    expect(run.calls.map(({ ok }) => ok)).toEqual(Array.from({ length: 9 }, () => true));
    expect(run.notes?.join()).toContain('`plain.add` on line 3 (3 calls) was never awaited');
  });

  it('fails where one of them does', async () => {
    expect(await served.run('const a = 1;\nplain.fail({ a });\nreturn "fine"')).toMatchObject({
      status: 'error',
      error: {
        kind: 'tool_failed',
        message:
          '`plain.fail` on line 2 was never awaited, and failed: plain.fail failed: it failed, as always',
        line: 2,
        args: { a: 1 },
      },
    });
    expect(
      await served.run(
        'async function work() {\n  await slow.sleep_ms({ ms: 20 });\n  throw new Error("lost");\n}\nwork();\nreturn 1',
      ),
    ).toMatchObject({
      status: 'error',
      error: { message: 'lost', line: 3, hint: expect.stringContaining('Nothing awaits the promise') },
    });
  });

  it('is told of a function that it does not await, though nothing of it is seen', async () => {
    const work = 'async function work() {\n  await new Promise((go) => setTimeout(go, 60_000));\n}';
    expect(await served.run(`${work}\nwork();\nreturn 1`)).toMatchObject({
      status: 'success',
      notes: ['`work(...)` on line 4 is never awaited: `await` it, or its failure may go unseen.'],
    });
    expect(await served.run('plain.echo({ text: "x" });', { check_only: true })).toMatchObject({
      calls: [],
      notes: [expect.stringContaining('`plain.echo(...)` on line 1 is never awaited')],
    });
  });

  it('does not wait for ever', async () => {
    const run = await served.run(
      'return await Promise.race([slow.sleep_ms({ ms: 60_000 }), new Promise((go) => setTimeout(go, 20, "late"))])',
    );
    expect(run).toMatchObject({
      status: 'success',
      result: 'late',
      calls: [{ ok: false, outcome: 'unknown', awaited: false }],
      notes: ['`slow.sleep_ms` on line 1 was never awaited: it was cut short, with unknown outcome.'],
    });
    expect(run.stats.wall_ms).toBeLessThan(5_000);
  });

  it('is still bound by its clock', async () => {
    const run = await served.run('(async () => { for (;;) await slow.sleep_ms({ ms: 20 }) })(); return 1', {
      timeout: 1,
    });
    expect(run).toMatchObject({ status: 'timeout' });
    expect(run.text).toMatch(/#0-#\d+ slow\.sleep_ms line 1: done/);
  });

  it('is left as it was where it awaited all', async () => {
    const run = await served.run(
      'await plain.echo({ text: "a" }); const late = plain.echo({ text: "b" }); await plain.echo({ text: "c" }); return late',
    );
    expect(run).toMatchObject({ status: 'success', result: 'b' });
    expect(run.notes).toBeUndefined();
  });
});

describe('a script that fails while calls are under way', () => {
  it('waits until it is known what became of them', async () => {
    const run = await served.run(
      'await Promise.all([slow.sleep_ms({ ms: 100 }), plain.fail({}), slow.sleep_ms({ ms: 150 })])',
    );
    expect(run).toMatchObject({
      status: 'error',
      error: { tool: 'fail' },
      calls: [{ ok: true }, { ok: false, outcome: 'failed' }, { ok: true }],
    });
  });

  it('does not wait for ever', async () => {
    const run = await served.run('await Promise.all([slow.sleep_ms({ ms: 60_000 }), plain.fail({})])');
    expect(run).toMatchObject({ status: 'error', calls: [{ ok: false, outcome: 'unknown' }, { ok: false }] });
    expect(run.stats.wall_ms).toBeLessThan(5_000);
    expect(run.text).toContain('#0 slow.sleep_ms line 1: UNKNOWN OUTCOME');
  });

  it('tells the outcome of calls in a result that is no JSON', async () => {
    const run = await served.run('return { sums: [1, 2].map((a) => plain.add({ a, b: 1 })) }');
    expect(run).toMatchObject({
      error: { kind: 'script_result', message: expect.stringContaining('result.sums[0] is a Promise') },
      calls: [{ ok: true }, { ok: true }],
    });
    expect(run.error?.hint).toContain('Promise.all');
  });

  it.each([
    ['a promise', 'Promise.reject(new TypeError("nope")); await plain.echo({ text: "x" })', 'Nothing awaits'],
    [
      'a timer',
      'setTimeout(() => { throw new TypeError("nope") }, 1); await slow.sleep_ms({ ms: 100 })',
      'timer',
    ],
  ])('says that it came from %s', async (_, code, hint) => {
    expect((await served.run(code)).error).toMatchObject({
      name: 'TypeError',
      message: 'nope',
      line: 1,
      hint: expect.stringContaining(hint),
    });
  });
});

it('calls that failed on the way do not stay hidden behind a success', async () => {
  const run = await served.run('try { await plain.fail({}) } catch {}\nreturn 1');
  expect(run.notes).toEqual(['1 call failed on the way: plain.fail on line 1 tool_failed.']);
  expect(run.text).toContain('note: 1 call failed on the way');
});
