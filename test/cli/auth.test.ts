/** `auth login|logout|status` and `doctor`, run as a user would, with a real authorization server behind them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../support/command.ts';
import { endsLast } from '../support/ends-last.ts';
import { temporaryFolder } from '../support/folder.ts';
import { agree, protectedServer } from '../support/oauth.ts';
import { bin, fixture, setUp } from '../support/orchestrator.ts';

const { issuer, subject } = await protectedServer(endsLast());

function prepared(orchestrator: object = {}) {
  const state = temporaryFolder();
  const servers = {
    subject: { url: subject.url },
    keyed: { url: subject.url, headers: { 'X-Api-Key': 'a-key-0123456789' } },
    mailed: { url: subject.url, auth: { type: 'bearer', command: ['no-such-program-here'] } },
    local: fixture('echo.mjs'),
  };
  const { configFile } = setUp(servers, orchestrator);
  // Whoever runs the tests may have a key store: it is not for them.
  const env = { XDG_STATE_HOME: state, DISPLAY: '', WAYLAND_DISPLAY: '', MCP_ORCHESTRATOR_KEY_STORE: 'off' };
  const say = (
    args: readonly string[],
    onAddress?: (url: string, kill: (signal: NodeJS.Signals) => void) => void,
  ) => {
    let seen = '';
    return command([...args, '--config', configFile], {
      env,
      onData(text, kill) {
        seen += text;
        const url = /^ {2}(http\S+)\n/m.exec(seen)?.[1];
        if (url === undefined || !onAddress) return;
        onAddress(url, kill);
        onAddress = undefined;
      },
    });
  };
  return { say, configFile, env, tokens: path.join(state, 'mcp-tools-orchestrator/tokens') };
}

describe('auth', () => {
  it('logs in, says so, is used by other commands, and logs out', async () => {
    const { say, tokens } = prepared();
    const before = await say(['list', 'subject']);
    expect(before.stdout).toContain(
      'it wants you to log in (HTTP 401). Run: mcp-tools-orchestrator auth login subject',
    );

    const login = await say(['auth', 'login', 'subject'], (url) => void agree(url));
    expect([login.code, login.stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^logged in to subject, by ${issuer.url}, scope read.*, renews itself\n$`),
      ),
    ]);
    expect(login.stderr).toContain('Open this in a browser and agree there');
    expect(JSON.parse((await say(['call', 'subject__who'])).stdout)).toMatchObject({ sub: 'ann' });

    const status = JSON.parse((await say(['auth', 'status', '--json'])).stdout);
    expect(status.servers).toMatchObject([
      { server: 'subject', auth: 'oauth', status: 'logged_in', issuer: issuer.url, renews: true },
      { server: 'keyed', auth: 'headers', status: 'configured' },
      { server: 'mailed', auth: 'bearer', status: 'configured' },
    ]);
    const text = await say(['auth', 'status', 'subject']);
    expect(text.stdout).toMatch(/^subject: logged in \(oauth\), by http/);
    const [file = ''] = readdirSync(tokens);
    const kept = JSON.parse(readFileSync(path.join(tokens, file), 'utf8')).tokens;
    const said = JSON.stringify([login, status, text]);
    for (const secret of [kept.access_token, kept.refresh_token]) expect(said).not.toContain(secret);

    expect((await say(['auth', 'logout', 'subject'])).stdout).toBe(
      'logged out of subject, its tokens are revoked\n',
    );
    expect(readdirSync(tokens)).toEqual([]);
    expect(JSON.parse((await say(['auth', 'logout', 'subject', '--json'])).stdout)).toEqual({
      ...{ server: 'subject', removed: false, revoked: false },
    });
    expect((await say(['auth', 'status', 'subject'])).stdout).toBe('subject: open (no credentials)\n');
  });

  it('ends at Ctrl-C, and leaves nothing', async () => {
    const { say, tokens } = prepared();
    const given = await say(['auth', 'login', 'subject'], (_, kill) => kill('SIGINT'));
    expect([given.code, given.stdout]).toEqual([130, '']);
    expect(() => readdirSync(tokens)).toThrow('ENOENT');
  });

  it.each([
    ['subjekt', 2, /no usable server "subjekt".*\n.*Did you mean "subject"\?/],
    ['keyed', 2, /no login to "keyed": it is known to by its "headers"/],
    ['mailed', 2, /"auth" of type "bearer"/],
    ['local', 2, /no login to "local": it is no HTTP server/],
  ])('login %s is told what is wrong', async (server, code, message) => {
    const said = await prepared().say(['auth', 'login', server]);
    expect([said.code, said.stdout]).toEqual([code, '']);
    expect(said.stderr).toMatch(message);
  });
});

describe('a server registered at runtime', () => {
  it('is found in the storage', async () => {
    const { say, tokens } = prepared({ storage: 'file', storage_folder: temporaryFolder() });
    const added = await say(['servers', 'add', 'late', '--runtime', '--url', subject.url]);
    expect(added.stdout).toContain(`Run: mcp-tools-orchestrator auth login late --url ${subject.url}`);
    const login = await say(['auth', 'login', 'late'], (url) => void agree(url));
    expect([login.code, login.stdout]).toEqual([0, expect.stringMatching(/^logged in to late, by /)]);
    expect(JSON.parse((await say(['call', 'late__who'])).stdout)).toMatchObject({ sub: 'ann' });
    expect((await say(['auth', 'status'])).stdout).toMatch(/^late: logged in \(oauth\)/m);
    expect((await say(['auth', 'logout', 'late'])).stdout).toMatch(/^logged out of late/);
    expect(readdirSync(tokens)).toEqual([]);
  });

  it('with the storage in memory is logged in to by the command that a script is told', async () => {
    const { say, configFile, env } = prepared();
    const client = new Client({ name: 'test', version: '1.0.0' });
    onTestFinished(() => client.close());
    const args = [bin, '--config', configFile];
    const environment = { ...(process.env as Record<string, string>), ...env };
    const program = { command: process.execPath, args, env: environment, stderr: 'ignore' } as const;
    await client.connect(new StdioClientTransport(program));
    await client.callTool({ name: 'register_server', arguments: { name: 'late', url: subject.url } });
    const who = async () => {
      const code = 'return await late.who({})';
      const { structuredContent } = await client.callTool({
        ...{ name: 'execute_composed_code', arguments: { code, check: 'off' } },
      });
      return structuredContent as { result?: unknown; error?: { message: string; hint?: string } };
    };
    const told = /mcp-tools-orchestrator (auth login late --url \S+?)\.?(?:"|\s|$)/;
    const [, words = ''] = told.exec(JSON.stringify((await who()).error)) ?? [];
    expect(words).toBe(`auth login late --url ${subject.url}`);
    const login = await say(words.split(' '), (url) => void agree(url));
    expect([login.code, login.stdout]).toEqual([0, expect.stringMatching(/^logged in to late, by /)]);
    await expect.poll(who, { timeout: 15_000 }).toMatchObject({ result: { sub: 'ann' } });
    const [, , ...address] = words.split(' ');
    expect((await say(['auth', 'logout', ...address])).stdout).toMatch(/^logged out of late, /);
  });

  it.each([
    [['late', '--url', 'ftp://x'], /--url cannot be used: /],
    [['local', '--url', 'http://127.0.0.1:9/mcp'], /another server "local" already, at this machine/],
    [['keyed', '--url', 'http://127.0.0.1:9/mcp'], /another server "keyed" already, at 127\.0\.0\.1/],
  ])('login %j is told what is wrong', async (args, message) => {
    const said = await prepared().say(['auth', 'login', ...args]);
    expect([said.code, said.stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('doctor', () => {
  it('looks whether credentials work', async () => {
    const { say } = prepared();
    const looksOf = async (server: string) => {
      const { stdout } = await say(['doctor', server, '--json']);
      const found = JSON.parse(stdout).diagnoses.find((one: { subject: string }) => one.subject === server);
      return found.looks.filter((look: { step: string }) => look.step === 'auth');
    };
    expect(await looksOf('subject')).toEqual([
      {
        ...{ step: 'auth', verdict: 'failed', message: expect.stringContaining('wants you to log in') },
        fix: 'Run: mcp-tools-orchestrator auth login subject.',
      },
    ]);
    expect(await looksOf('mailed')).toMatchObject([
      { verdict: 'failed', message: expect.stringContaining('"no-such-program-here" cannot be found') },
    ]);
    await say(['auth', 'login', 'subject'], (url) => void agree(url));
    expect(await looksOf('subject')).toEqual([
      { step: 'auth', verdict: 'ok', message: expect.stringMatching(/^logged in by http/) },
    ]);
  });
});
