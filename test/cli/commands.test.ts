/** Every command with real servers: what it prints, where, and the exit codes, pinned. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, setUp } from '../support/orchestrator.ts';

const servers = {
  py: fixture('plain-tools.mjs'),
  crashes: fixture('crashes-on-call.mjs'),
  gone: fixture('exits-at-once.mjs'),
};

function withScript(code: string) {
  const setup = setUp(servers);
  const file = path.join(setup.folder, 'script.ts');
  writeFileSync(file, code);
  return { ...setup, file, config: ['--config', setup.configFile] };
}

describe('help', () => {
  it('lists the commands', async () => {
    const { code, stdout } = await command(['--help']);
    expect(code).toBe(0);
    for (const name of ['serve', 'run', 'check', 'generate', 'list', 'call'])
      expect(stdout).toContain(`\n  ${name}`);
  });
  it.each(['serve', 'run', 'check', 'generate', 'list', 'call'])('of %s has examples', async (name) => {
    const { code, stdout } = await command([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\S/);
    expect(stdout).toContain('--config');
  });
  it('has a version', async () => {
    const { stdout } = await command(['--version']);
    expect(stdout.trim()).toBe(
      JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
    );
  });
});

describe('run', () => {
  it('prints output and result on stdout, the summary on stderr', async () => {
    const { config, file } = withScript('console.log("hello"); return await py.add({ a: 2, b: 3 })');
    const { code, stdout, stderr } = await command(['run', file, ...config]);
    expect(stdout).toBe('hello\n{\n  "sum": 5\n}\n');
    expect(stderr).toMatch(/^success: 1 call, \d+ ms\n$/);
    expect(code).toBe(0);
  });

  it('reads standard input, and gives the whole result as JSON', async () => {
    const { config } = withScript('');
    const { code, stdout } = await command(['run', '-', '--json', '--input', '{"n": 4}', ...config], {
      stdin: 'return input.n + 1',
    });
    expect(JSON.parse(stdout)).toMatchObject({
      run_id: expect.stringMatching(/^run_/),
      status: 'success',
      returncode: 0,
      result: 5,
      output: '',
      calls: [],
      stats: { calls: 0 },
    });
    expect(code).toBe(0);
  });

  it("shows the author's line where it fails, and exits with 1", async () => {
    const { config, file } = withScript('const x: string = "a";\n\nawait py.fail({});');
    const { code, stdout, stderr } = await command(['run', file, ...config]);
    expect(stdout).toBe('');
    expect(stderr).toContain('error: ToolError: py.fail failed: it failed, as always (line 3:');
    expect(stderr).toContain('> 3 | await py.fail({});');
    expect(code).toBe(1);
  });

  it('--check says what type errors do', async () => {
    const { config, file } = withScript('const n: number = "x"; return n');
    expect(await command(['run', file, ...config])).toMatchObject({ code: 1, stdout: '' });
    const warned = await command(['run', file, '--check', 'warn', ...config]);
    expect(warned).toMatchObject({ code: 0, stdout: '"x"\n', stderr: expect.stringContaining('TS2322') });
    const off = await command(['run', file, '--check', 'off', ...config]);
    expect(off).toMatchObject({ code: 0, stdout: '"x"\n', stderr: expect.not.stringContaining('TS2322') });
    expect(await command(['run', file, '--check', 'loosely', ...config])).toMatchObject({ code: 2 });
  });

  it('exits with 124 where time runs out and 130 on Ctrl-C', async () => {
    const { config, file } = withScript(
      'console.log("ready"); await new Promise((resolve) => setTimeout(resolve, 60_000))',
    );
    expect(await command(['run', file, '--timeout', '1', ...config])).toMatchObject({
      code: 124,
      stderr: expect.stringContaining('did not end within 1 s'),
    });
    const interrupted = await command(['run', file, ...config], {
      onData: (text, kill) => text.includes('ready') && kill('SIGINT'),
    });
    expect(interrupted).toMatchObject({ code: 130, stderr: expect.stringContaining('cancelled') });
  });

  it.each([
    [['run'], /missing required argument/],
    [['run', 'nowhere.ts'], /nowhere\.ts cannot be read/],
    [['run', '-', '--timeout', 'soon'], /seconds/],
    [['run', '-', '--input', '{'], /--input cannot be read as JSON.*\nSeen: \{\. Write JSON in quotes/],
    [
      ['run', '-', '--input', '@nowhere.json'],
      /The file nowhere\.json cannot be read: there is no such file/,
    ],
    [['call', 'memory'], /"memory" is a server\.\nName one of its tools as well, as memory\.TOOL/],
    [['--log-level', 'warn', 'list'], /The command "list" stands behind options\.\nPut it first/],
    [['serve', 'me'], /"serve" takes options only, not "me"/],
    [['help', 'walk'], /unknown command 'walk'/],
    [['pins', 'check'], /unknown command 'check'.*\n\(there are: status, approve; /],
    [['auth', 'login'], /missing required argument.*\n.*mcp-tools-orchestrator auth login --help/],
    [['generate', '--out', '/dev/null/here.ts'], /cannot write .*: \/dev\/null is no folder/],
    [['run', '-', '--config', 'nowhere.json'], /nowhere\.json/],
    [['walk'], /unknown command 'walk'/],
    [['run', '-', '--fast'], /unknown option '--fast'/],
    [['serve', '--transport', 'carrier-pigeon'], /Allowed choices/],
  ])('%j is wrong usage: exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await command(args, { stdin: 'return 1' });
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('call', () => {
  it('prints the value, or the MCP result', async () => {
    const { config } = withScript('');
    expect(await command(['call', 'py__add', '{"a": 1, "b": 2}', ...config])).toMatchObject({
      code: 0,
      stdout: '{\n  "sum": 3\n}\n',
    });
    expect(await command(['call', 'py.echo', '-', ...config], { stdin: '{"text": "hi"}' })).toMatchObject({
      code: 0,
      stdout: 'hi\n',
    });
    const raw = await command(['call', 'py.add', '{"a": 1, "b": 2}', '--json', ...config]);
    expect(JSON.parse(raw.stdout)).toEqual({
      content: [{ type: 'text', text: '{"sum":3}' }],
      structuredContent: { sum: 3 },
    });
  });

  it.each([
    [['py__fail'], 1, /it failed, as always/],
    [['py__ad'], 2, /no tool "ad".*\n?.*py\.add/],
    [['pi.add'], 2, /no server/],
    [['py.add', '[1]'], 2, /takes one JSON object/],
    [['py.add', 'x'], 2, /cannot be read as JSON/],
    [['py.add', '{"a": 1}'], 2, /args\.b is missing/],
    [['gone.tool'], 1, /gone/],
  ])('%j exits with %i', async (args, expected, message) => {
    const { config } = withScript('');
    const { code, stderr } = await command(['call', ...args, ...config]);
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
  });
});

describe('list', () => {
  it('shows every server, what is wrong with it, and its tools', async () => {
    const { config } = withScript('');
    const { code, stdout } = await command(['list', ...config]);
    expect(code).toBe(0);
    expect(stdout).toContain('py: ready, 3 tools\n  add\n  echo\n  fail\n');
    expect(stdout).toMatch(/gone: failed, 0 tools\n {2}.*gone/);
    expect(stdout).toContain('3 servers, 6 tools');
    expect(stdout).not.toContain('\x1b');
  });
  it('of one server, as JSON, in full', async () => {
    const { config } = withScript('');
    const { stdout } = await command(['list', 'py', '--json', '--detail', 'full', ...config]);
    expect(JSON.parse(stdout)).toMatchObject({
      servers: {
        py: {
          tools: [
            { name: 'add', inputSchema: { required: ['a', 'b'] }, outputSchema: expect.anything() },
            { name: 'echo', annotations: { readOnlyHint: true } },
            { name: 'fail' },
          ],
        },
      },
      total_tools: 3,
    });
    expect(await command(['list', 'pi', ...config])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no server "pi"'),
    });
  });
});

describe('generate', () => {
  it('writes the types of what works and names the rest', async () => {
    const { config, folder } = withScript('');
    const out = path.join(folder, 'here/api.ts');
    const first = await command(['generate', '--out', out, ...config]);
    expect(first).toMatchObject({
      code: 0,
      stdout: `${out}: written, 6 tools of 2 servers\n`,
      stderr: expect.stringContaining('left out: gone'),
    });
    const text = readFileSync(out, 'utf8');
    expect(text).toContain('export const py');
    const second = await command(['generate', '--out', out, '--json', ...config]);
    expect(JSON.parse(second.stdout)).toMatchObject({ outcome: 'unchanged', tool_count: 6 });
    expect(readFileSync(out, 'utf8')).toBe(text);
    await command(['generate', ...config]);
    expect(existsSync(path.join(folder, 'generated/unified_api.ts'))).toBe(true);
  });
});
