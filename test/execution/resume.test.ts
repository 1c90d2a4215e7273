/** Edit and resume: what was done is not done again, whatever the script became meanwhile. */
import { describe, expect, it } from 'vitest';
import { openOrchestrator } from '../support/in-process.ts';
import { newLedger } from '../support/ledger.ts';

describe('a corrected script goes on from a run that failed', () => {
  it('200 calls, failing at 137: none of the 137 is made again', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const script = (correct: boolean) => `let sum = 0;
for (let i = 0; i < 200; i++) {
  if (i === 137${correct ? ' && false' : ''}) throw new Error("a mistake of the script");
  const { count } = await (i % 2 ? ledger.look({ entry: i }) : ledger.append({ entry: i }));
  sum += count;
}
return sum;`;
    const failed = await runner.run({ code: script(false) });
    expect(failed).toMatchObject({ status: 'error', stats: { calls: 137 } });
    expect(ledger.lines()).toHaveLength(137);
    const resumed = await runner.run({ code: script(true), resumeFrom: failed.run_id });
    expect(resumed).toMatchObject({
      status: 'success',
      result: (200 * 201) / 2,
      reused: { run_id: failed.run_id, calls: 137, writes: 69, left: 0 },
      stats: { calls: 200 },
    });
    expect(ledger.lines()).toHaveLength(200);
    expect(new Set(ledger.lines()).size).toBe(200);
    expect(resumed.calls.slice(0, 137).every(({ answered_by }) => answered_by === 'journal')).toBe(true);
    expect(resumed.calls.slice(137).every(({ answered_by }) => answered_by === undefined)).toBe(true);
  });

  it('calls in parallel and in another order find their answers; keys in another order too', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const failed = await runner.run({
      code: `await Promise.all([1, 2, 3, 3].map((n) => ledger.append({ entry: { n, x: 1 } })));
throw new Error("no");`,
    });
    const resumed = await runner.run({
      code: `const all = await Promise.all([3, 1, 3, 3].map((n) => ledger.append({ entry: { x: 1, n } })));
return all.map(({ entry, count }) => [entry.n, count]);`,
      resumeFrom: failed.run_id,
    });
    expect(resumed).toMatchObject({ status: 'success', reused: { calls: 3, writes: 3, left: 1 } });
    expect((resumed.result as number[][]).map(([n]) => n)).toEqual([3, 1, 3, 3]);
    expect(ledger.lines()).toHaveLength(5);
  });

  it('a call that failed is made; a value is given in the form that the script wants now', async () => {
    const ledger = newLedger();
    ledger.wrong({ fail: ['b'] });
    const { runner } = await openOrchestrator(ledger.servers);
    const failed = await runner.run({
      code: `await ledger.append({ entry: "a" });
await ledger.remove.raw({ entry: "r" });
await ledger.append({ entry: "b" });`,
    });
    expect(failed.error).toMatchObject({ kind: 'tool_failed' });
    ledger.wrong({});
    const { result, reused } = await runner.run({
      code: `const raw = await ledger.append.raw({ entry: "a" });
const { id } = await ledger.remove({ entry: "r" });
const { count } = await ledger.append({ entry: "b" });
return { raw, id, count };`,
      resumeFrom: failed.run_id,
    });
    expect(reused).toMatchObject({ calls: 2 });
    expect(result).toMatchObject({
      raw: { content: [{ type: 'text', text: '{"name":"append","entry":"a","count":1}' }] },
      id: 'id-2',
      count: 3,
    });
  });

  it('of a call with unknown outcome the script is told, once; a second call is made', async () => {
    const ledger = newLedger();
    ledger.wrong({ die: ['x'] });
    const { runner } = await openOrchestrator(ledger.servers);
    const failed = await runner.run({ code: 'await ledger.append({ entry: "x" })' });
    expect(failed.calls).toMatchObject([{ ok: false, outcome: 'unknown', error: 'connection_lost' }]);
    ledger.wrong({});
    const untouched = await runner.run({
      code: 'await ledger.append({ entry: "x" })',
      resumeFrom: failed.run_id,
    });
    expect(untouched).toMatchObject({
      status: 'error',
      error: {
        kind: 'outcome_unknown',
        server: 'ledger',
        tool: 'append',
        args: { entry: 'x' },
        retry_safe: 'unknown',
        message: expect.stringContaining(`${failed.run_id} on its line 1`),
      },
    });
    expect(ledger.count('append "x"')).toBe(1);
    const looked = await runner.run({
      code: `try { await ledger.append({ entry: "x" }) }
catch (error) { if (error.kind !== "outcome_unknown") throw error; await ledger.append({ entry: "x" }) }`,
      resumeFrom: untouched.run_id,
    });
    expect(looked.status).toBe('success');
    expect(ledger.count('append "x"')).toBe(2);
  });

  it('a read is made anew where it is asked to be, and after a call that may have changed it', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const code = `const { count } = await ledger.look({ entry: "n" });
if (!input) throw new Error("no");
return count;`;
    const failed = await runner.run({ code });
    const reused = await runner.run({ code, input: true, resumeFrom: failed.run_id });
    expect(reused).toMatchObject({ result: 1, reused: { calls: 1, writes: 0 } });
    const fresh = await runner.run({ code, input: true, resumeFrom: failed.run_id, freshReads: true });
    expect(fresh).toMatchObject({ result: 2, reused: { calls: 0 } });
    const after = await runner.run({
      code: `await ledger.append({ entry: "new" });\n${code}`,
      input: true,
      resumeFrom: failed.run_id,
    });
    expect(after).toMatchObject({ result: 4, reused: { calls: 0 } });
  });

  it('what was done and its answer not kept is told as that; a read is made again', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers, { limits: { recordValueBytesMax: 1_024 } });
    const large = 'x'.repeat(2_000);
    const failed = await runner.run({
      code: `await ledger.append({ entry: input }); await ledger.look({ entry: input }); throw 1`,
      input: large,
    });
    const resumed = await runner.run({
      code: `let kind; try { await ledger.append({ entry: input }) } catch (error) { kind = error.kind }
return [kind, (await ledger.look({ entry: input })).count];`,
      input: large,
      resumeFrom: failed.run_id,
    });
    expect(resumed.result).toEqual(['answer_lost', 3]);
  });
});

describe('a resumed run is resumed', () => {
  it('and knows what the first one did, also where the second did not come to it', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const calls = (...entries: string[]) =>
      entries.map((entry) => `await ledger.append({ entry: "${entry}" });`).join('\n');
    const first = await runner.run({ code: `${calls('a', 'b', 'c')}\nthrow 1` });
    const second = await runner.run({ code: `${calls('a', 'x')}\nthrow 2`, resumeFrom: first.run_id });
    expect(second.reused).toMatchObject({ calls: 1, left: 2 });
    const third = await runner.run({ code: calls('c', 'b', 'x', 'a', 'y'), resumeFrom: second.run_id });
    expect(third).toMatchObject({ status: 'success', reused: { calls: 4, left: 0 } });
    expect(ledger.lines()).toEqual(['append "a"', 'append "b"', 'append "c"', 'append "x"', 'append "y"']);
  });

  it('only one run goes on from a point: the second is told by which', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const first = await runner.run({ code: 'await ledger.append({ entry: 1 }); throw 1' });
    const code = 'await ledger.append({ entry: 1 }); await ledger.append({ entry: 2 }); return "done"';
    const both = await Promise.all([1, 2].map(() => runner.run({ code, resumeFrom: first.run_id })));
    expect(both.map(({ status }) => status).sort()).toEqual(['error', 'success']);
    const second = both.find(({ status }) => status === 'success');
    const again = await runner.run({ code, resumeFrom: first.run_id });
    expect(again.error).toMatchObject({
      kind: 'resume_refused',
      hint: expect.stringContaining(`Resume ${second?.run_id}`),
    });
    expect(ledger.lines()).toHaveLength(2);
  });

  it('by its own principal only, and by its right name', async () => {
    const { runner } = await openOrchestrator({});
    const { run_id } = await runner.run({ code: 'return 1', caller: { principal: 'alice' } });
    for (const resumeFrom of [run_id, 'run_nonsense', '../x'])
      expect(await runner.run({ code: 'return 1', resumeFrom, caller: { principal: 'bob' } })).toMatchObject({
        status: 'error',
        error: { kind: 'run_unknown', message: expect.stringContaining(resumeFrom) },
        stats: { calls: 0 },
      });
  });
});

it('what onStop did answers nothing, and is always done', async () => {
  const ledger = newLedger();
  const { runner } = await openOrchestrator(ledger.servers);
  const code = `await onStop([{ tool: "ledger.append", args: { entry: "stop" } }]);
await ledger.append({ entry: "work" });
console.log("ready");
await new Promise(() => setInterval(() => {}, 1_000));`;
  const cutOff = (resumeFrom?: string) => {
    const cut = new AbortController();
    return runner.run({ code, resumeFrom, signal: cut.signal, onOutput: () => cut.abort() });
  };
  const first = await cutOff();
  expect(first).toMatchObject({ status: 'aborted', stop: { ran: true } });
  const second = await cutOff(first.run_id);
  expect(second).toMatchObject({ reused: { calls: 1 }, stop: { ran: true } });
  const third = await runner.run({
    code: 'return (await ledger.append({ entry: "stop" })).count',
    resumeFrom: second.run_id,
  });
  expect(third.result).toBe(4);
  expect(ledger.count('append "work"')).toBe(1);
});
