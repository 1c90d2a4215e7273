/** Servers come and go while clients are served: registered, removed, edited in the file, kept, shared. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';
import { isAlive } from '../support/processes.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const soon = { timeout: 15_000, interval: 20 };
const who = (...args: string[]) => fixture('who.mjs', ...args);

interface Who {
  readonly pid: number;
  readonly args: string[];
  readonly token: string | null;
}

const askWho = async (served: Served, name = 'who') =>
  (await served.run(`return await ${name}.who({})`)).result as Who;

async function rows(served: Served): Promise<Record<string, Record<string, unknown>>> {
  const { servers } = (await served.call('list_servers')) as { servers: { name: string }[] };
  return Object.fromEntries(servers.map((row) => [row.name, row]));
}

describe('a client', () => {
  it('adds a server, uses it at once, and removes it', async () => {
    const served = await serve(setUp({ slow: fixture('slow.mjs') }), {
      client: { versionNegotiation: { mode: 'legacy' } },
    });
    const { client, call, run } = served;
    let changes = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      changes += 1;
    });
    const added = await call('register_server', { name: 'my-who', ...who("a b's") });
    expect(added).toMatchObject({
      name: 'my-who',
      identifier: 'my_who',
      status: 'ready',
      transport: 'stdio',
      source: 'runtime',
      tools: 1,
      kept: 'until this process ends (the storage is memory)',
    });
    const { endpoint } = added as { endpoint: string };
    expect(endpoint).toBe(`${process.execPath} ${who().args[0]} 'a b'\\''s'`);
    expect((await run('return (await my_who.who({})).args')).result).toEqual(["a b's"]);
    await expect.poll(async () => (await client.listTools()).tools[0]?.description, soon).toContain('my_who');
    await expect.poll(() => changes, soon).toBeGreaterThan(0);
    expect(await rows(served)).toMatchObject({
      slow: { source: 'config', transport: 'stdio' },
      'my-who': { source: 'runtime', calls: 1, latency_ms: expect.any(Number) },
    });

    const { pid } = (await run('return await my_who.who({})')).result as Who;
    expect(await call('remove_server', { name: 'my_who' })).toEqual({ removed: 'my-who', servers: 1 });
    await expect.poll(() => isAlive(pid), soon).toBe(false);
    expect((await client.listTools()).tools[0]?.description).not.toContain('my_who');
    const after = await run(
      'return await orchestrated().catch(String);\nfunction orchestrated() { return my_who.who({}); }',
      {
        check: 'off',
      },
    );
    expect(JSON.stringify([after.error, after.result])).toMatch(/my_who/);
    const removed = await call('call_remote_tool', { tool_name: 'my-who__who', arguments: {} });
    expect(removed).toContain('Server "my-who" is gone: it was removed.');
  });

  it('removes a server under a run: the run is told so at once', async () => {
    const { run, call } = await serve(setUp({}));
    await call('register_server', { name: 'slow', ...fixture('slow.mjs') });
    const running = run(`
      try { await slow.sleep_ms({ ms: 600_000 }); } catch (error) { console.log(error.name, error.kind, error.message); }
      try { await slow.sleep_ms({ ms: 1 }); } catch (error) { return [error.name, error.kind, error.message]; }`);
    const inFlight = () => call('call_remote_tool', { tool_name: 'slow__in_flight_max', arguments: {} });
    await expect.poll(inFlight, soon).toBe('1');
    await call('remove_server', { name: 'slow' });
    const { status, result, output } = await running;
    expect(status).toBe('success');
    expect(output).toMatch(
      /^ToolError connection_lost .*server "slow".*ended during the call: it was removed/,
    );
    expect(result).toEqual(['ToolError', 'server_unknown', 'Server "slow" is gone: it was removed.']);
  });

  it('adds a server whose tools are shown by their own names', async () => {
    const { client, call } = await serve(setUp({ slow: fixture('slow.mjs') }), {
      args: ['--mode', 'hybrid'],
    });
    const names = async () => (await client.listTools()).tools.map(({ name }) => name);
    expect(await call('register_server', { name: 'my-who', ...who(), prefix: false })).toMatchObject({
      status: 'ready',
    });
    await expect.poll(names, soon).toEqual(expect.arrayContaining(['slow__sleep_ms', 'who']));
    expect(await names()).not.toContain('my_who__who');
    expect(JSON.stringify(await client.callTool({ name: 'who' }))).toContain('pid');
    // A second one with that name: each has its server before it from now on.
    await call('register_server', { name: 'other', ...who('2'), prefix: false });
    await expect.poll(names, soon).toEqual(expect.arrayContaining(['my_who__who', 'other__who']));
    await call('remove_server', { name: 'other' });
    await expect.poll(names, soon).toContain('who');
    await call('remove_server', { name: 'my-who' });
    await expect.poll(names, soon).not.toContain('who');
  });

  it('is refused with the reason, and nothing is changed', async () => {
    const served = await serve(setUp({ slow: fixture('slow.mjs') }));
    const { call } = served;
    const cases: [Record<string, unknown>, RegExp][] = [
      [{ name: '../x', command: 'node' }, /The name "..\/x" cannot be used: write 1 to 64 letters/],
      [{ name: 'a b', command: 'node' }, /cannot be used/],
      [{ name: '', command: 'node' }, /cannot be used/],
      [{ name: '__proto__', command: 'node' }, /cannot be used/],
      [{ name: 'x' }, /neither "command" nor "url"/],
      [{ name: 'x', comand: 'node' }, /neither "command" nor "url".*x\.comand is not known.*"command"/],
      [{ name: 'x', command: 'node', url: 'http://x' }, /both "command" and "url"/],
      [{ name: 'x', command: 'node', args: 'one' }, /args must be a list of texts/],
      [{ name: 'x', url: 'ftp://x' }, /http:\/\/ or https:\/\//],
      [{ name: 'slow', command: 'node' }, /There is a server "slow" in the configuration file/],
      [
        { name: 'x', url: 'http://x.example', headers: { a: '${HOME}' } },
        /uses \$\{HOME\}, which entries registered at runtime may not.*allowed_variables/,
      ],
      [{ name: 'x', command: 'node', persist: 'disk' }, /persist/],
    ];
    for (const [args, words] of cases)
      expect(await call('register_server', args), JSON.stringify(args)).toMatch(words);
    expect(await call('remove_server', { name: 'none' })).toMatch(
      /There is no server "none"\. Servers: slow/,
    );
    expect(await call('remove_server', { name: 'slow' })).toMatch(
      /in the configuration file .*persist: "config"/,
    );
    expect(Object.keys(await rows(served))).toEqual(['slow']);
  });

  it('cannot take over what scripts call another server', async () => {
    const served = await serve(setUp({ 'my-who': who('file'), 'my.slow': fixture('slow.mjs'), a: who('a') }));
    const { call, run } = served;
    for (const name of ['my_who', 'my_slow', 'my-slow', 'a__who', 'my_who__x'])
      expect(await call('register_server', { name, ...who('other') }), name).toMatch(
        /would take over names of server ".*"\. Choose another name\./,
      );
    expect((await run('return (await my_who.who({})).args')).result).toEqual(['file']);
    expect(await call('register_server', { name: 'my.who', ...who('dot') })).toMatchObject({
      identifier: 'my_who_2',
    });
    expect((await run('return [(await my_who.who({})).args, (await my_who_2.who({})).args]')).result).toEqual(
      [['file'], ['dot']],
    );
    expect(Object.keys(await rows(served)).sort()).toEqual(['a', 'my-who', 'my.slow', 'my.who']);
  });

  it('registering the same again is nothing, another of its name is refused', async () => {
    const { call } = await serve(setUp({}));
    const first = await call('register_server', { name: 'who', ...who('1') });
    expect(await call('register_server', { name: 'who', ...who('1') })).toEqual(first);
    expect(await call('register_server', { name: 'who', ...who('2') })).toMatch(
      /already, with another entry/,
    );
  });

  it('a server that does not start is listed with its problem', async () => {
    const served = await serve(setUp({}));
    expect(
      await served.call('register_server', { name: 'broken', ...fixture('exits-at-once.mjs') }),
    ).toMatchObject({
      status: 'failed',
      problem: expect.stringContaining('broken'),
      tools: 0,
    });
    expect(await served.call('remove_server', { name: 'broken' })).toEqual({ removed: 'broken', servers: 0 });
  });

  it('has neither tool where the operator says no', async () => {
    const { client, call } = await serve(setUp({}, { allow_runtime_registration: false }));
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('list_servers');
    expect(names).not.toContain('register_server');
    expect(names).not.toContain('remove_server');
    await expect(call('register_server', { name: 'x', command: 'node' })).rejects.toThrow(/not found/);
  });

  it('may start only commands of the allow-list, and use only variables of theirs', async () => {
    const script = who().args[0] as string;
    const { call, run } = await serve(
      setUp(
        {},
        {
          allowed_commands: [`${process.execPath} ${script} v*`, 'npx -y @scope/* **'],
          allowed_variables: ['TOKEN', 'HOM?'],
        },
      ),
    );
    const entry = (more: object) => ({
      name: 'who',
      command: process.execPath,
      args: [script, 'v1.0'],
      ...more,
    });
    const refused: [object, RegExp][] = [
      [{ args: [script] }, /not among orchestrator\.allowed_commands/],
      [{ args: [script, 'v1', 'more'] }, /not among/],
      [{ args: [script, 'v1/../x'] }, /not among/],
      [{ command: 'sh', args: ['-c', 'true'] }, /not among/],
      [{ command: 'npx', args: ['-y', '@scope/x@npm:evil'] }, /not among/],
      [{ command: 'npx', args: ['-y'] }, /not among/],
      [{ env: { NODE_OPTIONS: '--require ./x.js' } }, /may set only variables .* it sets NODE_OPTIONS/],
      [{ env: { PATH: '/tmp' } }, /it sets PATH/],
      [{ cwd: '/tmp' }, /may not set "cwd"/],
      [{ env: { TOKEN: '${SHELL}' } }, /uses \$\{SHELL\}/],
    ];
    for (const [more, words] of refused)
      expect(await call('register_server', entry(more)), JSON.stringify(more)).toMatch(words);
    const home = process.env.HOME ?? '';
    expect(await call('register_server', entry({ env: { TOKEN: '${HOME}' } }))).toMatchObject({
      status: 'ready',
    });
    expect((await run('return (await who.who({})).token')).result).toBe(home);
  });
});

describe('registrations', () => {
  it('are kept in the storage over a restart, with nothing expanded in them', async () => {
    const setup = setUp({}, { storage: 'file', storage_folder: 'state', allowed_variables: ['HOME'] });
    const first = await serve(setup);
    expect(
      await first.call('register_server', { name: 'who', ...who(), env: { TOKEN: '${HOME}' } }),
    ).toMatchObject({ kept: 'in the storage' });
    await first.client.close();
    expect(
      JSON.parse(readFileSync(path.join(setup.folder, 'state/servers=who.json'), 'utf8')).value,
    ).toMatchObject({
      name: 'who',
      principal: 'local',
      entry: { env: { TOKEN: '${HOME}' } },
    });
    const second = await serve(setup);
    expect((await askWho(second)).token).toBe(process.env.HOME);
    await expect
      .poll(async () => (await second.client.listTools()).tools[0]?.description, soon)
      .toContain('who');
    await second.call('remove_server', { name: 'who' });
    await second.client.close();
    expect(Object.keys(await rows(await serve(setup)))).toEqual([]);
  });

  it('of others are held to our own rules', async () => {
    const setup = setUp({}, { storage: 'file', storage_folder: 'state', allowed_commands: ['npx **'] });
    mkdirSync(path.join(setup.folder, 'state'));
    const put = (name: string, value: unknown) =>
      writeFileSync(path.join(setup.folder, `state/servers=${name}.json`), JSON.stringify({ value }));
    put('who', { name: 'who', entry: who(), principal: 'p', registered_at: '' });
    put('damaged', { name: 7 });
    put('other', { name: 'who', entry: who(), principal: 'p', registered_at: '' });
    // In scripts it would be called as another one is.
    writeFileSync(
      setup.configFile,
      JSON.stringify({
        ...JSON.parse(readFileSync(setup.configFile, 'utf8')),
        mcpServers: { 'of-file': who() },
      }),
    );
    put('of_file', { name: 'of_file', entry: who(), principal: 'p', registered_at: '' });
    const served = await serve(setup);
    expect(await rows(served)).toEqual({
      'of-file': expect.objectContaining({ identifier: 'of_file', source: 'config' }),
      who: expect.objectContaining({
        status: 'invalid',
        problem: expect.stringContaining('not among orchestrator.allowed_commands'),
      }),
    });
  });

  const shared = async (settings: object) => {
    const one = await serve(setUp({}, settings));
    const other = await serve(setUp({}, settings));
    await one.call('register_server', { name: 'who', ...who() });
    await expect.poll(async () => Object.keys(await rows(other)), soon).toEqual(['who']);
    expect((await askWho(other)).pid).not.toBe((await askWho(one)).pid);
    await expect
      .poll(async () => (await other.client.listTools()).tools[0]?.description, soon)
      .toContain('who');
    await other.call('remove_server', { name: 'who' });
    await expect.poll(async () => Object.keys(await rows(one)), soon).toEqual([]);
  };

  it('are shared at once by those on one folder', async () => {
    await shared({ storage: 'file', storage_folder: path.join(setUp({}).folder, 'state') });
  });

  it.skipIf(!hasRedis)('are shared at once by those on one Redis', async () => {
    await shared({ storage: 'redis', redis_url: (await startRedis()).url });
  });

  it('into the configuration file leave its comments and layout as they are', async () => {
    const setup = setUp({});
    const before = `{
    // my servers
    "mcpServers": {
        "slow": ${JSON.stringify(fixture('slow.mjs'))}, // slow, but good
    },
    "orchestrator": { "cache": "cache" } /* the end */
}
`;
    writeFileSync(setup.configFile, before);
    const served = await serve(setup);
    expect(await served.call('register_server', { name: 'who', ...who(), persist: 'config' })).toMatchObject({
      status: 'ready',
      source: 'config',
      kept: 'in the configuration file',
    });
    const written = readFileSync(setup.configFile, 'utf8');
    for (const line of before.split('\n')) expect(written).toContain(line.trim().replace(/,$/, ''));
    expect(written).toContain('\n        "who": {\n            "command"');
    expect((await askWho(served)).pid).toBeGreaterThan(0);
    expect(await served.call('remove_server', { name: 'who', persist: 'config' })).toEqual({
      removed: 'who',
      servers: 1,
    });
    expect(readFileSync(setup.configFile, 'utf8')).not.toContain('who.mjs');
    expect(readFileSync(setup.configFile, 'utf8')).toContain('// slow, but good');
  });
});

describe('the configuration file', () => {
  const write = (file: string, mcpServers: object) =>
    writeFileSync(file, JSON.stringify({ mcpServers, orchestrator: { cache: 'cache' } }));

  it('is taken over as it is edited: only servers that changed are touched', async () => {
    const setup = setUp({ kept: who(), changed: who('1'), dropped: who() });
    const served = await serve(setup);
    const kept = await askWho(served, 'kept');
    const changed = await askWho(served, 'changed');
    const dropped = await askWho(served, 'dropped');
    await expect.poll(() => served.stderr() + 1, soon).toBeTruthy();
    // The watch begins with the work in the background.
    await expect
      .poll(
        async () => {
          write(setup.configFile, {
            kept: who(),
            changed: who('2'),
            added: who(),
            off: { ...who(), disabled: true },
          });
          return Object.keys(await rows(served));
        },
        { timeout: 15_000, interval: 300 },
      )
      .toEqual(['added', 'changed', 'kept', 'off']);
    expect((await rows(served)).off).toMatchObject({ status: 'disabled' });
    expect((await askWho(served, 'kept')).pid).toBe(kept.pid);
    expect(await askWho(served, 'changed')).toMatchObject({ args: ['2'] });
    expect((await askWho(served, 'added')).pid).toBeGreaterThan(0);
    for (const { pid } of [changed, dropped]) await expect.poll(() => isAlive(pid), soon).toBe(false);

    // A broken edit changes nothing and is told; the next sound one is taken over.
    writeFileSync(setup.configFile, '{ "mcpServers": { "kept": ');
    const problem = async () =>
      ((await served.call('list_servers')) as { config_problem?: string }).config_problem;
    await expect
      .poll(problem, soon)
      .toMatch(/mcp_servers_config\.json:1:\d+: .*The configuration before is in force/);
    expect(served.stderr()).toContain('the configuration file was changed, but cannot be used');
    expect((await askWho(served, 'kept')).pid).toBe(kept.pid);
    write(setup.configFile, { kept: who() });
    await expect.poll(async () => Object.keys(await rows(served)), soon).toEqual(['kept']);
    expect(await problem()).toBeUndefined();
    expect((await askWho(served, 'kept')).pid).toBe(kept.pid);
  });

  it('behind a link is watched too, and edited where it is', async () => {
    const setup = setUp({});
    const real = path.join(setup.folder, 'real.json');
    write(real, {});
    const link = path.join(setup.folder, 'link.json');
    symlinkSync(real, link);
    const served = await serve({ ...setup, configFile: link });
    await served.call('register_server', { name: 'who', ...who(), persist: 'config' });
    expect(readFileSync(real, 'utf8')).toContain('who.mjs');
    await expect
      .poll(
        async () => {
          write(real, { other: who() });
          return Object.keys(await rows(served));
        },
        { timeout: 15_000, interval: 500 },
      )
      .toEqual(['other']);
  });
});
