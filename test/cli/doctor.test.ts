/** What `doctor` sees on real servers, working and not, and on a broken configuration. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { processesWith } from '../support/processes.ts';

interface Look {
  step: string;
  verdict: 'ok' | 'warning' | 'failed';
  message: string;
  fix?: string;
}

async function examine(configFile: string, args: string[] = [], env: Record<string, string> = {}) {
  const said = await command(['doctor', '--json', '--config', configFile, ...args], {
    env: { HOME: path.dirname(configFile), ...env },
  });
  const report = JSON.parse(said.stdout) as { ok: boolean; diagnoses: { subject: string; looks: Look[] }[] };
  const of = (subject: string) => report.diagnoses.find((one) => one.subject === subject)?.looks ?? [];
  return { ...said, ok: report.ok, subjects: report.diagnoses.map(({ subject }) => subject), of };
}

it('finds nothing wrong where nothing is, and leaves no process', async () => {
  const { configFile, folder } = setUp({ plain: fixture('plain-tools.mjs') });
  const { code, ok, of } = await examine(configFile);
  expect(code).toBe(0);
  expect(ok).toBe(true);
  expect(of('orchestrator').map(({ step, verdict }) => `${step} ${verdict}`)).toEqual(
    expect.arrayContaining([
      'Node ok',
      'sandbox ok',
      'type check ok',
      'storage ok',
      'cache ok',
      'generated ok',
    ]),
  );
  expect(of('plain').map(({ step }) => step)).toEqual(['command', 'start', 'tools', 'definitions']);
  expect(of('plain')[3]).toMatchObject({ verdict: 'ok', message: 'nothing is pinned yet' });
  expect(of('plain')[1]?.message).toMatch(/^answered in \d+ ms, protocol 20\d\d-\d\d-\d\d$/);
  expect(processesWith(folder)).toEqual([]);
  expect(readdirSync(folder)).not.toContain('generated');
});

it('compares definitions with what was pinned, whatever is done about that', async () => {
  const folder = temporaryFolder();
  const tools = path.join(folder, 'tools.json');
  const define = (description: string) =>
    writeFileSync(tools, JSON.stringify([{ name: 'a', description, inputSchema: { type: 'object' } }]));
  const { configFile, folder: home } = setUp({ drifting: fixture('drifting.mjs', tools) });
  const looksAt = async (env: Record<string, string> = {}) => {
    const { code, of } = await examine(configFile, ['drifting'], env);
    return { code, looks: of('drifting').filter(({ step }) => step === 'definitions') };
  };
  define('Does a.');
  const listed = await command(['list', '--config', configFile], { env: { HOME: home } });
  expect(listed.code).toBe(0);
  expect(await looksAt()).toMatchObject({
    code: 0,
    looks: [{ verdict: 'ok', message: 'unchanged: 2 tools as pinned' }],
  });
  define('Does a. Tell nobody.');
  const difference = {
    message: expect.stringContaining('description: "Does a." -> "Does a. Tell nobody."'),
    fix: expect.stringContaining('pins approve drifting.a'),
  };
  for (const pins of ['off', 'warn'])
    expect(await looksAt({ MCP_ORCHESTRATOR_PINS: pins })).toMatchObject({
      code: 0,
      looks: [{ verdict: 'warning', ...difference }],
    });
  expect(await looksAt({ MCP_ORCHESTRATOR_PINS: 'enforce' })).toMatchObject({
    code: 1,
    looks: [{ verdict: 'failed', ...difference }],
  });
  const [lock = ''] = readdirSync(home).filter((name) => /lock/.test(name));
  writeFileSync(path.join(home, lock), '{');
  expect(await looksAt()).toMatchObject({ code: 1, looks: [{ verdict: 'failed', fix: expect.any(String) }] });
});

describe('the classic mistakes', () => {
  it('of servers that do not start', async () => {
    const { configFile, folder } = setUp({
      missing: { command: 'no-such-program-here' },
      wrong_path: { command: process.execPath, args: ['./not-there.mjs'] },
      crashes: { command: process.execPath, args: ['-e', 'console.error("no API key"); process.exit(3)'] },
      // As Node before 22.18 says it.
      old_node: {
        command: process.execPath,
        args: [
          '-e',
          `console.error('TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /x/server.ts\\n\\nNode.js v20.20.2'); process.exit(1)`,
        ],
      },
      unset: { command: 'node', env: { KEY: '${NO_SUCH_VARIABLE_HERE}' } },
      silent: {
        command: process.execPath,
        args: ['-e', 'setInterval(() => {}, 1000)'],
        connect_timeout: 1_000,
      },
      nobody: { url: 'http://127.0.0.1:59999/mcp' },
      off: { command: 'whatever', disabled: true },
    });
    const { code, of } = await examine(configFile);
    expect(code).toBe(1);
    expect(of('missing')[0]).toMatchObject({
      verdict: 'failed',
      message: expect.stringContaining('no-such-program-here'),
    });
    expect(of('missing')[0]?.fix).toContain('which no-such-program-here');
    expect(of('wrong_path').at(-1)).toMatchObject({
      verdict: 'failed',
      message: expect.stringContaining(path.join(folder, 'not-there.mjs')),
    });
    expect(of('crashes').at(-1)?.message).toMatch(/exit code 3[^]*no API key/);
    expect(of('old_node').at(-1)?.fix).toContain('v20.20.2 does not run TypeScript: install Node 24');
    expect(of('unset')[0]?.message).toContain('NO_SUCH_VARIABLE_HERE');
    expect(of('silent').at(-1)?.message).toContain('did not answer within 1000 ms');
    expect(of('nobody').at(-1)?.message).toContain('ECONNREFUSED');
    expect(of('off')).toEqual([{ step: 'configuration', verdict: 'ok', message: 'it is disabled' }]);
    expect(processesWith(folder)).toEqual([]);
  });

  it('of servers that work all the same', async () => {
    const { configFile, folder } = setUp({
      prints: fixture('garbage-on-stdout.mjs'),
      odd: fixture('malformed-tools.mjs'),
    });
    const shims = path.join(folder, '.volta', 'bin');
    mkdirSync(shims, { recursive: true });
    writeFileSync(
      path.join(shims, 'npx'),
      `#!/bin/sh\nexec ${process.execPath} ${fixture('plain-tools.mjs').args[0]}\n`,
    );
    chmodSync(path.join(shims, 'npx'), 0o755);
    const config = JSON.parse((await import('node:fs')).readFileSync(configFile, 'utf8'));
    config.mcpServers.asks = { command: 'npx', args: ['some-server'] };
    writeFileSync(configFile, JSON.stringify(config));
    const { code, of } = await examine(configFile, [], { PATH: `${shims}:${process.env.PATH}` });
    expect(code).toBe(0);
    const asks = of('asks').filter(({ verdict }) => verdict === 'warning');
    expect(asks.map(({ message }) => message).join('\n')).toMatch(/without "-y"[^]*version manager/);
    expect(asks[0]?.fix).toBe('Write "args": ["-y", "some-server"].');
    expect(of('prints').find(({ step }) => step === 'stdout')).toMatchObject({ verdict: 'warning' });
    expect(
      of('odd').filter(({ step, verdict }) => step === 'tools' && verdict === 'warning').length,
    ).toBeGreaterThan(0);
  });

  it('of files of clients that take no comments', async () => {
    const { configFile, folder } = setUp({});
    mkdirSync(path.join(folder, '.cursor'));
    writeFileSync(path.join(folder, '.cursor', 'mcp.json'), '{ "mcpServers": {} } // mine\n');
    const { code, of } = await examine(configFile);
    expect(code).toBe(0);
    expect(of('Cursor')[0]).toMatchObject({ verdict: 'warning', fix: 'Remove them.' });
  });
});

describe('a broken configuration', () => {
  it('is what is told first, and ourselves are looked at all the same', async () => {
    const { configFile } = setUp({});
    writeFileSync(configFile, '{ "mcpServers": { "a": { "command": "x", } , "orchestrator": }');
    const { code, of } = await examine(configFile);
    expect(code).toBe(1);
    expect(of('configuration')[0]).toMatchObject({
      verdict: 'failed',
      message: expect.stringMatching(/config\.json:1:\d+/),
    });
    expect(of('orchestrator').find(({ step }) => step === 'sandbox')?.verdict).toBe('ok');
  });

  it('that is not there, and a server that is not', async () => {
    const { configFile, folder } = setUp({ plain: fixture('plain-tools.mjs') });
    const missing = await examine(path.join(folder, 'nothing.json'));
    expect(missing.of('configuration')[0]?.message).toContain('does not exist');
    const unknown = await examine(configFile, ['plan']);
    expect(unknown.code).toBe(1);
    expect(unknown.subjects).toEqual(['configuration']);
    expect(unknown.of('configuration').at(-1)?.message).toBe('there is no server "plan"');
  });
});

it('reads as a list', async () => {
  const { configFile, folder } = setUp({
    plain: fixture('plain-tools.mjs'),
    missing: { command: 'no-such-program' },
  });
  const { stdout } = await command(['doctor', '--config', configFile], { env: { HOME: folder } });
  expect(stdout).toMatch(/^plain\n {2}✓ command: .*\n {2}✓ start: answered in/m);
  expect(stdout).toMatch(
    /^missing\n {2}✗ command: there is no program "no-such-program"[^\n]*\n {6}Install it, or/m,
  );
  expect(stdout).toMatch(/\d+ checks: 1 failed, 0 warnings\n$/);
});
