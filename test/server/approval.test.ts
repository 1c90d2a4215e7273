/** A person approves calls through a real client of either era: what they are shown, and what comes of each answer. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/execution/run-result.ts';
import { type Ledger, newLedger } from '../support/ledger.ts';
import { type Served, serve, setUp } from '../support/orchestrator.ts';

const eras = ['legacy', '2026-07-28'] as const;
const once = 'this call';
const all = 'all such calls in this run';

interface Question {
  message: string;
  requestedSchema: { properties: { decision: { enum: string[] } } };
}
type Reply = string | { action: 'decline' | 'cancel' };

/** One person for all tests of an era; what they answer is set by each test. */
class Person {
  readonly asked: Question[] = [];
  #replies: Reply[] = [];
  #thinks = () => Promise.resolve();

  answers(replies: readonly Reply[], thinks = () => Promise.resolve()): void {
    this.asked.length = 0;
    this.#replies = [...replies];
    this.#thinks = thinks;
  }

  async reply(question: Question) {
    this.asked.push(question);
    await this.#thinks();
    const reply = this.#replies.shift() ?? { action: 'cancel' as const };
    return typeof reply === 'string' ? { action: 'accept' as const, content: { decision: reply } } : reply;
  }
}

async function connect(era: (typeof eras)[number], ledger: Ledger, person?: Person): Promise<Served> {
  const approval = { 'ledger.append': 'ask' };
  const served = await serve(setUp(ledger.servers, { check: 'off', approval }), {
    client: {
      versionNegotiation: { mode: era === 'legacy' ? era : { pin: era } },
      capabilities: person ? { elicitation: { form: {} } } : {},
    },
  });
  if (person)
    served.client.setRequestHandler('elicitation/create', ({ params }) =>
      person.reply(params as unknown as Question),
    );
  return served;
}

describe.each(eras)('a client of %s', (era) => {
  const person = new Person();
  let ledger: Ledger;
  let served: Served;
  beforeEach(async () => {
    ledger = newLedger();
    served = await connect(era, ledger, person);
  });

  it('is shown everything, once for each call or for all of a run; the next run asks anew', async () => {
    person.answers([once, all, { action: 'decline' }]);
    const code = `const entries = ["a", { token: "hunter2" }, "c"];
for (const entry of entries) await ledger.remove({ entry });`;
    expect((await served.run(code)).status).toBe('success');
    expect(person.asked.map(({ message }) => message)).toEqual([
      `A script wants to call ledger.remove, which says that it destroys or overwrites.
Line 2: for (const entry of entries) await ledger.remove({ entry });
Arguments: {
  "entry": "a"
}
Calls of this tool approved in this run so far: 0.`,
      expect.stringMatching(/"token": "\[hidden\]"[^]*so far: 1\.$/),
    ]);
    expect(person.asked[0]?.requestedSchema.properties.decision.enum).toEqual([once, all, 'stop']);
    expect(ledger.lines()).toHaveLength(3);
    expect((await served.run(code)).error).toMatchObject({ kind: 'not_approved' });
    expect(person.asked).toHaveLength(3);
    expect(ledger.lines()).toHaveLength(3);
  });

  it('declines, gives no answer, or stops: the script sees which, and nothing is done', async () => {
    person.answers([{ action: 'decline' }, { action: 'cancel' }, 'stop']);
    const { error, output } = await served.run(`for (const entry of [1, 2, 3, 4])
  try { await ledger.remove({ entry }) } catch (error) { console.log(error.kind, error.retrySafe, error.message) }`);
    expect(output).toBe(`not_approved yes ledger.remove was not called: the person refused it.
not_approved yes ledger.remove was not called: the person gave no answer.
`);
    expect(error).toMatchObject({ kind: 'run_stopped', line: 2 });
    expect(person.asked).toHaveLength(3);
    expect(ledger.lines()).toEqual([]);
  });

  it('thinks longer than the run may take: its clock rests meanwhile', async () => {
    person.answers([once], () => new Promise((resolve) => setTimeout(resolve, 1_300)));
    const { status } = await served.run('await ledger.remove({ entry: 1 }); return 1', { timeout: 1 });
    expect(status).toBe('success');
    expect(ledger.lines()).toEqual(['remove 1']);
  });

  it('is asked one question after the other, whatever runs at the same time', async () => {
    person.answers([once, once, once]);
    const code = 'await Promise.all([1, 2, 3].map((entry) => ledger.append({ entry })))';
    expect((await served.run(code)).status).toBe('success');
    expect(person.asked.map(({ message }) => /so far: (\d)/.exec(message)?.[1])).toEqual(['0', '1', '2']);
    expect(ledger.lines()).toHaveLength(3);
  });

  it('approves single calls too, and is not offered what only a run has', async () => {
    person.answers([once, 'stop']);
    const call = () =>
      served.client.callTool({
        name: 'call_remote_tool',
        arguments: { tool_name: 'ledger__append', arguments: { entry: 1 } },
      });
    expect((await call()).isError).not.toBe(true);
    expect(await call()).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('the person refused it') }],
    });
    expect(person.asked[0]?.message).toContain('To be approved: call ledger.append.');
    expect(person.asked[0]?.requestedSchema.properties.decision.enum).toEqual([once, 'stop']);
    expect(ledger.lines()).toEqual(['append 1']);
  });
});

describe.each(eras)('a client of %s that cannot be asked', (era) => {
  it('is refused what a person must approve, and gets what is asked only where somebody can be', async () => {
    const ledger = newLedger();
    const served = await connect(era, ledger);
    const refused = await served.run('await ledger.append({ entry: 1 })');
    expect(refused.error).toMatchObject({
      kind: 'not_approved',
      message: expect.stringContaining('nobody can be asked here'),
      hint: expect.stringContaining('elicitation'),
    });
    expect((await served.run('await ledger.remove({ entry: 2 })')).status).toBe('success');
    // In the background nobody is there either.
    const started = (await served.call('execute_composed_code', {
      code: 'await ledger.append({ entry: 3 })',
      background: true,
    })) as RunResult;
    const ended = await served.call('get_run', { run_id: started.run_id, wait_seconds: 10 });
    expect(ended).toMatchObject({ status: 'error', error: { kind: 'not_approved' } });
    expect(ledger.lines()).toEqual(['remove 2']);
  });
});
