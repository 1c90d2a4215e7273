/** `auth login|logout|status` and `doctor`, run as a user would, with a real authorization server behind them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { endsLast } from '../support/ends-last.ts';
import { temporaryFolder } from '../support/folder.ts';
import { agree, protectedServer } from '../support/oauth.ts';
import { fixture, setUp } from '../support/orchestrator.ts';

const { issuer, subject } = await protectedServer(endsLast());

function prepared() {
  const state = temporaryFolder();
  const { configFile } = setUp({
    subject: { url: subject.url },
    keyed: { url: subject.url, headers: { 'X-Api-Key': 'a-key-0123456789' } },
    mailed: { url: subject.url, auth: { type: 'bearer', command: ['no-such-program-here'] } },
    local: fixture('echo.mjs'),
  });
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
  return { say, tokens: path.join(state, 'mcp-tools-orchestrator/tokens') };
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
