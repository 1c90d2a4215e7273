/** Orchestrators on one storage: what one of them is told, the others know. */
import { describe, expect, it } from 'vitest';
import { observedSchema } from '../../src/catalog/observed-schema.ts';
import type { Orchestrator } from '../../src/orchestrator.ts';
import { openConfig } from '../support/in-process.ts';
import { fixture, type Servers, setUp } from '../support/orchestrator.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const soon = { timeout: 10_000, interval: 10 };

/** Two of one configuration, which keep nothing on disk. */
async function two(servers: Servers, storage: object): Promise<[Orchestrator, Orchestrator]> {
  const { configFile } = setUp(servers, { check: 'off', generated: false, cache: false, ...storage });
  return [await openConfig(configFile), await openConfig(configFile)];
}

const toolsOf = (orchestrator: Orchestrator, server: string) =>
  orchestrator.catalog.server(server)?.tools.map(({ name }) => name);
const statusOf = (orchestrator: Orchestrator, server: string) => orchestrator.catalog.server(server)?.status;
const run = (orchestrator: Orchestrator, code: string) => orchestrator.runner.run({ code });

describe.each(['file', 'redis'] as const)('on one %s storage', (storage) => {
  const test = it.skipIf(storage === 'redis' && !hasRedis);
  const settings = async () =>
    storage === 'redis'
      ? { storage, redis_url: (await startRedis()).url }
      : { storage, storage_folder: 'state' };

  test('definitions are there for those who have not asked, and changes at once', async () => {
    const [one, other] = await two({ grows: fixture('list-changed.mjs') }, await settings());
    await one.catalog.ensure('grows');
    await expect.poll(() => toolsOf(other, 'grows'), soon).toEqual(['add']);
    expect(statusOf(other, 'grows'), 'it has started no server for that').toBe('cached');
    await run(one, 'return await grows.add({ name: "second" })');
    await expect.poll(() => toolsOf(other, 'grows'), soon).toEqual(['add', 'second']);
    // Whoever has a server of its own believes that one.
    await other.catalog.refresh('grows');
    expect(toolsOf(other, 'grows')).toEqual(['add']);
    await run(one, 'return await grows.add({ name: "third" })');
    await expect.poll(() => toolsOf(one, 'grows'), soon).toContain('third');
    await run(other, 'return await grows.add({ name: "own" })');
    await expect.poll(() => toolsOf(other, 'grows'), soon).toEqual(['add', 'own']);
    expect(toolsOf(one, 'grows')).toEqual(['add', 'second', 'third']);
  });

  test('what a server says is for one caller only, or stale at once, is not shared; a time to live is kept to', async () => {
    const { configFile, folder } = setUp(
      Object.fromEntries(
        ['private', 'stale', 'brief', 'long'].map((name) => [name, fixture('keeping.mjs', name)]),
      ),
      { check: 'off', generated: false, cache: false, ...(await settings()) },
    );
    const one = await openConfig(configFile);
    await one.catalog.refreshAll();
    expect(one.catalog.servers().map(({ name, tools }) => [name, tools.length])).toEqual([
      ['brief', 1],
      ['long', 1],
      ['private', 1],
      ['stale', 1],
    ]);
    const keys = await one.storage.keys('tools/');
    expect(keys, folder).toHaveLength(2);
    const other = await openConfig(configFile);
    expect(['brief', 'long', 'private', 'stale'].map((name) => statusOf(other, name))).toEqual([
      'cached',
      'cached',
      'pending',
      'pending',
    ]);
    await expect.poll(() => one.storage.keys('tools/'), soon).toHaveLength(1);
    const third = await openConfig(configFile);
    expect(statusOf(third, 'brief')).toBe('pending');
    expect(statusOf(third, 'long')).toBe('cached');
  });

  test('learned types are there for all', async () => {
    const [one, other] = await two({ plain: fixture('untyped-results.mjs') }, await settings());
    for (const orchestrator of [one, other]) await orchestrator.catalog.ensure('plain');
    const tool = () => other.catalog.server('plain')?.tools.find(({ name }) => name === 'issues');
    expect(tool()).toBeDefined();
    expect(tool()?.observed).toBeUndefined();
    await run(one, 'return await plain.issues({})');
    await expect
      .poll(() => {
        const shape = tool()?.observed;
        return shape && JSON.stringify(observedSchema(shape));
      }, soon)
      .toContain('"type"');
  });
});

describe.each(['memory', 'file', 'redis'] as const)('with the %s storage', (storage) => {
  it.skipIf(storage === 'redis' && !hasRedis)(
    'a list is asked for again when its time to live is over, and not before',
    async () => {
      const own = storage === 'redis' ? { redis_url: (await startRedis()).url } : { storage_folder: 'state' };
      const servers = Object.fromEntries(
        ['brief', 'long'].map((name) => [name, fixture('keeping.mjs', name, 'counts')]),
      );
      const [one, other] = await two(servers, { storage, ...own });
      const startedAt = performance.now();
      await one.catalog.refreshAll();
      await one.catalog.retryFailed();
      expect([toolsOf(one, 'brief'), toolsOf(one, 'long')]).toEqual([['seen_1'], ['seen_1']]);
      const again = async () => {
        await one.catalog.retryFailed();
        return toolsOf(one, 'brief');
      };
      await expect.poll(again, soon).toEqual(['seen_2']);
      expect(performance.now() - startedAt).toBeGreaterThan(1_400);
      expect(toolsOf(one, 'long')).toEqual(['seen_1']);
      const isShared = storage !== 'memory';
      expect(await one.storage.keys('tools/')).toHaveLength(isShared ? 2 : 0);
      if (isShared) await expect.poll(() => toolsOf(other, 'brief'), soon).toEqual(['seen_2']);
      else expect(statusOf(other, 'brief')).toBe('pending');
    },
  );
});

it('what is learned of a server whose list is for one caller only stays here', async () => {
  const servers = { own: fixture('keeps-to-itself.mjs'), plain: fixture('untyped-results.mjs') };
  const [one, other] = await two(servers, { storage: 'file', storage_folder: 'state' });
  for (const orchestrator of [one, other])
    for (const name of ['own', 'plain']) await orchestrator.catalog.refresh(name);
  await run(
    one,
    'await own.remember({ word: "inner" }); await own.recall({}); return await plain.issues({})',
  );
  const observed = (orchestrator: Orchestrator, server: string, name: string) =>
    orchestrator.catalog.server(server)?.tools.find((tool) => tool.name === name)?.observed;
  await expect.poll(() => observed(other, 'plain', 'issues'), soon).toBeDefined();
  expect(observed(one, 'own', 'recall')).toBeDefined();
  expect(observed(other, 'own', 'recall')).toBeUndefined();
  expect(await one.storage.keys('observed/')).toHaveLength(1);
});
