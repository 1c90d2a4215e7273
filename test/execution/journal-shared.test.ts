/** The journal over what several processes share, files and a real Redis: two of them see, resume and bound the same runs. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunRecord } from '../../src/execution/run-record.ts';
import { RunStore } from '../../src/execution/run-store.ts';
import { defaultLimits, type Limits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { openStorage } from '../../src/storage/open.ts';
import { temporaryFolder } from '../support/folder.ts';
import { newLedger } from '../support/ledger.ts';
import { type Served, serve, setUp } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

type Answer = Record<string, unknown> & { run_id: string; calls: { outcome?: string }[] };
const forever = 'await new Promise(() => setInterval(() => {}, 1_000));';

describe.each(['file', 'redis'] as const)('%s', (driver) => {
  const test = it.skipIf(driver === 'redis' && !hasRedis);

  async function shared() {
    if (driver === 'file') return { storage: driver, storage_folder: temporaryFolder() };
    return { storage: driver, redis_url: (await startRedis()).url };
  }

  const call = async (served: Served, tool: string, args: Record<string, unknown>) =>
    (await served.call(tool, args)) as Answer;

  test('two processes: one sees what the other runs, goes on from it, and finds it interrupted', async () => {
    const ledger = newLedger();
    const settings = { check: 'off', ...(await shared()) };
    const one = await serve(setUp(ledger.servers, settings));
    const other = await serve(setUp(ledger.servers, settings));
    const code = (end: string) =>
      `await ledger.append({ entry: { password: "hunter2", note: "n" } });
for (let i = 0; i < 5; i++) await ledger.append({ entry: i });
${end}`;

    const failed = await one.run(code('throw new Error("no")'));
    await eventually(
      async () => (await call(other, 'get_run', { run_id: failed.run_id })).status === 'error',
      'it is seen',
    );
    const { contents } = await other.client.readResource({ uri: `run://${failed.run_id}` });
    const [content] = contents;
    const { calls } = JSON.parse(content && 'text' in content ? content.text : '');
    expect(calls[0]).toMatchObject({ args: { entry: { password: '[hidden]', note: 'n' } } });
    expect(JSON.stringify(calls)).not.toContain('hunter2');
    const resumed = await call(other, 'execute_composed_code', {
      code: code('return "went on"'),
      resume_from: failed.run_id,
    });
    expect(resumed).toMatchObject({ status: 'success', result: 'went on', reused: { calls: 6, writes: 6 } });
    expect(ledger.lines()).toHaveLength(6);

    const { run_id } = await call(one, 'execute_composed_code', { code: code(forever), background: true });
    await eventually(() => ledger.lines().length === 12, 'it works');
    await eventually(
      async () => (await call(other, 'get_run', { run_id })).calls.length === 6,
      'its calls are seen elsewhere',
    );
    expect(await call(other, 'get_run', { run_id })).toMatchObject({ status: 'running' });
    expect(await other.call('cancel_run', { run_id })).toContain('is under way in another process');
    process.kill(one.pid, 'SIGKILL');
    await eventually(
      async () => (await call(other, 'get_run', { run_id })).status === 'interrupted',
      'the other one knows that it was interrupted',
    );
  });

  test('records are bounded by bytes, by count and by age, whoever wrote them', async () => {
    const settings = await shared();
    const store = (more: Partial<Limits> = {}) =>
      openStore(settings, { ...defaultLimits(), recordsMax: 10, recordsMebibytesMax: 1, ...more });
    const [one, other] = [await store(), await store()];
    const ids = async (of: RunStore) => (await of.list()).map(({ run_id }) => run_id);
    for (let index = 10; index < 22; index += 1) await keep(index % 2 ? one : other, `run_${index}`);
    expect(await ids(other)).toEqual(Array.from({ length: 10 }, (_, index) => `run_${21 - index}`));
    // A large one leaves room for few.
    await keep(one, 'run_30', 'x'.repeat(900_000));
    await keep(other, 'run_31', 'x'.repeat(100_000));
    await keep(one, 'run_32', 'x'.repeat(100_000));
    const left = await ids(other);
    expect(left).toEqual(['run_32', 'run_31']);
    expect(await other.get('run_30')).toBeUndefined();

    await keep(await store({ recordHoursMax: 0.4 / 3_600 }), 'run_40');
    await expect.poll(() => other.get('run_40'), { interval: 20 }).toBeUndefined();
    expect(await ids(other)).toEqual(left);
  });
});

async function openStore(
  settings: { storage: 'file' | 'redis'; storage_folder?: string; redis_url?: string },
  limits: Limits,
): Promise<RunStore> {
  const { storage: driver, storage_folder: folder, redis_url: redisUrl = '' } = settings;
  const options = { limits, log: silentLog };
  const storage = await openStorage({ driver, folder, redisUrl, redisPrefix: 'test:' }, options);
  onTestFinished(() => storage.close());
  return new RunStore({ storage, ...options });
}

/** Leaves the record of a run that has ended. */
async function keep(store: RunStore, id: string, script = 'return 1'): Promise<void> {
  const record: RunRecord = {
    version: 1,
    run_id: id,
    principal: 'local',
    status: 'success',
    script,
    // Lists are by time.
    started_at: new Date(Date.UTC(2026, 0, 1, 0, 0, Number(id.slice(4)))).toISOString(),
    request: {},
    calls: [],
    versions: { orchestrator: '0', tools: {} },
  };
  const run = { id, principal: 'local', snapshot: () => record, ended: Promise.resolve(), abort() {} };
  store.started(run);
  store.ended(run);
  await store.flush();
}
