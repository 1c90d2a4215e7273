/** A damaged cache file costs a question to the server, nothing else. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { IntrospectionCache } from '../../src/catalog/cache.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/log.ts';
import { command } from '../support/command.ts';
import { fixture, setUp } from '../support/orchestrator.ts';

const tool = { name: 'add', inputSchema: { type: 'object' } };
const sound = {
  formatVersion: 1,
  introspection: { tools: [tool], quarantined: [{ name: '#2', reason: 'r' }], instructions: 'i' },
  era: { era: 'legacy', seenAtMs: 1 },
};
const withTool = (more: object) => ({
  ...sound,
  introspection: { ...sound.introspection, tools: [tool, { ...tool, ...more }] },
});

const damaged: [string, unknown][] = [
  ['null', null],
  ['a list', []],
  ['another version', { ...sound, formatVersion: 0 }],
  ['a null tool', { ...sound, introspection: { ...sound.introspection, tools: [null] } }],
  ['no list of what was set aside', { ...sound, introspection: { tools: [tool] } }],
  ['set aside: null', { ...sound, introspection: { ...sound.introspection, quarantined: [null] } }],
  ['instructions: 5', { ...sound, introspection: { ...sound.introspection, instructions: 5 } }],
  ['a foreign era', { ...sound, era: { era: 'next', seenAtMs: 1 } }],
  ['an era without its time', { ...sound, era: { era: 'modern' } }],
  ['a tool without a name', withTool({ name: undefined })],
  ['a tool called ""', withTool({ name: '' })],
  ['description: 7', withTool({ description: 7 })],
  ['inputSchema: null', withTool({ inputSchema: null })],
  ['inputSchema of a string', withTool({ inputSchema: { type: 'string' } })],
  ['outputSchema: []', withTool({ outputSchema: [] })],
  ['annotations: true', withTool({ annotations: true })],
];

/** The cache of one server that is never started, its file written by hand. */
async function cacheWith(stored: unknown) {
  const { configFile, folder } = setUp({ py: fixture('plain-tools.mjs') });
  const { servers } = await loadConfig({ file: configFile, environment: {}, directory: folder });
  const [server] = servers;
  if (!server) throw new Error('no server');
  const directory = path.join(folder, 'own-cache');
  const cache = new IntrospectionCache(directory, silentLog);
  await cache.write(server, { introspection: { tools: [], quarantined: [] }, era: undefined });
  const [file] = readdirSync(path.join(directory, 'introspection'));
  writeFileSync(path.join(directory, 'introspection', file ?? ''), JSON.stringify(stored));
  return { cache, server };
}

it('what is sound is read as it was written', async () => {
  const { cache, server } = await cacheWith(sound);
  const { introspection, era } = sound;
  expect(await cache.read(server)).toEqual({ introspection, era });
});

it.each(damaged)('%s is as good as none', async (_, stored) => {
  const { cache, server } = await cacheWith(stored);
  expect(await cache.read(server)).toBeUndefined();
});

it('a command asks the server instead, and mends the file', async () => {
  const { configFile, folder } = setUp({ py: fixture('plain-tools.mjs') });
  await command(['list', '--config', configFile]);
  const directory = path.join(folder, 'cache/introspection');
  const file = path.join(directory, readdirSync(directory)[0] ?? '');
  const stored = JSON.parse(readFileSync(file, 'utf8'));
  expect(stored.introspection.tools).toHaveLength(3);
  stored.introspection.tools = [null];
  writeFileSync(file, JSON.stringify(stored));
  const { code, stdout, stderr } = await command(['list', '--config', configFile]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('py: ready, 3 tools');
  expect(JSON.parse(readFileSync(file, 'utf8')).introspection.tools).toHaveLength(3);
});
