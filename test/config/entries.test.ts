/** The shapes in which servers are written. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { expect, test } from 'vitest';
import type { ServerConfig } from '../../src/config/types.ts';
import { load, refusal } from './folder.ts';

const names = (servers: readonly ServerConfig[]) => servers.map((server) => server.name);

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
