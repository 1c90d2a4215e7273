/** Runs that go on by themselves: followed, ended, and gone on from after our own end. */
import { describe, expect, it } from 'vitest';
import { newLedger } from '../support/ledger.ts';
import { type Served, serve, setUp } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';

type Answer = Record<string, unknown> & { run_id: string; calls: unknown[] };

async function start(served: Served, code: string, more: object = {}): Promise<string> {
  const answer = (await served.call('execute_composed_code', { code, background: true, ...more })) as Answer;
  expect(answer).toMatchObject({ run_id: expect.stringMatching(/^run_/), status: 'running' });
  return answer.run_id;
}

const getRun = async (served: Served, run_id: string, wait_seconds = 0) =>
  (await served.call('get_run', { run_id, wait_seconds })) as Answer;

const forever = 'await new Promise(() => setInterval(() => {}, 1_000))';

describe('a background run', () => {
  it('is followed to its end, or ended', async () => {
    const ledger = newLedger();
    const served = await serve(setUp(ledger.servers, { check: 'off' }));
    const quick = await start(served, 'console.log("on"); return (await ledger.append({ entry: 1 })).count');
    expect(await getRun(served, quick, 20)).toMatchObject({
      run_id: quick,
      status: 'success',
      result: 1,
      output: 'on\n',
      calls: [{ tool: 'append', ok: true }],
    });
    const endless = await start(served, `await ledger.append({ entry: 2 }); ${forever}`);
    await eventually(() => ledger.count('append 2') === 1, 'the run is under way');
    const waited = await getRun(served, endless, 0.1);
    expect(waited).toMatchObject({ status: 'running', calls: [{ tool: 'append' }] });
    expect(await served.call('cancel_run', { run_id: endless })).toMatchObject({ status: 'aborted' });
    expect(await served.call('cancel_run', { run_id: endless })).toMatchObject({ status: 'aborted' });
    expect(await served.call('get_run', { run_id: 'run_nonsense' })).toContain('no record of a run');
  });

  it('and any other is there as a resource, whole and without secrets', async () => {
    const ledger = newLedger();
    const served = await serve(setUp(ledger.servers, { check: 'off' }));
    const { run_id } = await served.run(
      'await ledger.append({ entry: { password: "hunter2", note: "n" } }); return input.length',
      { input: 'x'.repeat(5_000) },
    );
    const { resources } = await served.client.listResources();
    expect(resources).toMatchObject([{ uri: `run://${run_id}`, title: expect.stringContaining('await') }]);
    const { contents } = await served.client.readResource({ uri: `run://${run_id}` });
    const [content] = contents;
    const record = JSON.parse(content && 'text' in content ? content.text : '');
    expect(record).toMatchObject({
      script: expect.stringContaining('return input.length'),
      input: 'x'.repeat(5_000),
      calls: [{ args: { entry: { password: '[hidden]', note: 'n' } }, value: { count: 1 } }],
      result: { result: 5_000 },
    });
    expect(JSON.stringify(record.calls)).not.toContain('hunter2');
  });
});

describe('a background run whose orchestrator is killed', () => {
  it('is listed as interrupted, and gone on from: what was done is not done again', async () => {
    const ledger = newLedger();
    const setup = setUp(ledger.servers, { check: 'off', storage: 'file', storage_folder: 'storage' });
    const first = await serve(setup);
    const script = (end: string) =>
      `for (let i = 0; i < 150; i++) await ledger.append({ entry: i }); await ledger.look({ entry: 0 }); ${end}`;
    const run_id = await start(first, script(forever));
    const second = await serve(setup);
    const known = async () => {
      const { calls } = (await getRun(second, run_id)) as { calls: { ok: boolean }[] };
      return calls.filter(({ ok }) => ok).length;
    };
    await eventually(async () => (await known()) === 151, 'all calls are made, and another process knows it');
    process.kill(first.pid, 'SIGKILL');
    const isInterrupted = async () => (await getRun(second, run_id)).status === 'interrupted';
    await eventually(isInterrupted, 'its end is noticed');
    const seen = await getRun(second, run_id);
    expect(seen).toMatchObject({ status: 'interrupted', hint: expect.stringContaining(run_id) });
    expect(seen.calls).toHaveLength(151);
    const resumed = (await second.call('execute_composed_code', {
      code: script('return 1'),
      resume_from: run_id,
    })) as Answer;
    expect(resumed).toMatchObject({ status: 'success', reused: { run_id, writes: 150 } });
    expect(ledger.lines().filter((line) => line.startsWith('append'))).toHaveLength(150);
  });

  it('in the middle of a write: nobody knows whether that was done', async () => {
    const ledger = newLedger();
    const setup = setUp(ledger.servers, { check: 'off', storage: 'file', storage_folder: 'storage' });
    ledger.wrong({ hang: ['slow'] });
    const first = await serve(setup);
    const code = 'await ledger.append({ entry: "slow" }); return 1';
    const run_id = await start(first, code);
    await eventually(() => ledger.count('append "slow"') === 1, 'the call is with the server');
    process.kill(first.pid, 'SIGKILL');
    ledger.wrong({});
    const second = await serve(setup);
    expect(await getRun(second, run_id)).toMatchObject({
      status: 'interrupted',
      calls: [{ ok: false, outcome: 'unknown' }],
    });
    expect(await second.call('execute_composed_code', { code, resume_from: run_id })).toMatchObject({
      status: 'error',
      error: { kind: 'outcome_unknown' },
    });
    expect(ledger.count('append "slow"')).toBe(1);
  });

  it('ended by its own will, it is interrupted too, and what onStop is for is done', async () => {
    const ledger = newLedger();
    const setup = setUp(ledger.servers, { check: 'off', storage: 'file', storage_folder: 'storage' });
    const first = await serve(setup);
    const run_id = await start(
      first,
      `await onStop([{ tool: "ledger.append", args: { entry: "safe" } }]); await ledger.append({ entry: 1 }); ${forever}`,
    );
    await eventually(() => ledger.count('append 1') === 1, 'the run is under way');
    await first.client.close();
    await eventually(() => ledger.count('append "safe"') === 1, 'onStop is carried out');
    const second = await serve(setup);
    await eventually(async () => (await getRun(second, run_id)).status === 'interrupted', 'it is recorded');
  });
});
