/** The storage port's contract, held by every driver: the same suite over memory, files and a real Redis. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { keyPart } from '../../src/storage/key.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage, StorageChange } from '../../src/storage/storage.ts';
import { type OnEnd, temporaryFolder } from '../support/folder.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';

const done: (() => void | Promise<void>)[] = [];
const atTheEnd: OnEnd = (end) => void done.push(end);
let redis: RedisServer | undefined;
let count = 0;

beforeAll(async () => {
  if (hasRedis) redis = await startRedis([], atTheEnd);
});
afterAll(async () => {
  for (const end of done.reverse()) await end();
});

/** Two on the same medium, as two processes would have it; memory has only itself. */
async function open(driver: Storage['driver']): Promise<{ one: Storage; other: Storage }> {
  count += 1;
  const settings = {
    driver,
    folder: temporaryFolder(),
    redisUrl: redis?.url ?? '',
    redisPrefix: `test ${count}*[x]:`,
  };
  const make = async () => {
    const storage = await openStorage(settings, { limits: defaultLimits(), log: silentLog });
    onTestFinished(() => storage.close());
    return storage;
  };
  const one = await make();
  return { one, other: driver === 'memory' ? one : await make() };
}

/** Collects what is told, and waits for it. */
function listen(storage: Storage, prefix: string) {
  const told: StorageChange[] = [];
  const end = storage.watch(prefix, (change) => void told.push(change));
  return {
    told,
    end,
    hears: (key: string, kind: StorageChange['kind']) =>
      expect
        .poll(() => told.some((change) => change.key === key && change.kind === kind), { interval: 5 })
        .toBe(true),
  };
}

describe.each(['memory', 'file', 'redis'] as const)('%s', (driver) => {
  const test = it.skipIf(driver === 'redis' && !hasRedis);

  test('keeps JSON values until they are deleted', async () => {
    const { one, other } = await open(driver);
    const value = { text: 'ü\u0000\u2028"', list: [1, null, false], nested: { a: {} }, 'a/b': 1.5 };
    expect(await one.get('runs/none')).toBeUndefined();
    await one.set('runs/run_1', value);
    expect(await other.get('runs/run_1')).toEqual(value);
    await other.set('runs/run_1', null);
    expect(await one.get('runs/run_1')).toBeNull();
    expect(await one.delete('runs/run_1')).toBe(true);
    expect(await one.delete('runs/run_1')).toBe(false);
    expect(await other.get('runs/run_1')).toBeUndefined();
    expect(one.health()).toEqual({ ok: true });
    expect(one.driver).toBe(driver);
  });

  test('what is kept does not change with the object that was given', async () => {
    const { one } = await open(driver);
    const value = { list: [1] };
    await one.set('a', value);
    value.list.push(2);
    expect(await one.get('a')).toEqual({ list: [1] });
  });

  test('lists keys by prefix, sorted, and tells keys apart to the letter', async () => {
    const { one, other } = await open(driver);
    const names = ['runs/b', 'runs/a', 'runs/A', 'runs/a:b', 'runs/a.b', 'run', 'runs/a/deep', 'pins/a~-_'];
    for (const name of names) await one.set(name, name);
    expect(await other.keys('runs/')).toEqual([
      'runs/A',
      'runs/a',
      'runs/a.b',
      'runs/a/deep',
      'runs/a:b',
      'runs/b',
    ]);
    expect(await other.keys('')).toEqual([...names].sort());
    expect(await other.keys('none/')).toEqual([]);
    for (const name of names) expect(await other.get(name)).toBe(name);
  });

  test('a value with a time to live goes when it is over', async () => {
    const { one, other } = await open(driver);
    await one.set('short', 1, { ttlMs: 40 });
    await one.set('long', 2, { ttlMs: 60_000 });
    await one.set('kept', 1, { ttlMs: 40 });
    await one.set('kept', 3);
    expect(await other.get('long')).toBe(2);
    await expect.poll(() => one.get('short'), { interval: 5 }).toBeUndefined();
    expect(await other.keys('')).toEqual(['kept', 'long']);
    expect(await one.delete('short')).toBe(false);
    expect(await other.get('kept')).toBe(3);
  });

  test('tells of changes under a prefix, of its own and of others', async () => {
    const { one, other } = await open(driver);
    const own = listen(one, 'servers/');
    const others = listen(other, 'servers/');
    await one.set('servers/a', 1);
    await one.set('runs/a', 1);
    await Promise.all([own.hears('servers/a', 'set'), others.hears('servers/a', 'set')]);
    await other.set('servers/a', 2);
    await other.delete('servers/a');
    await Promise.all([own.hears('servers/a', 'delete'), others.hears('servers/a', 'delete')]);
    await one.set('servers/b', 1);
    await others.hears('servers/b', 'set');
    expect([...own.told, ...others.told].filter(({ key }) => key.startsWith('runs/'))).toEqual([]);
    others.end();
    const before = others.told.length;
    await one.set('servers/c', 1);
    await own.hears('servers/c', 'set');
    await other.set('servers/d', 1);
    await own.hears('servers/d', 'set');
    expect(others.told.length).toBe(before);
  });

  test('the last of many changes at once wins, and a reader sees what was set before it', async () => {
    const { one, other } = await open(driver);
    const sets = Array.from({ length: 50 }, (_, index) => one.set('counter', index));
    expect(await one.get('counter')).toBe(49);
    await Promise.all(sets);
    expect(await other.get('counter')).toBe(49);
    await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => one.set(`many/${index}`, index)),
      ...Array.from({ length: 20 }, (_, index) => other.set(`many/${index + 20}`, index)),
    ]);
    expect(await one.keys('many/')).toHaveLength(40);
  });

  test('large values, long keys', async () => {
    const { one, other } = await open(driver);
    const large = 'x'.repeat(3_000_000);
    const key = `${'K'.repeat(59)}/${'y'.repeat(60)}`;
    await one.set(key, large);
    expect(await other.get(key)).toBe(large);
    expect(await other.keys('K')).toEqual([key]);
  });

  test.each(['', '/', 'a/', '../a', 'a/./b', 'a b', 'a%2f', 'ä', 'x'.repeat(121)])(
    'refuses %j as a key',
    async (key) => {
      const { one } = await open(driver);
      await expect(one.set(key, 1)).rejects.toThrow(RangeError);
      await expect(one.get(key)).rejects.toThrow(/no storage key/);
      await expect(one.delete(key)).rejects.toThrow(RangeError);
    },
  );

  test('after close nothing is kept or told, and closing again is nothing', async () => {
    const { one, other } = await open(driver);
    const { told } = listen(one, '');
    await one.close();
    await one.close();
    await one.set('late', 1);
    expect(await one.get('late')).toBeUndefined();
    expect(await one.keys('')).toEqual([]);
    if (other !== one) {
      await other.set('b', 1);
      expect(await other.get('b')).toBe(1);
      expect(await other.get('late')).toBeUndefined();
    }
    expect(told).toEqual([]);
  });
});

it('makes a part of a key of any text, another for each', () => {
  const names = ['a', 'A', 'a b', 'a/b', '..', '.', '', 'ä', '~20', 'a~b', 'x'.repeat(128), 'x'.repeat(127)];
  const parts = names.map(keyPart);
  expect(new Set(parts).size).toBe(names.length);
  for (const part of parts) expect(part).toMatch(/^(?!\.\.?$)[A-Za-z0-9._~:-]{1,60}$/);
  expect(keyPart('weather-2.x')).toBe('weather-2.x');
});
