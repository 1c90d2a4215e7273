/** The names of servers. */
import { expect, test } from 'vitest';
import { load } from './folder.ts';

const good = { command: 'fine' };

test.each<[string, unknown, string, string]>([
  ['empty', { mcpServers: { ' ': good } }, 'mcpServers[" "]', 'is empty. Give the server a name'],
  ['missing', { servers: [good] }, 'servers[0]', 'servers[0] has no name. Add "name"'],
  [
    'not a text',
    { servers: [{ name: 7, ...good }] },
    'servers[0]',
    'servers[0].name must be a text, but is 7',
  ],
  ['an entry that is no object', { servers: ['x'] }, 'servers[0]', 'has no name'],
  [
    'with a line break',
    { mcpServers: { 'a\nb': good } },
    'mcpServers["a\\nb"]',
    'control character. Remove it',
  ],
  [
    '__proto__',
    '{ "mcpServers": { "__proto__": { "command": "x" } } }',
    'mcpServers.__proto__',
    'Rename the server',
  ],
])('%s', async (_, content, listed, problem) => {
  const config = await load(content as object);
  expect(config.servers).toEqual([]);
  expect(config.unusableServers).toMatchObject([{ name: listed, status: 'invalid' }]);
  expect(config.unusableServers[0]?.reason).toMatch(/mcp_servers_config\.json:\d+:\d+: /);
  expect(config.unusableServers[0]?.reason).toContain(problem);
});

test('128 characters are possible, 129 are not', async () => {
  const config = await load({ mcpServers: { ['a'.repeat(128)]: good, ['b'.repeat(129)]: good } });
  expect(config.servers).toHaveLength(1);
  expect(config.unusableServers[0]?.name.length).toBeLessThan(128);
  expect(config.unusableServers[0]?.reason).toContain(
    'has 129 characters; at most 128 are possible. Shorten it.',
  );
});

test('words of JavaScript are names like any other', async () => {
  const words = ['constructor', 'toString', 'then', 'prototype', 'my server', 'größe'];
  const config = await load({ mcpServers: Object.fromEntries(words.map((word) => [word, good])) });
  expect(config.servers.map((server) => server.name)).toEqual(words);
});

test('of two servers of one name the first counts, with a warning', async () => {
  const config = await load({
    mcpServers: { a: good },
    servers: [
      { name: 'a', command: 'second' },
      { name: 'b', ...good },
    ],
  });
  expect(config.servers).toMatchObject([{ name: 'a', command: 'fine' }, { name: 'b' }]);
  expect(config.unusableServers).toEqual([]);
  expect(config.warnings[0]).toMatch(
    /json:8:5: servers\[0\] has the name "a", which mcpServers\.a at .*json:3:5 has already/,
  );
});
