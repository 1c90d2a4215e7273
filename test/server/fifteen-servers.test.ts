/** Fifteen servers, four of them broken in four ways: the others work, the start waits for nobody, and each says what is wrong. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fixture, serve, setUp } from '../support/orchestrator.ts';

interface Listing {
  servers: Record<
    string,
    { status: string; problem?: string; tools: string[]; set_aside?: { name: string; reason: string }[] }
  >;
  total_servers: number;
}

const working = Object.fromEntries(
  Array.from({ length: 11 }, (_, index) => [`good${index}`, fixture('crashes-on-call.mjs')]),
);
const broken = {
  silent: { ...fixture('never-answers.mjs'), connect_timeout: 20_000 },
  gone: fixture('exits-at-once.mjs'),
  garbage: fixture('garbage-on-stdout.mjs'),
  malformed: fixture('malformed-tools.mjs'),
};

it('eleven work, the start is not held up, and each of the others is explained', async () => {
  const { client, call, run } = await serve(
    setUp({ ...broken, ...working }, { limits: { listWaitMs: 60_000 } }),
  );
  expect((await client.listTools()).tools.length).toBeGreaterThan(0);
  // The silent server is given up after 20 s; a script over the others does not wait for it.
  const sum = await run(
    `const all = [${Object.keys(working)}]; return (await Promise.all(all.map((server) => server.echo({ n: 1 })))).reduce((sum, { n }) => sum + n, 0)`,
  );
  expect(sum).toMatchObject({ status: 'success', result: 11 });
  expect(sum.stats.wall_ms).toBeLessThan(18_000);

  const { servers, total_servers } = (await call('list_available_tools')) as Listing;
  expect(total_servers).toBe(15);
  for (const name of Object.keys(working))
    expect(servers[name]).toMatchObject({ status: 'ready', tools: ['crash', 'echo', 'pid'] });
  expect(servers.silent).toMatchObject({ status: 'failed', tools: [] });
  expect(servers.silent?.problem).toMatch(/20 s|20,?000|did not answer/);
  expect(servers.gone?.status).toBe('failed');
  expect(servers.gone?.problem).toMatch(/exit|ended/);
  // What stands on stdout and is no message is skipped: this server works.
  expect(servers.garbage?.status).toBe('ready');
  expect(servers.malformed?.status).toBe('ready');
  expect(servers.malformed?.tools.length).toBeGreaterThan(0);
  expect(servers.malformed?.set_aside?.length).toBeGreaterThan(0);
  for (const { reason } of servers.malformed?.set_aside ?? []) expect(reason).toMatch(/\w+ .*\./);

  const used = await run('return await gone.anything({})');
  expect(used).toMatchObject({
    status: 'error',
    error: { kind: 'server_unavailable', server: 'gone', retry_safe: 'yes' },
  });
});

it('an entry that cannot be used disables that server only, with file, line and fix', async () => {
  const setup = setUp({});
  const file = path.join(setup.folder, 'broken.json');
  writeFileSync(
    file,
    `{\n  "mcpServers": {\n    "bad": { "comand": "x" },\n    "off": { "command": "x", "disabled": true },\n    "good": ${JSON.stringify(fixture('crashes-on-call.mjs'))}\n  },\n  "orchestrator": { "cache": false, "generated": false }\n}`,
  );
  const { call, run } = await serve({ ...setup, configFile: file });
  expect(await run('return await good.echo({ n: 1 })')).toMatchObject({ result: { n: 1 } });
  const { servers } = (await call('list_available_tools')) as Listing;
  expect(servers.bad).toMatchObject({ status: 'invalid', problem: expect.stringContaining(`${file}:3`) });
  expect(servers.bad?.problem).toContain('command');
  expect(servers.off).toMatchObject({ status: 'disabled' });
  expect(await run('return await bad.echo({})')).toMatchObject({ error: { kind: 'server_disabled' } });
});
