/** The first call of a program that has just been started: whom it starts, and whom not. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { namedServers } from '../../src/server/named-servers.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';
import { descendantsOf, eventually, isAlive } from '../support/processes.ts';

const starts = (file: string) => readFileSync(file, 'utf8').split('\n').filter(Boolean);

it('starts the server that the script names, once', async () => {
  const setup = setUp({});
  const file = path.join(setup.folder, 'starts');
  const { run, call } = await serve(
    setUp({
      first: fixture('notes-starts.mjs', file),
      second: fixture('echo.mjs'),
      'needs.key': { ...fixture('echo.mjs'), disabled: true },
    }),
  );
  const { result } = await run('return await first.pid({})');
  expect(String(result)).toBe(starts(file)[0]);
  expect(await call('refresh_tools')).toMatchObject({ failed: [] });
  expect(starts(file)).toHaveLength(1);
});

it('leaves nothing where the client goes while all of it starts', async () => {
  const setup = setUp({});
  const file = path.join(setup.folder, 'starts');
  const { run, client, pid } = await serve(setUp({ first: fixture('notes-starts.mjs', file) }));
  const outcome = run('return await first.pid({})').catch((error: unknown) => error);
  await eventually(() => existsSync(file), 'the server has been started');
  const started = descendantsOf(pid);
  expect(started).toContain(Number(starts(file)[0]));
  await client.close();
  await outcome;
  await eventually(() => [pid, ...started].every((one) => !isAlive(one)), 'all of them have ended');
});

it('is what the text says, in the names of scripts, of servers that are seen', async () => {
  const { configFile } = setUp(
    {
      'my-files': fixture('echo.mjs'),
      memory: fixture('echo.mjs'),
      off: { ...fixture('echo.mjs'), disabled: true },
    },
    { profiles: { narrow: { servers: ['memory'] } } },
  );
  const load = (profile?: string) =>
    loadConfig({
      file: configFile,
      environment: {},
      directory: path.dirname(configFile),
      overrides: { profile },
    });
  const named = async (text: string, profile?: string) =>
    namedServers(text, await load(profile), { profile: undefined }).map(({ name }) => name);
  expect(await named('return await my_files.read({})')).toEqual(['my-files']);
  expect(await named('memory__read_graph')).toEqual(['memory']);
  expect(await named('await off.x(); memories.y(); my.files')).toEqual([]);
  expect(await named('await my_files.x(); await memory.y()', 'narrow')).toEqual(['memory']);
  expect(
    namedServers('my_files memory', await load(), { profile: 'narrow' }).map(({ name }) => name),
  ).toEqual(['memory']);
});
