/** Finding the file, and the shipped one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ServerConfig } from '../../src/config/types.ts';
import { defaultLimits } from '../../src/limits.ts';
import { load, temporaryFolder } from './folder.ts';

const one = (name: string) => JSON.stringify({ mcpServers: { [name]: { command: 'x' } } });
const names = (servers: readonly ServerConfig[]) => servers.map((server) => server.name);

describe('finding the file', () => {
  test('the nearest one from the directory upwards', async () => {
    const root = temporaryFolder();
    const deep = path.join(root, 'a', 'b', 'c');
    mkdirSync(deep, { recursive: true });
    writeFileSync(path.join(root, 'mcp_servers_config.json'), one('far'));
    writeFileSync(path.join(root, 'a', 'mcp_servers_config.json'), one('near'));
    const config = await loadConfig({ directory: deep, environment: {} });
    expect(names(config.servers)).toEqual(['near']);
    expect(config.file).toBe(path.join(root, 'a', 'mcp_servers_config.json'));
    expect(config.directory).toBe(path.join(root, 'a'));
  });

  test('a folder of that name is passed over', async () => {
    const root = temporaryFolder();
    mkdirSync(path.join(root, 'a', 'mcp_servers_config.json'), { recursive: true });
    writeFileSync(path.join(root, 'mcp_servers_config.json'), one('above'));
    const config = await loadConfig({ directory: path.join(root, 'a'), environment: {} });
    expect(names(config.servers)).toEqual(['above']);
  });

  test('the option wins over our variable, our variable over the seed gateway one, each over the search', async () => {
    const root = temporaryFolder();
    for (const name of ['option', 'ours', 'seed']) writeFileSync(path.join(root, `${name}.json`), one(name));
    writeFileSync(path.join(root, 'mcp_servers_config.json'), one('found'));
    const both = { MCP_ORCHESTRATOR_CONFIG: 'ours.json', SERVER_CONFIG_PATH: path.join(root, 'seed.json') };
    const seed = { MCP_ORCHESTRATOR_CONFIG: '', SERVER_CONFIG_PATH: 'seed.json' };
    const load = async (environment: NodeJS.ProcessEnv, file?: string) =>
      names((await loadConfig({ directory: root, environment, file })).servers);
    expect(await load(both, 'option.json')).toEqual(['option']);
    expect(await load(both)).toEqual(['ours']);
    expect(await load(seed)).toEqual(['seed']);
    expect(await load({})).toEqual(['found']);
  });

  test.each([
    ['an option', { file: 'missing.json' }, 'missing.json', 'the command line', 'does not exist'],
    [
      'a variable',
      { environment: { SERVER_CONFIG_PATH: 'no.json' } },
      'no.json',
      'SERVER_CONFIG_PATH',
      'not exist',
    ],
    ['a folder', { file: '.' }, '', 'the command line', 'is a folder, not a file'],
  ])('%s that names no file is config_not_found', async (_, options, file, origin, what) => {
    const folder = temporaryFolder();
    const error = await loadConfig({ directory: folder, environment: {}, ...options }).catch(
      (thrown) => thrown,
    );
    expect(error.code).toBe('config_not_found');
    expect(error.message).toContain(path.join(folder, file));
    expect(error.message).toContain(origin);
    expect(error.message).toContain(what);
    expect(error.hint).toContain('Name the file itself');
  });

  test('`~/` of a named file is the home folder', async () => {
    const home = temporaryFolder();
    writeFileSync(path.join(home, 'mine.json'), one('mine'));
    const environment = { HOME: home, USERPROFILE: home, MCP_ORCHESTRATOR_CONFIG: '~/mine.json' };
    const config = await loadConfig({ directory: temporaryFolder(), environment });
    expect(names(config.servers)).toEqual(['mine']);
  });

  test('none at all: no servers, and a warning that says what to create', async () => {
    const folder = temporaryFolder();
    const environment = { HOME: '/home/tester', XDG_CACHE_HOME: '/cache' };
    const config = await loadConfig({ directory: folder, environment });
    expect(config).toMatchObject({ file: undefined, directory: folder, servers: [], unusableServers: [] });
    expect(config).toMatchObject({ generatedFile: undefined, logLevel: 'warn', limits: defaultLimits() });
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toContain(`Create ${path.join(folder, 'mcp_servers_config.json')}`);
    const example = config.warnings[0]?.split('for example: ')[1] ?? '';
    expect(names((await load(example)).servers)).toEqual(['everything']);
  });
});

test('the shipped file: eleven servers, all usable, nothing odd, files where they should be', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const config = await loadConfig({ directory: root, environment: { HOME: '/home/tester' } });
  expect(config.unusableServers).toEqual([]);
  expect(config.warnings).toEqual([]);
  expect(names(config.servers)).toEqual([
    'filesystem',
    'memory',
    'everything',
    'robot_arm',
    'vision',
    'workspace',
    'flaky',
    'data_source',
    'weather',
    'devops',
    'database',
  ]);
  expect(config.servers[1]).toMatchObject({
    env: { MEMORY_FILE_PATH: path.join(root, 'generated/memory.jsonl') },
  });
});
