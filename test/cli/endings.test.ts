/** How commands end when their reader goes, when Ctrl-C comes early, and when nothing can be opened. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../support/command.ts';
import { bin, fixture, setUp } from '../support/orchestrator.ts';
import { eventually, processesWith } from '../support/processes.ts';

const hanging = 'never-answers.mjs';

function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, ...said })),
  );
  return { child, ended };
}

describe('where the reader goes', () => {
  it('`run` stops its script, quietly', async () => {
    const { folder, configFile } = setUp({});
    const file = path.join(folder, 'script.ts');
    writeFileSync(
      file,
      'for (;;) { console.log("line"); await new Promise((resolve) => setTimeout(resolve, 10)) }',
    );
    const { child, ended } = start(['run', file, '--timeout', '40', '--config', configFile]);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it.each([[['list']], [['list', '--json']], [['call', 'plain__echo', '{"text": "hi"}']], [['--help']]])(
    '%j says nothing',
    async (args) => {
      const { configFile } = setUp({ plain: fixture('plain-tools.mjs') });
      const { child, ended } = start(args[0] === '--help' ? args : [...args, '--config', configFile]);
      child.stdout.destroy();
      expect(await ended).toEqual({ code: 0, stderr: '' });
    },
  );

  it.skipIf(!existsSync('/dev/full'))('a full disk is a failure, in one line', async () => {
    const { configFile } = setUp({});
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const child = spawn(process.execPath, [bin, 'list', '--config', configFile], {
      stdio: ['ignore', full, 'pipe'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toMatch(/^error: The output cannot be written: .*ENOSPC.*\n$/);
    expect(code).toBe(1);
  });
});

describe('Ctrl-C while a server does not answer', () => {
  it.each([[['call', 'silent__tool']], [['list', 'silent']], [['list']], [['generate']]])(
    'ends %j at once, and the server too',
    async (args) => {
      const mark = randomUUID();
      const { configFile } = setUp({ silent: fixture(hanging, mark) });
      const servers = () => processesWith(mark);
      const { child, ended } = start([...args, '--config', configFile]);
      await eventually(() => servers().length > 0, 'the server has been started');
      const since = performance.now();
      child.kill('SIGINT');
      expect(await ended).toMatchObject({ code: 130, stderr: '' });
      expect(performance.now() - since).toBeLessThan(8_000);
      expect(servers()).toEqual([]);
    },
  );
});

describe('serve', () => {
  it('ends on a signal although the orchestrator could not be opened', async () => {
    const { folder, configFile } = setUp({});
    const hook = path.join(folder, 'hook.mjs');
    writeFileSync(
      hook,
      `import { registerHooks } from 'node:module';
       registerHooks({
         resolve(specifier, context, next) {
           if (specifier.endsWith('/orchestrator.js')) throw new Error('out of order');
           return next(specifier, context);
         },
       });`,
    );
    const { child, ended } = start(['serve', '--config', configFile, '--log-level', 'error'], {
      NODE_OPTIONS: `--import=${hook}`,
    });
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text: string) => text.includes('could not be opened') && resolve());
    });
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining('out of order') });
  });

  it.each([
    ['{ "mcpServers": ', /config\.json/],
    ['{ "mcpServers": [] }', /mcpServers/],
  ])('says what is wrong with the configuration %s and exits with 2', async (text, message) => {
    const { folder } = setUp({});
    const file = path.join(folder, 'config.json');
    writeFileSync(file, text);
    const { code, stdout, stderr } = await command(['serve', '--config', file]);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });
});
