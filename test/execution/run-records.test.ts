/** What stays of a run, and for how long. */
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/execution/canonical.ts';
import type { RunRecord } from '../../src/execution/run-record.ts';
import { RunStore } from '../../src/execution/run-store.ts';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { fixture } from '../support/orchestrator.ts';

const plain = { plain: fixture('plain-tools.mjs') };

describe('the record of a run', () => {
  it('holds the script, each call with arguments and outcome, the console, the result and the caller', async () => {
    const { runner, runs } = await openOrchestrator(plain);
    const code = `console.log("start");
const { sum } = await plain.add({ a: 1, b: 2 });
await plain.echo.raw({ text: "raw" });
try { await plain.fail({}) } catch (error) { console.log(error.kind) }
return sum + input.more;`;
    const result = await runner.run({
      code,
      input: { more: 4 },
      timeout: 20,
      caller: { principal: 'alice' },
    });
    expect(result.result).toBe(7);
    const { calls: _calls, ...answered } = result;
    for (const written of [false, true]) {
      if (written) await runs.flush();
      const record = await runs.get(result.run_id);
      expect(record).toMatchObject({
        version: 1,
        run_id: result.run_id,
        principal: 'alice',
        status: 'success',
        script: code,
        input: { more: 4 },
        request: { timeout: 20 },
        versions: { orchestrator: expect.stringMatching(/^\d/) },
        result: answered,
      });
      expect(Object.keys(record?.versions.tools ?? {})).toEqual(['plain.add', 'plain.echo', 'plain.fail']);
      const [add, echo, fail] = record?.calls ?? [];
      expect(add).toMatchObject({ server: 'plain', tool: 'add', ok: true, effect: 'unknown', line: 2 });
      expect([add?.args, add?.value]).toEqual(['{"a":1,"b":2}', '{"sum":3}']);
      expect(echo).toMatchObject({ raw: true, effect: 'read' });
      expect(JSON.parse(echo?.value ?? '')).toEqual({ content: [{ type: 'text', text: 'raw' }] });
      expect(fail).toMatchObject({ ok: false, outcome: 'failed', failure: { kind: 'tool_failed' } });
      expect(add?.at).toBeLessThanOrEqual(fail?.at ?? 0);
    }
  });

  it('is there while the run is under way, with what it has done so far', async () => {
    const { runner, runs } = await openOrchestrator({ slow: fixture('slow.mjs') });
    let seen: unknown;
    const result = await runner.run({
      code: 'console.log("on"); await slow.sleep_ms({ ms: 1 }); await slow.sleep_ms({ ms: 2 }); return 1',
      onCall: async (_record, done) => {
        if (done !== 1) return;
        const [summary] = await runs.list();
        seen = { summary, record: await runs.get(summary?.run_id ?? '') };
      },
    });
    expect(seen).toMatchObject({
      summary: { run_id: result.run_id, status: 'running', title: expect.stringContaining('console.log') },
      record: { status: 'running', output: 'on\n' },
    });
  });

  it('is seen by its own principal only, and by whoever asks without one', async () => {
    const { runner, runs } = await openOrchestrator({});
    const { run_id } = await runner.run({ code: 'return 1', caller: { principal: 'alice' } });
    expect(await runs.get(run_id, { principal: 'bob' })).toBeUndefined();
    expect(await runs.get(run_id, { principal: 'alice' })).toBeDefined();
    expect(await runs.get(run_id)).toBeDefined();
    expect(await runs.list({ principal: 'bob' })).toEqual([]);
    expect(await runs.get('run_../../servers/x')).toBeUndefined();
  });

  it('says how much was too large to be kept, and leaves room for what writes answered', async () => {
    const { runner, runs } = await openOrchestrator(plain, {
      limits: { recordBytesMax: 65_536, recordValueBytesMax: 20_000 },
    });
    const { run_id } = await runner.run({
      code: `await plain.echo({ text: "x".repeat(30_000) });
for (const letter of "abcdefgh") await plain.echo({ text: letter.repeat(9_000) });
await plain.add({ a: 1, b: 1 });`,
    });
    const { calls = [] } = (await runs.get(run_id)) ?? {};
    expect(calls[0]).toMatchObject({ args_bytes: 30_011, value_bytes: 30_002, key: expect.any(String) });
    expect(calls.slice(1, 9).map(({ value }) => value !== undefined)).toEqual([
      ...[true],
      ...Array(7).fill(false),
    ]);
    expect(calls[9]).toMatchObject({ args: '{"a":1,"b":1}', value: '{"sum":2}' });
  });

  it('is not made of what only checks', async () => {
    const { runner, runs } = await openOrchestrator({});
    await runner.run({ code: 'return 1', checkOnly: true });
    expect(await runs.list()).toEqual([]);
  });
});

describe('records are bounded', () => {
  it('by count and by bytes: the oldest go', async () => {
    const { runner, runs } = await openOrchestrator({}, { limits: { recordsMax: 3 } });
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      ids.push((await runner.run({ code: `return ${index}` })).run_id);
      // Two runs of one millisecond have no order.
      const now = Date.now();
      while (Date.now() === now);
    }
    await runs.flush();
    expect((await runs.list()).map(({ run_id }) => run_id)).toEqual(ids.slice(2).reverse());
    expect(await runs.get(ids[0] ?? '')).toBeUndefined();
  });

  it('by age', async () => {
    const storage = new MemoryStorage();
    const ttls: unknown[] = [];
    const set = storage.set.bind(storage);
    storage.set = async (key, value, options) => {
      ttls.push(options?.ttlMs);
      await set(key, value, options);
    };
    const store = new RunStore({
      storage,
      limits: { ...defaultLimits(), recordHoursMax: 2 },
      log: silentLog,
    });
    const record: RunRecord = {
      version: 1,
      run_id: 'run_1',
      principal: 'local',
      status: 'success',
      script: 'return 1',
      started_at: new Date().toISOString(),
      request: {},
      calls: [],
      versions: { orchestrator: '0', tools: {} },
    };
    const run = {
      id: 'run_1',
      principal: 'local',
      snapshot: () => record,
      ended: Promise.resolve(),
      abort() {},
    };
    store.started(run);
    store.ended(run);
    await store.flush();
    expect(ttls).toEqual([7_200_000, 7_200_000]);
  });
});

it('arguments that mean the same are spelt the same', () => {
  expect(canonicalJson('{"b":[{"y":1,"x":2}],"a":1}')).toBe('{"a":1,"b":[{"x":2,"y":1}]}');
  expect(canonicalJson('not json')).toBe('not json');
  expect(canonicalJson('{"__proto__":1,"a":2}')).toBe(canonicalJson('{"a":2,"__proto__":1}'));
});
