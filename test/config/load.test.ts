/** Finding the file, its syntax and its shapes. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ServerConfig } from '../../src/config/types.ts';
import { defaultLimits } from '../../src/limits.ts';
import { load, refusal, temporaryFolder } from './folder.ts';

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

describe('the text', () => {
  const text = '{ // who\n  "mcpServers": { /* one */ "a": { "command": "x", "args": ["y",], }, },\n}';
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
  test.each<[string, string | Uint8Array]>([
    ['comments and trailing commas', text],
    ['a byte order mark', `\ufeff${text}`],
    ['UTF-16, as PowerShell writes it', utf16],
    ['Windows line ends', text.replaceAll('\n', '\r\n')],
  ])('%s', async (_, content) => {
    const config = await load(content);
    expect(config.servers).toMatchObject([{ name: 'a', command: 'x', args: ['y'] }]);
    expect(config.warnings).toEqual([]);
  });

  test.each<[string, string, string, string]>([
    ['an empty file', '  \n', ':1:1', 'is empty. Write at least { "mcpServers": {} }'],
    [
      'a missing comma',
      '{\n  "mcpServers": {}\n  "orchestrator": {}\n}',
      ':3:3',
      'Put a comma after the value before it',
    ],
    ['a missing brace', '{\n  "mcpServers": {\n', ':3:1', 'the end of the file'],
    ['single quotes', "{\n  'mcpServers': {} }", ':2:3', 'double quotes'],
    [
      'a Windows path',
      '{ "mcpServers": {\n "a": { "command": "C:\\quux" } } }',
      ':2:20',
      'Write \\\\ for one backslash',
    ],
    ['something after the end', '{}\n}', ':2:1', 'Remove it'],
    ['a byte that is not text', '', ':', 'UTF-8'],
  ])('%s is config_invalid, with its place and the fix', async (name, content, place, fix) => {
    const folder = temporaryFolder();
    const bytes = name === 'a byte that is not text' ? Buffer.from([0x7b, 0xff, 0x7d]) : content;
    const error = await refusal(bytes, { folder });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(`${path.join(folder, 'mcp_servers_config.json')}${place}`);
    expect(error.message).toContain(fix);
  });

  test('a syntax error shows one character, never the text around it', async () => {
    const error = await refusal('{ "mcpServers": { "a": { "env": { "TOKEN": ghp_secret } } } }');
    expect(error.message).toContain(':1:44');
    expect(error.message).toContain('"g" ');
    expect(error.message).not.toContain('hp_secret');
  });

  test('several syntax errors are reported at once', async () => {
    const error = await refusal(
      '{\n "mcpServers": {\n "a": { "command" "x" },\n "b": { "command": nope }\n}}',
    );
    expect(error.message).toContain(':3:19');
    expect(error.message).toContain(':4:20');
  });

  test('nesting without end is refused, not a crash', async () => {
    const error = await refusal('['.repeat(200_000));
    expect(error.message).toContain('nested too deeply');
  });

  test('keys written twice are a warning with both lines, and the later one counts', async () => {
    const config = await load(
      '{ "mcpServers": {\n "a": { "command": "first" },\n "a": { "command": "later" } } }',
    );
    expect(config.servers).toMatchObject([{ name: 'a', command: 'later' }]);
    expect(config.warnings[0]).toMatch(
      /json:3:2: the key "a" was written before, on line 2;.*Remove or rename/,
    );
  });

  test('a place is that of the later one of two equal keys', async () => {
    const { unusableServers } = await load(
      '{ "mcpServers": {\n "a": { "command": "x" },\n "a": { "command": 1 } } }',
    );
    expect(unusableServers[0]?.reason).toContain('json:3:20: mcpServers.a.command');
  });
});

describe('the shapes', () => {
  test('mcpServers, as every client writes it', async () => {
    const { servers } = await load({
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'thing'], env: { KEY: 'value' } },
        remote: { type: 'http', url: 'https://example.com/mcp', headers: { 'X-Key': 'k' } },
        old: { type: 'sse', url: 'http://localhost:3000/sse' },
      },
    });
    expect(servers).toMatchObject([
      { name: 'local', transport: 'stdio', command: 'npx', args: ['-y', 'thing'], env: { KEY: 'value' } },
      { name: 'remote', transport: 'http', url: 'https://example.com/mcp', headers: { 'X-Key': 'k' } },
      { name: 'old', transport: 'sse', url: 'http://localhost:3000/sse' },
    ]);
  });

  test("VS Code's servers object with inputs", async () => {
    const config = await load({
      inputs: [{ id: 'api-key', type: 'promptString' }],
      servers: {
        ok: { type: 'stdio', command: 'x', gallery: 'https://example.com' },
        asks: { command: 'x', env: { KEY: '${input:api-key}' } },
      },
    });
    expect(names(config.servers)).toEqual(['ok']);
    expect(config.warnings).toEqual([]);
    expect(config.unusableServers[0]?.reason).toContain(
      'servers.asks.env.KEY cannot be filled in: ${input:api-key}',
    );
    expect(config.unusableServers[0]?.reason).toContain('Use an environment variable: ${API_KEY}.');
  });

  test("the seed gateway's array, its own example", async () => {
    const config = await load({
      servers: [
        {
          name: 'my-server',
          url: 'http://localhost:8080/mcp',
          transport: 'http',
          auth_type: 'static',
          auth_headers: { Authorization: 'Bearer my-token' },
        },
        {
          name: 'my-stdio-server',
          url: 'server.py',
          transport: 'stdio',
          command: 'uv',
          args: ['run', 'server.py'],
        },
      ],
    });
    expect(config.servers).toMatchObject([
      { name: 'my-server', transport: 'http', headers: { Authorization: 'Bearer my-token' } },
      { name: 'my-stdio-server', transport: 'stdio', command: 'uv', args: ['run', 'server.py'] },
    ]);
    expect(config.warnings).toEqual([]);
  });

  test('both keys in one file', async () => {
    const config = await load({
      mcpServers: { a: { command: 'x' } },
      servers: [{ name: 'b', command: 'y' }],
    });
    expect(names(config.servers)).toEqual(['a', 'b']);
  });

  test.each<[string, unknown, string, string]>([
    ['the whole file is a list', [], ':1:1: the file must hold an object', 'but holds a list'],
    ['mcpServers is a list', { mcpServers: [] }, ':2:17: mcpServers must be an object', 'but is a list'],
    [
      'servers is a text',
      { servers: 'none' },
      ':2:14: servers must be an object of servers by name or a list',
      '"none"',
    ],
    [
      'orchestrator is a list',
      { mcpServers: {}, orchestrator: [] },
      ':3:19: orchestrator must be an object',
      'a list',
    ],
  ])('%s: config_invalid', async (_, content, place, seen) => {
    const error = await refusal(content as object);
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(`mcp_servers_config.json${place}`);
    expect(error.message).toContain(seen);
  });

  test('a file without servers is a warning', async () => {
    const config = await load({ mcpServer: { a: { command: 'x' } } });
    expect(config.warnings.join('\n')).toContain(
      ':2:3: the key mcpServer is not known and has no effect. Did you mean "mcpServers"?',
    );
    expect(config.warnings.join('\n')).toContain('names no servers');
  });

  test("another program's large settings file gives one warning, not one for each key", async () => {
    const others = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`otherSetting${index}`, index]),
    );
    const config = await load({ ...others, mcpServers: { a: { command: 'x' } } });
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toContain('30 keys of the file');
  });
});

test('the shipped file: eight servers, all usable, nothing odd, files where they should be', async () => {
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
  ]);
  expect(config.servers[1]).toMatchObject({
    env: { MEMORY_FILE_PATH: path.join(root, 'generated/memory.jsonl') },
  });
});
