// All servers together: the broken ones hold nobody up.
import { expect, it } from 'vitest';
import { ConnectionPool } from '../../src/downstream/pool.ts';
import { silentLog } from '../../src/log.ts';
import { closedLater, defaultEnvironment, limits, markedProcesses, stdio, textOf, until } from './support.ts';

const once = { repeatable: false };

/** As the catalogue does when it asks all servers. */
function connectAll(pool: ConnectionPool, signal?: AbortSignal): Promise<void> {
  return pool.inBackground(async (connection) => {
    await connection.connect({ background: true, ...(signal && { signal }) }).catch(() => {});
  }, signal);
}

it('connects to all, whatever is wrong with some', async () => {
  const good = ['slow', 'late-answers', 'garbage-on-stdout', 'malformed-tools'];
  const bad = ['exits-at-once', 'never-answers'];
  const configs = [...bad, ...good].map((name) =>
    stdio(name, [], { connectMsMax: name === 'never-answers' ? 1_500 : 15_000 }),
  );
  const pool = closedLater(
    new ConnectionPool(configs, {
      limits: limits({ connectionsAtOnceMax: 3 }),
      log: silentLog,
      defaultEnvironment,
    }),
  );
  expect(pool.all().map((connection) => connection.state().state)).toEqual(configs.map(() => 'idle'));
  await connectAll(pool);
  for (const name of good) expect(pool.get(name)?.state().state, name).toBe('connected');
  for (const name of bad) expect(pool.get(name)?.state().state, name).toBe('failed');
  expect(pool.get('unknown')).toBeUndefined();
  await pool.close();
  expect(markedProcesses()).toEqual([]);
});

it('starts no server in the background while somebody waits for one', async () => {
  // The silent server is connected to for a second: the waiting call must not be behind it, nor the others beside it.
  const configs = [
    stdio('never-answers', [], { connectMsMax: 1_500 }),
    stdio('slow'),
    stdio('crashes-on-call'),
    stdio('late-answers'),
  ];
  const pool = closedLater(
    new ConnectionPool(configs, {
      limits: limits({ connectionsAtOnceMax: 1 }),
      log: silentLog,
      defaultEnvironment,
    }),
  );
  const started: string[] = [];
  for (const connection of pool.all()) {
    connection.onStateChanged(() => {
      const { state } = connection.state();
      if (state === 'connecting' || state === 'connected') started.push(`${connection.config.name} ${state}`);
    });
  }
  const all = connectAll(pool);
  const result = await pool.get('late-answers')?.callTool('echo', { a: 1 }, once);
  expect(textOf(result ?? {})).toBe('{"a":1}');
  expect(started).toContain('late-answers connected');
  expect(started.filter((entry) => /^(slow|crashes)/.test(entry))).toEqual([]);
  await all;
  expect(pool.all().map((connection) => connection.state().state)).toEqual([
    'failed',
    'connected',
    'connected',
    'connected',
  ]);
});

it('holds the background back until a foreground connect has ended', async () => {
  const configs = [stdio('silent-to-unknown-methods', [], { connectMsMax: 1_500 }), stdio('slow')];
  const pool = closedLater(
    new ConnectionPool(configs, { limits: limits(), log: silentLog, defaultEnvironment }),
  );
  const order: string[] = [];
  for (const connection of pool.all()) {
    connection.onStateChanged(() => order.push(`${connection.config.name} ${connection.state().state}`));
  }
  const foreground = pool.get('silent-to-unknown-methods')?.connect();
  await Promise.all([connectAll(pool), foreground]);
  expect(order).toEqual([
    'silent-to-unknown-methods connecting',
    'silent-to-unknown-methods connected',
    'slow connecting',
    'slow connected',
  ]);
});

it('stops connecting when told to', async () => {
  const abort = new AbortController();
  const pool = closedLater(
    new ConnectionPool([stdio('never-answers'), stdio('slow')], {
      limits: limits({ connectionsAtOnceMax: 1 }),
      log: silentLog,
      defaultEnvironment,
    }),
  );
  const all = connectAll(pool, abort.signal);
  await until(() => pool.get('never-answers')?.state().state === 'connecting', 'the first attempt');
  abort.abort();
  await all;
  expect(pool.get('slow')?.state().state).toBe('idle');
});
