/** Who sees what: two profiles of one orchestrator at the same time, and a process that serves only one. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { localCaller } from '../../src/downstream/caller.ts';
import { Journal } from '../../src/execution/journal.ts';
import { silentLog } from '../../src/log.ts';
import { Orchestrator, type OrchestratorView } from '../../src/orchestrator.ts';
import { command } from '../support/command.ts';
import { fixture, type Setup, serve, setUp } from '../support/orchestrator.ts';
import { processesWith } from '../support/processes.ts';

const servers = {
  plain: fixture('plain-tools.mjs'),
  tracker: fixture('untyped-results.mjs'),
  broken: { command: 'no-such-program-here' },
};
const profiles = {
  plain: { servers: ['plain'] },
  reader: { servers: ['plain', 'tracker'], readOnly: true },
  tracker: { servers: ['tracker'], excludeTools: ['*.fail'] },
};

async function open(): Promise<Orchestrator> {
  const { folder, configFile } = setUp(servers, { profiles, limits: { runsMax: 1 } });
  const config = await loadConfig({ file: configFile, directory: folder, environment: process.env });
  const orchestrator = await Orchestrator.open({ config, log: silentLog, serverEnvironment: {} });
  onTestFinished(() => orchestrator.close());
  return orchestrator;
}

const names = ({ catalog }: OrchestratorView) =>
  catalog.servers().flatMap(({ tools }) => tools.map((tool) => tool.flatName));
const seen = `return ['plain', 'tracker', 'broken'].filter((name) => name in globalThis).map((name) => [name, ...Object.keys(globalThis[name])].join(' '))`;

describe('profiles of one orchestrator', () => {
  it('each have their own tools, in lists, scripts, types and calls', async () => {
    const orchestrator = await open();
    const plain = orchestrator.forProfile('plain');
    const reader = orchestrator.forProfile('reader');
    expect(orchestrator.forProfile('plain')).toBe(plain);
    expect(orchestrator.forProfile(undefined)).toBe(orchestrator);
    await orchestrator.catalog.refreshAll();

    expect(names(plain)).toEqual(['plain__add', 'plain__echo', 'plain__fail']);
    expect(names(reader)).toEqual(['plain__echo', 'tracker__issue', 'tracker__issues']);
    expect(names(orchestrator)).toHaveLength(8);
    expect(await plain.catalog.refreshAll()).toMatchObject({ status: 'ok', server_count: 1, tool_count: 3 });

    // One sandbox process for all: each script has the names of its own profile.
    const inScript = async ({ runner }: OrchestratorView) =>
      (await runner.run({ code: seen, check: 'off' })).result;
    const inPlain = ['plain add echo fail'];
    const inReader = ['plain echo', 'tracker issue issues'];
    const inAll = ['plain add echo fail', 'tracker changed fail greet issue issues', 'broken'];
    for (const [view, expected] of [
      [plain, inPlain],
      [reader, inReader],
      [orchestrator, inAll],
      [plain, inPlain],
    ] as const)
      expect(await inScript(view)).toEqual(expected);
    expect(await Promise.all([plain, reader, plain, orchestrator].map(inScript))).toEqual([
      inPlain,
      inReader,
      inPlain,
      inAll,
    ]);

    // A name that is not there cannot be guessed either, by whatever way.
    const greet = 'return await tracker.greet()';
    expect(await orchestrator.runner.run({ code: greet })).toMatchObject({
      status: 'success',
      result: 'hello',
    });
    expect(await reader.runner.run({ code: greet })).toMatchObject({ status: 'type_error' });
    expect(await reader.runner.run({ code: greet, check: 'off' })).toMatchObject({
      error: { kind: 'tool_unknown' },
    });
    expect(await plain.runner.run({ code: greet })).toMatchObject({ status: 'type_error' });
    expect(
      await plain.runner.run({ code: 'import { tracker__greet } from "unified_api"; return 1' }),
    ).toMatchObject({
      error: { kind: 'script_import' },
    });
    const context = { journal: new Journal(), signal: new AbortController().signal, caller: localCaller };
    const request = { server: 'tracker', tool: 'greet', args: '{}', raw: false };
    await expect(plain.router.call(request, context)).rejects.toMatchObject({ code: 'server_unknown' });
    await expect(plain.catalog.findAddress('tracker__greet')).rejects.toMatchObject({
      code: 'server_unknown',
    });
    expect(await orchestrator.router.call(request, context)).toBe('"hello"');
  });

  it('one that there is not is named with those there are', async () => {
    const orchestrator = await open();
    expect(() => orchestrator.forProfile('raeder')).toThrow(
      expect.objectContaining({ code: 'profile_unknown', hint: 'Did you mean "reader"?' }),
    );
    expect(() => orchestrator.forProfile('nobody')).toThrow(
      expect.objectContaining({ hint: 'Profiles: plain, reader, tracker.' }),
    );
  });
});

describe('a process for one profile', () => {
  const generated = ({ folder }: Setup) =>
    readFileSync(path.join(folder, 'generated/unified_api.ts'), 'utf8');

  it('shows, types and starts nothing else', async () => {
    const mark = randomUUID();
    const marked = {
      ...servers,
      plain: { ...servers.plain, env: { mark } },
      tracker: { ...servers.tracker, env: { mark } },
    };
    const setup = setUp(marked, { profiles });
    const { client, call, run } = await serve(setup, { args: ['--profile', 'tracker'] });
    const { tools } = await client.listTools();
    expect(tools[0]?.description).toContain('over these MCP servers: tracker.');
    expect(await call('list_available_tools')).toMatchObject({
      servers: { tracker: { tools: ['changed', 'greet', 'issue', 'issues'] } },
      total_servers: 1,
    });
    expect(await call('refresh_tools')).toMatchObject({ status: 'ok', server_count: 1, tool_count: 4 });
    expect(await call('get_api_documentation', { server: 'plain' })).toContain('There is no server "plain".');
    expect(await run('return await tracker.fail()')).toMatchObject({ status: 'type_error' });
    await expect.poll(() => generated(setup), { timeout: 10_000 }).toContain('tracker__greet');
    expect(generated(setup)).not.toMatch(/PlainApi|plain__|tracker__fail/);
    const started = processesWith(mark).map(({ command }) => path.basename(command.split(' ')[1] ?? ''));
    expect(started).toEqual(['untyped-results.mjs']);
  });

  it('is what every command can be told to be', async () => {
    const { configFile } = setUp(servers, { profiles });
    const ask = (...args: string[]) => command([...args, '--config', configFile, '--profile', 'plain']);
    const listed = await ask('list', '--json');
    expect(Object.keys(JSON.parse(listed.stdout).servers)).toEqual(['plain']);
    expect(await ask('call', 'tracker.greet')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no server "tracker"'),
    });
    const unknown = await command(['list', '--config', configFile, '--profile', 'x']);
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Profiles: plain, reader, tracker.'),
    });
    const byVariable = await command(['list', '--json', '--config', configFile], {
      env: { MCP_ORCHESTRATOR_PROFILE: 'tracker' },
    });
    expect(Object.keys(JSON.parse(byVariable.stdout).servers)).toEqual(['tracker']);
  });
});
