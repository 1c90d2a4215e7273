/** Logins encrypted with a key of the system's key store, a real one; and what becomes of them without it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../support/command.ts';
import { endsLast } from '../support/ends-last.ts';
import { temporaryFolder } from '../support/folder.ts';
import { agree, type Fixture, listening } from '../support/oauth.ts';
import { root, setUp } from '../support/orchestrator.ts';
import { hasSecretService, type SecretService, startSecretService } from '../support/secret-service.ts';

const onEnd = endsLast();

let issuer: Fixture;
let subject: Fixture;
beforeAll(async () => {
  issuer = await listening('authorization-server.mjs', {}, onEnd);
  subject = await listening('protected.mjs', { ISSUER: issuer.url }, onEnd);
});

/** Two names of one server, and a folder for what their logins leave. */
function prepared(ownEnv: Readonly<Record<string, string>>) {
  const state = temporaryFolder();
  const { configFile } = setUp({ subject: { url: subject.url }, other: { url: subject.url } });
  const env = { XDG_STATE_HOME: state, DISPLAY: '', WAYLAND_DISPLAY: '', ...ownEnv };
  const say = (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    let seen = '';
    return command([...args, '--config', configFile], {
      env: { ...env, ...more },
      onData(text) {
        seen += text;
        const url = /^ {2}(http\S+)\n/m.exec(seen)?.[1];
        if (url === undefined) return;
        seen = '';
        void agree(url);
      },
    });
  };
  const folder = path.join(state, 'mcp-tools-orchestrator/tokens');
  const fileOf = (server: string) =>
    path.join(folder, readdirSync(folder).find((name) => name.startsWith(`${server}-`)) ?? '');
  const kept = (server: string) => JSON.parse(readFileSync(fileOf(server), 'utf8'));
  const status = async (more?: Readonly<Record<string, string>>) =>
    JSON.parse((await say(['auth', 'status', 'subject', '--json'], more)).stdout).servers[0];
  return { say, folder, fileOf, kept, status };
}

/** Forgets the key of a folder, as somebody would who clears the store. */
function forgetKey(folder: string, env: Readonly<Record<string, string>>): void {
  const source =
    "import('@napi-rs/keyring').then(({ Entry }) => console.log(new Entry('mcp-tools-orchestrator', process.argv[1], { linux: { store: 'secret-service' } }).deletePassword()))";
  const { stdout } = spawnSync(process.execPath, ['-e', source, `tokens in ${folder}`], {
    ...{ cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' },
  });
  expect(stdout).toBe('true\n');
}

// Skipped without gnome-keyring: apt-get install dbus gnome-keyring.
describe.skipIf(!hasSecretService)('with a key store', () => {
  let store: SecretService;
  beforeAll(async () => {
    store = await startSecretService(onEnd);
  });

  it('logins are encrypted, and used by other processes; two that begin at once share the key', async () => {
    const { say, fileOf, kept, status } = prepared(store.env);
    const logins = await Promise.all(['subject', 'other'].map((name) => say(['auth', 'login', name])));
    for (const { code, stdout, stderr } of logins) {
      expect([code, stdout]).toEqual([0, expect.stringMatching(/renews itself, encrypted\n$/)]);
      expect(stderr).not.toContain('not encrypted');
    }
    for (const name of ['subject', 'other']) {
      expect(Object.keys(kept(name))).toEqual(['sealed']);
      expect(statSync(fileOf(name)).mode & 0o777).toBe(0o600);
      expect(JSON.parse((await say(['call', `${name}__who`])).stdout)).toMatchObject({ sub: 'ann' });
    }
    expect(kept('subject').sealed.key).toBe(kept('other').sealed.key);
    expect(await status()).toMatchObject({ status: 'logged_in', encrypted: true });
  });

  it('one that was changed, or is in the place of another, is not taken; a new login mends it', async () => {
    const { say, fileOf, kept, status } = prepared(store.env);
    for (const name of ['subject', 'other']) await say(['auth', 'login', name]);
    copyFileSync(fileOf('other'), fileOf('subject'));
    const answer = await say(['call', 'subject__who']);
    expect([answer.code, answer.stderr]).toEqual([
      1,
      expect.stringMatching(
        /was changed by somebody else, or is damaged[\s\S]*Log in anew: mcp-tools-orchestrator auth login subject\./,
      ),
    ]);
    await say(['auth', 'login', 'subject']);
    const { sealed } = kept('subject');
    const text = Buffer.from(sealed.text, 'base64');
    text.writeUInt8(text.readUInt8(7) ^ 1, 7);
    writeFileSync(
      fileOf('subject'),
      JSON.stringify({ sealed: { ...sealed, text: text.toString('base64') } }),
    );
    expect(await status()).toMatchObject({
      ...{ status: 'not_logged_in', problem: expect.stringContaining('was changed by somebody else') },
    });
    expect((await say(['auth', 'login', 'subject'])).code).toBe(0);
    expect(await status()).toMatchObject({ status: 'logged_in', encrypted: true });
  });

  it('one whose key is gone asks for a new login, which makes another key', async () => {
    const { say, folder, kept } = prepared(store.env);
    await say(['auth', 'login', 'subject']);
    const before = kept('subject').sealed.key;
    forgetKey(folder, store.env);
    const answer = await say(['call', 'subject__who']);
    expect(answer.stderr).toMatch(
      /encrypted with a key that the system's key store does not have any more[\s\S]*Log in anew: mcp-tools-orchestrator auth login subject\./,
    );
    await say(['auth', 'login', 'subject']);
    expect(kept('subject').sealed.key).not.toBe(before);
    expect((await say(['call', 'subject__who'])).code).toBe(0);
  });

  it('one from before is used as it is, and encrypted when it is renewed', async () => {
    const { say, kept, fileOf, status } = prepared(store.env);
    await say(['auth', 'login', 'subject'], { MCP_ORCHESTRATOR_KEY_STORE: 'off' });
    const { plainBecause, ...before } = kept('subject');
    expect(plainBecause).toBe('orchestrator.key_store is "off"');
    writeFileSync(fileOf('subject'), JSON.stringify({ ...before, obtainedAt: 0 }));
    expect(await status()).toMatchObject({ encrypted: false, plain_because: /version that did not encrypt/ });
    expect(JSON.parse((await say(['call', 'subject__who'])).stdout)).toMatchObject({ sub: 'ann' });
    expect(Object.keys(kept('subject'))).toEqual(['sealed']);
    expect((await say(['auth', 'logout', 'subject'])).stdout).toBe(
      'logged out of subject, its tokens are revoked\n',
    );
  });

  it('one cannot be read while it is switched off', async () => {
    const { say, status } = prepared(store.env);
    await say(['auth', 'login', 'subject']);
    expect((await status({ MCP_ORCHESTRATOR_KEY_STORE: 'off' })).problem).toContain('key_store is "off"');
  });

  it('that is locked, the reason is told; a new login is then kept as plain text, and says so', async () => {
    const own = await startSecretService();
    const { say, kept, status } = prepared(own.env);
    await say(['auth', 'login', 'subject']);
    await own.lock();
    const answer = await say(['call', 'subject__who']);
    expect(answer.stderr).toMatch(
      /is encrypted, and the system's key store does not give the key: .*unlock.*dismissed[\s\S]*Unlock the key store, or log in anew: /,
    );
    const login = await say(['auth', 'login', 'subject']);
    expect([login.code, login.stderr]).toEqual([0, expect.stringMatching(/but not encrypted: .*unlock/)]);
    expect(kept('subject')).toMatchObject({ tokens: {}, plainBecause: expect.any(String) });
    expect(await status()).toMatchObject({ status: 'logged_in', encrypted: false });
    expect((await say(['call', 'subject__who'])).code).toBe(0);
  });
});

describe('without a key store', () => {
  const nowhere = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };

  it.runIf(process.platform === 'linux')('logins are kept as plain text, and say so', async () => {
    const { say, fileOf } = prepared(nowhere);
    const login = await say(['auth', 'login', 'subject']);
    expect(login.stdout).not.toContain('encrypted');
    expect(login.stderr).toMatch(
      /^Its tokens are kept in a file for you alone, but not encrypted: the system's key store does not answer: .+\.$/m,
    );
    expect(statSync(fileOf('subject')).mode & 0o777).toBe(0o600);
    const status = await say(['auth', 'status', 'subject']);
    expect(status.stdout).toMatch(/^subject: logged in .*\n {2}its tokens are not encrypted: .+\n$/);
    expect(JSON.parse((await say(['call', 'subject__who'])).stdout)).toMatchObject({ sub: 'ann' });
  });

  it.runIf(process.platform === 'linux')('nobody can log in where one is required', async () => {
    const { say, folder } = prepared({ ...nowhere, MCP_ORCHESTRATOR_KEY_STORE: 'required' });
    const login = await say(['auth', 'login', 'subject']);
    expect([login.code, login.stdout]).toEqual([1, '']);
    expect(login.stderr).toMatch(/its login cannot be kept: .*orchestrator\.key_store is "required"/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'one that never answers is waited for no longer than it may take',
    async () => {
      const bus = path.join(temporaryFolder(), 'bus');
      const connected = new Set<Socket>();
      const silent = createServer((socket) => connected.add(socket.on('error', () => {})));
      await new Promise<void>((resolve) => silent.listen(bus, resolve));
      onTestFinished(() => {
        for (const socket of connected) socket.destroy();
        silent.close();
      });
      const { say } = prepared({
        DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}`,
        MCP_ORCHESTRATOR_KEY_STORE_MS_MAX: '1500',
      });
      const login = await say(['auth', 'login', 'subject']);
      expect([login.code, login.stderr]).toEqual([
        0,
        expect.stringContaining('it did not answer within 1.5 s (keyStoreMsMax)'),
      ]);
      expect(connected.size).toBeGreaterThan(0);
    },
  );
});
