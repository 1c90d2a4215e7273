/** Servers that `new server` writes: their own tests pass, and their tool is called through us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { command, program } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';
import { root } from '../support/orchestrator.ts';
import { hasPython } from '../support/processes.ts';

function workplace() {
  const folder = temporaryFolder();
  const configFile = path.join(folder, 'mcp_servers_config.json');
  const env = {
    HOME: folder,
    XDG_STATE_HOME: '',
    XDG_CACHE_HOME: '',
    PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
  };
  // What `npm install` would bring.
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return { folder, configFile, env, run: (...args: string[]) => command(args, { cwd: folder, env }) };
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function started(child: ChildProcess): Promise<void> {
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (text) => String(text).includes('listening on') && resolve());
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}

const kinds = [
  ['ts', 'stdio'],
  ['ts', 'http'],
  ['python', 'stdio'],
  ['python', 'http'],
] as const;

it.each(kinds)('%s over %s', async (lang, transport) => {
  if (lang === 'python' && !hasPython) return;
  const { folder, configFile, env, run } = workplace();
  const port = await freePort();
  const made = await run(
    'new',
    'server',
    'hello',
    '--lang',
    lang,
    '--transport',
    transport,
    '--port',
    String(port),
    '--json',
  );
  expect(made.code, made.stderr).toBe(0);
  const { files } = JSON.parse(made.stdout);
  const here = path.join(folder, 'hello');
  expect(files.every((file: string) => existsSync(path.join(here, file)))).toBe(true);
  const tested =
    lang === 'ts'
      ? await program(process.execPath, ['--test'], { cwd: here, env })
      : await program('python3', ['-m', 'unittest'], { cwd: here, env });
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  if (transport === 'http') {
    const main = lang === 'ts' ? [process.execPath, 'server.ts'] : ['python3', 'server.py'];
    await started(
      spawn(main[0] ?? '', main.slice(1), { cwd: here, env, stdio: ['ignore', 'ignore', 'pipe'] }),
    );
  }
  const called = await run('call', 'hello.greet', '{"name": "Ada"}');
  expect(called.stderr).toBe('');
  expect(JSON.parse(called.stdout)).toEqual({ greeting: 'Hello, Ada!' });
  expect(Object.keys(JSON.parse(readFileSync(configFile, 'utf8')).mcpServers)).toEqual(['hello']);
});

it('gives each server over HTTP a port of its own', async () => {
  const { configFile, run } = workplace();
  for (const name of ['one', 'two'])
    expect((await run('new', 'server', name, '--transport', 'http')).code).toBe(0);
  const { mcpServers } = JSON.parse(readFileSync(configFile, 'utf8'));
  expect(mcpServers).toEqual({
    one: { url: 'http://127.0.0.1:3001/mcp' },
    two: { url: 'http://127.0.0.1:3002/mcp' },
  });
});

it('says what comes next, and overwrites nothing', async () => {
  const { folder, configFile, run } = workplace();
  writeFileSync(configFile, '{\n  // Mine\n  "mcpServers": {}\n}\n');
  const made = await run('new', 'server', 'hello');
  expect(made.stdout).toMatch(/Next:\n {2}cd hello\n {2}npm install\n {2}npm test\n/);
  expect(readFileSync(configFile, 'utf8')).toContain('// Mine');
  const again = await run('new', 'server', 'hello');
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('Nothing was changed');
  expect((await run('new', 'server', '../evil')).stderr).toContain('is no name for a server');
  expect(existsSync(path.join(folder, '..', 'evil'))).toBe(false);
});

it('leaves nothing behind where it cannot write everything', async () => {
  const { folder, env } = workplace();
  const args = ['new', 'server', 'hello'];
  const { code, stdout, stderr } = await command(args, {
    cwd: folder,
    env: { ...env, XDG_STATE_HOME: '/dev/null' },
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/\/dev\/null\/.* cannot be written: a part of its path is no folder \(ENOTDIR\)/);
  expect(stderr).toContain('Nothing was changed. See that ');
  expect(readdirSync(folder)).toEqual(['node_modules']);
});
