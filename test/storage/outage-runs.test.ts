/** Redis is stopped and started while scripts run: none is stopped, `/readyz` says so, and their records are there afterwards. */
import { expect, it } from 'vitest';
import { ask, connectHttp, serveHttp } from '../support/http.ts';
import { openConfig } from '../support/in-process.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const soon = { timeout: 20_000, interval: 25 };

it.skipIf(!hasRedis)('a Redis that goes and comes back stops no run, and loses no record', async () => {
  const redis = await startRedis();
  const settings = { check: 'off', generated: false, cache: false, storage: 'redis', redis_url: redis.url };
  const setup = setUp({ slow: fixture('slow.mjs') }, settings);
  const served = await serveHttp(setup);
  const { run } = await connectHttp(served.url);
  const ready = async () => {
    const { status, json } = await ask(served.url, { method: 'GET', path: '/readyz' });
    return { ...(json() as { storage: string }), status };
  };
  const other = await openConfig(setup.configFile);
  const before = await run('return "before"');
  await expect.poll(() => other.runs.get(before.run_id), soon).toMatchObject({ status: 'success' });
  await expect.poll(ready, soon).toMatchObject({ status: 200, storage: 'ok' });

  // Scripts under way when it goes, with calls before, during and after.
  const code = 'for (let i = 0; i < 30; i++) await slow.sleep_ms({ ms: 50 }); return input';
  const underWay = [1, 2, 3].map((input) => run(code, { input }));
  await redis.stop();
  await expect.poll(ready, soon).toMatchObject({
    status: 200,
    storage: expect.stringMatching(/Redis at 127\.0\.0\.1:\d+ cannot be used.*kept in memory/s),
  });
  const during = await run('return await slow.sleep_ms({ ms: 1 })');
  expect(during.status).toBe('success');
  const ended = await Promise.all(underWay);
  expect(ended.map(({ status, result }) => [status, result])).toEqual(
    [1, 2, 3].map((input) => ['success', input]),
  );

  await redis.start();
  await expect.poll(ready, soon).toMatchObject({ status: 200, storage: 'ok' });
  for (const { run_id, calls } of [before, during, ...ended]) {
    await expect.poll(() => other.runs.get(run_id), soon).toMatchObject({ status: 'success' });
    expect((await other.runs.get(run_id))?.calls).toHaveLength(calls.length);
  }
  expect((await run('return "after"')).result).toBe('after');
});
