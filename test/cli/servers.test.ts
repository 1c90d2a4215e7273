/** `servers list|add|remove` on real files and servers. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, setUp } from '../support/orchestrator.ts';

const who = fixture('who.mjs');
const inFile = (file: string) => JSON.parse(readFileSync(file, 'utf8')).mcpServers;

it('adds a server to the file, lists it with what it is reached by, and removes it', async () => {
  const { folder, configFile } = setUp({});
  const run = (...args: string[]) =>
    command(['servers', ...args], { cwd: folder, env: { TOKEN: 'secret-1' } });
  const added = await run(
    'add',
    'who',
    '--env',
    'TOKEN=${TOKEN}',
    '--',
    who.command,
    ...who.args,
    'two words',
  );
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(added.stdout).toContain(
    `who: ready, 1 tool (config, stdio)\n  ${who.command} ${who.args[0]} 'two words'\n`,
  );
  expect(added.stdout).toContain('kept in the configuration file');
  expect(inFile(configFile)).toEqual({
    who: { command: who.command, args: [...who.args, 'two words'], env: { TOKEN: '${TOKEN}' } },
  });
  const called = await command(['call', 'who.who', '--config', configFile], { env: { TOKEN: 'secret-1' } });
  expect(JSON.parse(called.stdout)).toMatchObject({ token: 'secret-1', args: ['two words'] });
  const listed = await run('list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject({
    servers: [{ name: 'who', status: 'ready', tools: 1, source: 'config' }],
  });
  expect(await run('add', 'who', '--url', 'http://127.0.0.1:9')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is a server "who" in the configuration file'),
  });
  expect(await run('remove', 'who')).toMatchObject({ code: 0, stdout: 'removed who\n' });
  expect(inFile(configFile)).toEqual({});
  expect(await run('remove', 'who')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no server "who"'),
  });
});

it('a server that cannot be reached is added, and told with exit code 1', async () => {
  const { folder, configFile } = setUp({});
  const added = await command(
    ['servers', 'add', 'far', '--url', 'http://127.0.0.1:9/mcp?key=x', '--header', 'X-Key=${NOT_SET:-none}'],
    { cwd: folder },
  );
  expect(added.code).toBe(1);
  expect(added.stdout).toMatch(/far: failed, 0 tools \(config, http\)\n {2}http:\/\/127\.0\.0\.1:9\/mcp\n/);
  expect(inFile(configFile).far.headers).toEqual({ 'X-Key': '${NOT_SET:-none}' });
});

it('what makes no entry is refused, and the file stays', async () => {
  const { folder, configFile } = setUp({});
  const before = readFileSync(configFile, 'utf8');
  const cases: [string[], RegExp][] = [
    [['add', 'x'], /either a command behind --, or --url, or --entry/],
    [['add', 'x', '--url', 'http://x', '--', 'node'], /either a command/],
    [['add', 'x', '--entry', '[1]'], /must be a JSON object/],
    [['add', 'x', '--entry', '{"comand": "node"}'], /neither "command" nor "url"/],
    [['add', 'x', '--env', 'SECRET', '--', 'node'], /--env takes NAME=value/],
    [['add', '../x', '--', 'node'], /cannot be used/],
    [['add', 'x', '--runtime', '--', 'node'], /With the storage in memory, nothing would be left/],
  ];
  for (const [args, words] of cases) {
    const said = await command(['servers', ...args], { cwd: folder });
    expect(said.code, args.join(' ')).toBe(2);
    expect(said.stderr).toMatch(words);
  }
  expect(readFileSync(configFile, 'utf8')).toBe(before);
});

it('--runtime keeps it in the storage, for every process after it', async () => {
  const { folder, configFile } = setUp({}, { storage: 'file', storage_folder: 'state' });
  const before = readFileSync(configFile, 'utf8');
  const run = (...args: string[]) => command(['servers', ...args], { cwd: folder });
  expect((await run('add', 'who', '--runtime', '--', who.command, ...who.args)).stdout).toContain(
    'kept in the storage',
  );
  expect(JSON.parse((await run('list', '--json')).stdout).servers).toMatchObject([
    { name: 'who', source: 'runtime' },
  ]);
  expect(readFileSync(configFile, 'utf8')).toBe(before);
  expect((await run('remove', 'who')).code).toBe(0);
  expect(JSON.parse((await run('list', '--json')).stdout).servers).toEqual([]);
});
