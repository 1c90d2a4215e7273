/** Plan and apply: what a script would do, and that it does nothing else. */
import { describe, expect, it } from 'vitest';
import { marksIn, plausibleValue, withReal } from '../../src/execution/plausible-value.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { newLedger } from '../support/ledger.ts';

const script = `const { count } = await ledger.look({ entry: "x" });
for (const entry of ["a", "b"]) await ledger.append({ entry, count });
const { id } = await ledger.remove({ entry: "a", password: "hunter2" });
await ledger.append({ entry: { note: "removed as " + id, id } });
return input ?? id;`;

describe('a plan', () => {
  it('reads, holds everything else back, and lists it', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const planned = await runner.run({ code: script, mode: 'plan' });
    expect(ledger.lines()).toEqual(['look "x"']);
    expect(planned).toMatchObject({
      status: 'success',
      plan: {
        digest: expect.stringMatching(/^plan_[0-9a-f]{32}$/),
        total: 4,
        effects: [
          {
            server: 'ledger',
            tool: 'append',
            effect: 'unknown',
            count: 3,
            lines: [2, 4],
            arguments: [{ entry: 'a', count: 1 }, { entry: 'b', count: 1 }, expect.anything()],
          },
          { tool: 'remove', effect: 'write', count: 1, arguments: [{ entry: 'a', password: '[hidden]' }] },
        ],
      },
    });
    expect(planned.calls.map(({ answered_by }) => answered_by)).toEqual([
      ...[undefined, 'plan', 'plan', 'plan', 'plan'],
    ]);
  });

  it('of a script that fails has no digest: it is not the whole', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { status, plan } = await runner.run({
      code: 'await ledger.append({ entry: 1 }); throw 1',
      mode: 'plan',
    });
    expect(status).toBe('error');
    expect(plan).toMatchObject({ total: 1 });
    expect(plan?.digest).toBeUndefined();
  });

  it('holds back what onStop would do as well', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const cut = new AbortController();
    const { stop } = await runner.run({
      code: `await onStop([{ tool: "ledger.append", args: { entry: 1 } }]);
console.log("ready");
await new Promise(() => setInterval(() => {}, 1_000));`,
      mode: 'plan',
      signal: cut.signal,
      onOutput: () => cut.abort(),
    });
    expect(stop).toMatchObject({ ran: true, calls: [{ answered_by: 'plan' }] });
    expect(ledger.lines()).toEqual([]);
  });

  it('is the same for the same effects', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const digest = async (code: string) => (await runner.run({ code, mode: 'plan' })).plan?.digest;
    const one = await digest('await ledger.append({ entry: { a: 1, b: 2 } })');
    expect(await digest('await ledger.append({ entry: { b: 2, a: 1 } })')).toBe(one);
    expect(await digest('await ledger.append({ entry: { a: 1 } })')).not.toBe(one);
  });
});

describe('applying a plan', () => {
  it('does what it lists: values made up for the plan stand for the real ones', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { plan } = await runner.run({ code: script, mode: 'plan' });
    ledger.clear();
    const applied = await runner.run({ code: script, apply: plan?.digest });
    expect(applied).toMatchObject({
      status: 'success',
      result: 'id-4',
      applied: { digest: plan?.digest, done: 4, left: 0 },
    });
    expect(ledger.lines()).toEqual([
      ...['look "x"', 'append "a"', 'append "b"', 'remove "a"'],
      'append {"note":"removed as id-4","id":"id-4"}',
    ]);
  });

  it('ends the run before the first effect that it does not list, whatever the script does about it', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { plan } = await runner.run({ code: 'await ledger.append({ entry: 1 })', mode: 'plan' });
    const refused = await runner.run({
      code: `await ledger.append({ entry: 1 });
try { await ledger.append({ entry: 1 }) } catch {}
await ledger.append({ entry: 2 });`,
      apply: plan?.digest,
    });
    expect(refused).toMatchObject({
      status: 'error',
      error: {
        kind: 'not_in_plan',
        line: 2,
        message: expect.stringContaining('ledger.append({"entry":1}) is not in the plan'),
      },
      applied: { done: 1, left: 0 },
    });
    const unasked = await runner.run({
      code: 'void ledger.remove({ entry: 3 }).catch(() => {}); await ledger.look({ entry: 0 }); return 1',
      apply: plan?.digest,
    });
    expect(unasked.error?.kind).toBe('not_in_plan');
    expect(ledger.lines().filter((line) => !line.startsWith('look'))).toEqual(['append 1']);
  });

  it('needs a plan of the same principal, and no second mode', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const code = 'await ledger.append({ entry: 1 })';
    const { plan } = await runner.run({ code, mode: 'plan', caller: { principal: 'alice' } });
    const kinds = await Promise.all([
      runner.run({ code, apply: plan?.digest, caller: { principal: 'bob' } }),
      runner.run({ code, apply: 'plan_x' }),
      runner.run({ code, apply: plan?.digest, mode: 'plan', caller: { principal: 'alice' } }),
    ]);
    expect(kinds.map(({ error }) => error?.kind)).toEqual([
      ...['plan_unknown', 'plan_unknown', 'arguments_invalid'],
    ]);
    expect(ledger.lines()).toEqual([]);
  });

  it('goes together with resuming: what the earlier run did is not in the plan', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const failed = await runner.run({ code: 'await ledger.append({ entry: 1 }); throw 1' });
    const code = 'await ledger.append({ entry: 1 }); await ledger.append({ entry: 2 })';
    const { plan } = await runner.run({ code, mode: 'plan', resumeFrom: failed.run_id });
    expect(plan).toMatchObject({ total: 1, effects: [{ arguments: [{ entry: 2 }] }] });
    const applied = await runner.run({ code, apply: plan?.digest, resumeFrom: failed.run_id });
    expect(applied).toMatchObject({ status: 'success', reused: { calls: 1 }, applied: { done: 1 } });
    expect(ledger.lines()).toEqual(['append 1', 'append 2']);
  });
});

describe('a plausible value', () => {
  const made = (schema: object, args = {}) => plausibleValue({ schema: { ...schema }, args, number: 7 });
  it.each([
    [{ type: 'string' }, 'planned-7-1'],
    [{ type: 'string', format: 'date-time' }, '2000-01-01T00:00:00Z'],
    [{ type: 'string', maxLength: 4 }, 'plan'],
    [{ enum: ['b', 'a'] }, 'b'],
    [{ const: 5 }, 5],
    [{ type: ['null', 'integer'], minimum: 3 }, 3],
    [{ type: 'number', maximum: 0 }, 0],
    [{ anyOf: [{ type: 'null' }, { type: 'boolean' }] }, true],
    [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [1, 1]],
    [
      { type: 'object', properties: { id: { type: 'integer' }, count: { type: 'integer' } } },
      { id: 900_000_700, count: 1 },
    ],
    // As zod writes a whole number.
    [
      {
        type: 'object',
        properties: {
          id: { type: 'integer', minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 },
          size: { type: 'integer', minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 },
        },
      },
      { id: 900_000_700, size: 1 },
    ],
    [{ type: 'number', minimum: -90, maximum: 90 }, 1],
    [
      { allOf: [{ properties: { a: { type: 'null' } } }, { properties: { b: { const: 1 } } }] },
      { a: null, b: 1 },
    ],
    [{ $ref: '#/$defs/x', $defs: { x: { const: 'x' } } }, 'x'],
    [{ $ref: '#/nowhere' }, 'planned-7-1'],
  ])('%j', (schema, expected) => expect(made(schema)).toEqual(expected));

  it('repeats what was sent under the same name, where that is of the same type', () => {
    const schema = { type: 'object', properties: { name: { type: 'string' }, size: { type: 'string' } } };
    expect(made(schema, { name: 'sent', size: 5 })).toEqual({ name: 'sent', size: 'planned-7-1' });
  });

  it('ends with schemas that never do', () => {
    const endless = {
      type: 'object',
      properties: { next: { $ref: '#' } },
      $ref: '#/$defs/a',
      $defs: { a: { $ref: '#/$defs/a' } },
    };
    expect(made(endless)).toBeDefined();
    expect(made({ type: 'object', properties: { next: { $ref: '#' } } })).toBeDefined();
  });

  it('is known again by its marks', () => {
    const found = marksIn({ id: 'planned-1-1', n: 900_000_100, t: 'x' }, { id: 'real', n: 5, t: 'y' });
    expect(withReal({ a: ['/planned-1-1/', 'planned-1-10', 900_000_100, 'x'] }, found)).toEqual({
      a: ['/real/', 'planned-1-10', 5, 'x'],
    });
  });
});
