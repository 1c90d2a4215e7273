/** Who is asked before a call is made, what they see, and what comes of the answer. */
import { describe, expect, it } from 'vitest';
import type { CallerClient, JsonObject } from '../../src/downstream/caller.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { newLedger } from '../support/ledger.ts';

/** Answers one after the other, and keeps what it was shown. */
function person(...answers: (string | JsonObject | (() => Promise<JsonObject>))[]) {
  const asked: string[] = [];
  let underWay = 0;
  let together = 0;
  const client: CallerClient = {
    capabilities: { elicitation: {} },
    async elicit(params) {
      together = Math.max(together, ++underWay);
      asked.push(String(params.message));
      const answer = answers.shift() ?? { action: 'cancel' };
      await new Promise((resolve) => setImmediate(resolve));
      const given = typeof answer === 'function' ? await answer() : answer;
      underWay -= 1;
      return typeof given === 'string' ? { action: 'accept', content: { decision: given } } : given;
    },
  };
  return { asked, caller: { principal: 'local', client }, together: () => together };
}

const once = 'this call';
const all = 'all such calls in this run';

describe('a call that is to be approved', () => {
  it('shows the line, the tool, all arguments and how many there were before', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { asked, caller } = person(once, all);
    const { status } = await runner.run({
      code: `const entries = ["a", { token: "hunter2", note: "b\\u202e" }, "c"];
for (const entry of entries) await ledger.remove({ entry });`,
      caller,
    });
    expect(status).toBe('success');
    expect(asked).toEqual([
      `A script wants to call ledger.remove, which says that it destroys or overwrites.
Line 2: for (const entry of entries) await ledger.remove({ entry });
Arguments: {
  "entry": "a"
}
Calls of this tool approved in this run so far: 0.`,
      expect.stringMatching(/"token": "\[hidden\]"[^]*"b\\u\{202e\}"[^]*so far: 1\./),
    ]);
    expect(ledger.lines()).toHaveLength(3);
  });

  it('is not made where the person refuses it, and the script sees why', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { caller } = person({ action: 'decline' }, { action: 'cancel' }, 'nonsense');
    const { result, calls } = await runner.run({
      code: `const seen = [];
for (const entry of [1, 2, 3])
  try { await ledger.remove({ entry }) } catch (error) { seen.push([error.kind, error.retrySafe, error.message]) }
return seen;`,
      caller,
    });
    expect(result).toEqual([
      ['not_approved', 'yes', 'ledger.remove was not called: the person refused it.'],
      ['not_approved', 'yes', 'ledger.remove was not called: the person gave no answer.'],
      ['not_approved', 'yes', 'ledger.remove was not called: the person refused it.'],
    ]);
    expect(calls).toMatchObject([{ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'failed' }]);
    expect(ledger.lines()).toEqual([]);
  });

  it('ends the run where the person says stop, whatever the script does about it', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { caller } = person(once, 'stop');
    const stopped = await runner.run({
      code: `await ledger.remove({ entry: 1 });
try { await ledger.remove({ entry: 2 }) } catch {}
await ledger.append({ entry: 3 });`,
      caller,
    });
    expect(stopped).toMatchObject({ status: 'error', error: { kind: 'run_stopped', line: 2 } });
    expect(ledger.lines()).toEqual(['remove 1']);
  });

  it('of several at once, one is asked for after the other', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { caller, asked, together } = person(once, all);
    await runner.run({
      code: 'await Promise.all([1, 2, 3, 4].map((entry) => ledger.remove({ entry })))',
      caller,
    });
    expect(together()).toBe(1);
    expect(asked).toHaveLength(2);
    expect(ledger.lines()).toHaveLength(4);
  });

  it('stops the clock of its run while the person thinks', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const slow = () =>
      new Promise<JsonObject>((resolve) =>
        setTimeout(() => resolve({ action: 'accept', content: { decision: once } }), 1_500),
      );
    const { caller } = person(slow);
    const { status } = await runner.run({
      code: 'await ledger.remove({ entry: 1 }); return 1',
      timeout: 1,
      caller,
    });
    expect(status).toBe('success');
  });

  it('made by onStop is refused: there is no time to ask', async () => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers);
    const { caller, asked } = person();
    const cut = new AbortController();
    const { stop } = await runner.run({
      code: `await onStop([{ tool: "ledger.remove", args: { entry: 1 } }, { tool: "ledger.append", args: { entry: 2 } }]);
console.log("ready");
await new Promise(() => setInterval(() => {}, 1_000));`,
      signal: cut.signal,
      onOutput: () => cut.abort(),
      caller,
    });
    expect(stop).toMatchObject({ ran: false, calls: [{ error: 'not_approved' }, { ok: true }] });
    expect(asked).toEqual([]);
    expect(ledger.lines()).toEqual(['append 2']);
  });
});

describe('who is asked, by the configuration', () => {
  const kindOf = async (
    approval: object,
    code: string,
    client: CallerClient | undefined,
  ): Promise<{ kind: string | undefined; hint: string | undefined }> => {
    const ledger = newLedger();
    const { runner } = await openOrchestrator(ledger.servers, { approval });
    const { error } = await runner.run({ code, caller: { principal: 'local', client } });
    return { kind: error?.kind, hint: error?.hint };
  };
  const remove = 'await ledger.remove({ entry: 1 })';
  const append = 'await ledger.append({ entry: 1 })';

  it('by default a tool that destroys, where there is somebody', async () => {
    expect((await kindOf({}, remove, undefined)).kind).toBeUndefined();
    expect((await kindOf({}, append, person().caller.client)).kind).toBeUndefined();
    expect((await kindOf({}, remove, person().caller.client)).kind).toBe('not_approved');
  });

  it('where it says ask and there is nobody, the call is refused', async () => {
    const refused = await kindOf({ '@unknown': 'ask' }, append, undefined);
    expect(refused).toMatchObject({ kind: 'not_approved', hint: expect.stringContaining('elicitation') });
    const urlsOnly = { ...person().caller.client, capabilities: { elicitation: { url: {} } } };
    expect((await kindOf({ '@unknown': 'ask' }, append, urlsOnly)).kind).toBe('not_approved');
  });

  it('the last rule that fits counts; what is denied is not asked for', async () => {
    const { caller, asked } = person(once);
    expect(
      (await kindOf({ '*': 'deny', 'ledger.rem*': 'allow' }, remove, caller.client)).kind,
    ).toBeUndefined();
    expect((await kindOf({ '*': 'deny', 'ledger.rem*': 'allow' }, append, caller.client)).kind).toBe(
      'not_approved',
    );
    expect(asked).toEqual([]);
  });

  it('direct calls obey it too', async () => {
    const ledger = newLedger();
    const { router, catalog } = await openOrchestrator(ledger.servers, { approval: { '*.append': 'ask' } });
    const tool = await catalog.findAddress('ledger.append');
    const { caller, asked } = person({ action: 'decline' }, once);
    const call = () => router.callTool(tool, { entry: 1 }, { caller, signal: new AbortController().signal });
    await expect(call()).rejects.toMatchObject({ code: 'not_approved' });
    await expect(call()).resolves.toBeDefined();
    expect(asked[0]).toContain('To be approved: call ledger.append.');
    expect(ledger.lines()).toHaveLength(1);
  });
});

it('what a user says of the effect of tools counts more than what they say themselves', async () => {
  const ledger = newLedger();
  const { runner } = await openOrchestrator(ledger.servers, {
    effects: { 'ledger.append': 'read', 'ledger.look': 'write' },
  });
  const { plan, calls } = await runner.run({
    code: 'await ledger.append({ entry: 1 }); await ledger.look({ entry: 2 })',
    mode: 'plan',
  });
  expect(ledger.lines()).toEqual(['append 1']);
  expect(plan?.effects).toMatchObject([{ tool: 'look', effect: 'write' }]);
  expect(calls).toMatchObject([{ effect: 'read' }, { effect: 'write' }]);
});
