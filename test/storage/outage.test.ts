/** The medium goes away and comes back: nothing that was acknowledged is lost, and nobody waits for it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { temporaryFolder } from '../support/folder.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

async function open(settings: {
  driver: Storage['driver'];
  folder?: string;
  redisUrl?: string;
}): Promise<Storage> {
  const storage = await openStorage(
    { folder: undefined, redisUrl: '', redisPrefix: 'test:', ...settings },
    { limits: { ...defaultLimits(), storageMsMax: 300 }, log: silentLog },
  );
  onTestFinished(() => storage.close());
  return storage;
}

const isBack = (storage: Storage) =>
  expect.poll(() => storage.health().ok, { timeout: 10_000, interval: 10 }).toBe(true);

describe.skipIf(!hasRedis)('redis', () => {
  it('that dies with everything and starts empty gets back what was acknowledged, in both processes', async () => {
    const redis = await startRedis();
    const one = await open({ driver: 'redis', redisUrl: redis.url });
    const other = await open({ driver: 'redis', redisUrl: redis.url });
    await one.set('runs/before', 'before');
    await one.set('runs/deleted', 'deleted');
    await one.set('short', 1, { ttlMs: 100 });
    expect(await other.get('runs/before')).toBe('before');
    await redis.stop();
    await expect.poll(() => one.health().ok, { interval: 5 }).toBe(false);
    expect(one.health().problem).toMatch(
      /^Redis at 127\.0\.0\.1:\d+ cannot be used: .*See that it runs there.*kept in memory/,
    );

    // Nothing stops meanwhile.
    await one.set('runs/meanwhile', 'meanwhile');
    await one.set('runs/meanwhile', 'meanwhile, again');
    expect(await one.delete('runs/deleted')).toBe(true);
    expect(await one.get('runs/before')).toBe('before');
    expect(await one.get('runs/meanwhile')).toBe('meanwhile, again');
    expect(await one.get('runs/deleted')).toBeUndefined();
    expect(await one.keys('runs/')).toEqual(['runs/before', 'runs/meanwhile']);
    expect(one.health().problem).toContain('2 changes wait');
    const told: string[] = [];
    other.watch('runs/', ({ key, kind }) => void told.push(`${kind} ${key}`));

    await redis.start();
    await isBack(one);
    await isBack(other);
    const third = await open({ driver: 'redis', redisUrl: redis.url });
    await expect.poll(() => third.keys('runs/'), { interval: 10 }).toEqual(['runs/before', 'runs/meanwhile']);
    expect(await third.get('runs/meanwhile')).toBe('meanwhile, again');
    expect(await third.get('runs/before')).toBe('before');
    await expect.poll(() => told, { interval: 10 }).toContain('set runs/meanwhile');
    // And changes are heard again.
    await one.set('runs/after', 1);
    await expect.poll(() => told, { interval: 10 }).toContain('set runs/after');
  });

  it('that hangs holds nobody up for longer than one operation may take', async () => {
    const redis = await startRedis();
    const storage = await open({ driver: 'redis', redisUrl: redis.url });
    await storage.set('a', 1);
    redis.signal('SIGSTOP');
    onTestFinished(() => redis.signal('SIGCONT'));
    const startedAt = performance.now();
    await storage.set('a', 2);
    expect(await storage.get('a')).toBe(2);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    const again = performance.now();
    for (let index = 0; index < 100; index += 1) await storage.set(`many/${index}`, index);
    expect(performance.now() - again, 'it is not asked again while it is away').toBeLessThan(200);
    expect(storage.health().problem).toContain('101 changes wait');
    redis.signal('SIGCONT');
    await isBack(storage);
    const other = await open({ driver: 'redis', redisUrl: redis.url });
    expect(await other.get('a')).toBe(2);
    expect(await other.keys('many/')).toHaveLength(100);
  });

  it('that is not there yet at the start is used as soon as it is', async () => {
    const redis = await startRedis();
    await redis.stop();
    const storage = await open({ driver: 'redis', redisUrl: redis.url });
    expect(storage.health().problem).toContain('ECONNREFUSED');
    await storage.set('early', 1);
    expect(await storage.get('early')).toBe(1);
    const told: string[] = [];
    storage.watch('', ({ key }) => void told.push(key));
    await redis.start();
    await isBack(storage);
    const other = await open({ driver: 'redis', redisUrl: redis.url });
    expect(await other.get('early')).toBe(1);
    await expect.poll(() => told, { interval: 10 }).toContain('early');
  });

  it('tells what others deleted while it was away', async () => {
    const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    const one = await open({ driver: 'redis', redisUrl: redis.url });
    const other = await open({ driver: 'redis', redisUrl: redis.url });
    await other.set('servers/a', 1);
    const told: string[] = [];
    one.watch('servers/', ({ key, kind }) => void told.push(`${kind} ${key}`));
    expect(await one.keys('servers/')).toEqual(['servers/a']);
    await redis.stop();
    await expect.poll(() => [one, other].some((it) => it.health().ok), { interval: 5 }).toBe(false);
    expect(await other.delete('servers/a')).toBe(true);
    await redis.start();
    await isBack(one);
    await expect.poll(() => told, { timeout: 5_000, interval: 10 }).toContain('delete servers/a');
  });

  it('with a wrong password says so, and never says the password', async () => {
    const redis = await startRedis(['--requirepass', 'right-secret']);
    const wrong = await open({
      driver: 'redis',
      redisUrl: redis.url.replace('//', '//:wrong-secret@'),
    });
    expect(wrong.health().problem).toMatch(/WRONGPASS|NOAUTH/);
    expect(wrong.health().problem).not.toContain('wrong-secret');
    await wrong.set('a', 1);
    expect(await wrong.get('a')).toBe(1);
    const right = await open({ driver: 'redis', redisUrl: redis.url.replace('//', '//:right-secret@') });
    expect(right.health()).toEqual({ ok: true });
  });
});

describe('files', () => {
  it('are private, whole, and nothing else is left in the folder', async () => {
    const folder = path.join(temporaryFolder(), 'state');
    const storage = await open({ driver: 'file', folder });
    await Promise.all(Array.from({ length: 20 }, (_, index) => storage.set(`a/B${index}`, index)));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder);
    expect(names).toHaveLength(20);
    expect(names).toContain('a=!b7.json');
    for (const name of names) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('that are damaged or foreign are as good as none', async () => {
    const folder = temporaryFolder();
    const storage = await open({ driver: 'file', folder });
    await storage.set('a', 1);
    writeFileSync(path.join(folder, 'a.json'), '{"value":');
    writeFileSync(path.join(folder, 'b.json'), '[]');
    writeFileSync(path.join(folder, 'NOT ours.json'), '1');
    expect(await storage.get('a')).toBeUndefined();
    expect(await storage.keys('')).toEqual([]);
    expect(storage.health()).toEqual({ ok: true });
    await storage.set('a', 2);
    expect(await storage.get('a')).toBe(2);
  });

  it('a folder that cannot be used is said, and used as soon as it can', async () => {
    const folder = path.join(temporaryFolder(), 'in-the-way');
    writeFileSync(folder, 'a file');
    const storage = await open({ driver: 'file', folder });
    await storage.set('a', 1);
    expect(await storage.get('a')).toBe(1);
    expect(storage.health().problem).toMatch(/storage folder .*in-the-way cannot be used.*1 change waits/s);
    rmSync(folder);
    await isBack(storage);
    expect(await (await open({ driver: 'file', folder })).get('a')).toBe(1);
  });

  it('a folder that vanishes is made again', async () => {
    const folder = path.join(temporaryFolder(), 'state');
    const storage = await open({ driver: 'file', folder });
    await storage.set('a', 1);
    rmSync(folder, { recursive: true });
    expect(await storage.get('a')).toBeUndefined();
    await storage.set('b', 2);
    expect(existsSync(path.join(folder, 'b.json'))).toBe(true);
  });

  it('what has expired, or was left half written long ago, is removed at the start', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'old.json'), '{"untilMs":1,"value":1}');
    writeFileSync(path.join(folder, 'kept.json'), '{"value":1}');
    chmodSync(path.join(folder, 'kept.json'), 0o600);
    const storage = await open({ driver: 'file', folder });
    await expect.poll(() => readdirSync(folder), { interval: 5 }).toEqual(['kept.json']);
    expect(await storage.keys('')).toEqual(['kept']);
  });
});
