/** OAuth towards servers, with a real authorization server: a login, what it is good for, and how it ends. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OAuthAuth } from '../../../src/config/auth-types.ts';
import { logIn } from '../../../src/downstream/auth/login.ts';
import { loginState, logOut } from '../../../src/downstream/auth/login-state.ts';
import type { OAuthServer } from '../../../src/downstream/auth/token-file.ts';
import { defaultLimits } from '../../../src/limits.ts';
import { endsLast } from '../../support/ends-last.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { agree, type Fixture, listening, protectedServer } from '../../support/oauth.ts';
import { failureOf, http, open, textOf } from '../support.ts';

const { issuer, subject } = await protectedServer(endsLast());

const once = { repeatable: false };
const limits = { ...defaultLimits(), loginMsMax: 10_000 };
const who = { sub: 'ann', client_id: expect.any(String), scope: expect.stringContaining('read') };

/** The same server anew, as another process would see it. */
function server(tokenFolder: string, more: Partial<OAuthAuth> = {}, url = subject.url): OAuthServer {
  const auth: OAuthAuth = { type: 'oauth', isImplied: true, tokenFolder, keyStore: 'off', ...more };
  return { ...http(url, { name: 'subject' }), auth };
}

function login(config: OAuthServer, browser: (url: URL) => unknown = agree) {
  const show = (url: URL) => void Promise.resolve(browser(url)).catch(() => {});
  return logIn(config, { limits, signal: new AbortController().signal, show });
}

const call = async (config: OAuthServer, tool = 'who') => textOf(await open(config).callTool(tool, {}, once));
const refuseAll = () => fetch(new URL('/refuse', subject.url), { method: 'POST' });
const refreshes = async (from: Fixture) =>
  (await from.seen()).filter(({ grant_type }) => grant_type === 'refresh_token').length;

describe('a login', () => {
  it('is asked for by a command, then works for all that come later', async () => {
    const folder = temporaryFolder();
    const running = open(server(folder));
    expect(await failureOf(running.connect())).toMatchObject({
      code: 'server_unavailable',
      message: 'server "subject" is not available: it wants you to log in (HTTP 401)',
      hint: 'Run: mcp-tools-orchestrator auth login subject.',
    });
    let said = '';
    await login(server(folder), async (url) => {
      expect([url.origin, url.searchParams.get('code_challenge_method')]).toEqual([issuer.url, 'S256']);
      expect(url.searchParams.get('resource')).toBe(subject.url);
      said = await agree(url);
    });
    await expect.poll(() => said).toContain('You are logged in to "subject".');
    expect(JSON.parse(await call(server(folder)))).toEqual(who);
    // What was there before the login as well, once its pause after the failure is over.
    await expect
      .poll(() => running.callTool('who', {}, once).then(textOf, String), { timeout: 5_000 })
      .toMatch('ann');
  });

  it('is kept in a file for the user alone', async () => {
    const folder = path.join(temporaryFolder(), 'tokens');
    await login(server(folder));
    const [file = '', ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
    expect(await loginState(server(folder), limits)).toEqual({
      ...{ status: 'logged_in', issuer: issuer.url, renews: true, scope: expect.stringContaining('read') },
      expires_at: expect.stringMatching(/^20\d\d-/),
      ...{ encrypted: false, plain_because: 'orchestrator.key_store is "off"' },
    });
    const kept = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    expect(JSON.stringify(await loginState(server(folder), limits))).not.toContain(kept.tokens.access_token);
  });

  it('is made anew with the same registration and port', async () => {
    const folder = temporaryFolder();
    const first = await login(server(folder));
    const second = await login(server(folder));
    expect(second.client).toEqual(first.client);
    expect(second.redirectPort).toBe(first.redirectPort);
    expect(second.tokens?.access_token).not.toBe(first.tokens?.access_token);
  });

  it('takes no answer but its own', async () => {
    const answers: (number | string)[] = [];
    await login(server(temporaryFolder()), async (url) => {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      for (const query of ['?code=x', '?code=x&state=another', `?error=access_denied&state=`])
        answers.push((await fetch(back.href + query)).status);
      answers.push((await fetch(new URL('/favicon.ico', back))).status);
      answers.push(await agree(url));
    });
    await expect.poll(() => answers.length).toBe(5);
    expect(answers.slice(0, 4)).toEqual([400, 400, 400, 404]);
    expect(answers[4]).toContain('logged in');
  });

  it('that is refused, or never comes back, or is given up, leaves nothing', async () => {
    const folder = temporaryFolder();
    const refused = login(server(folder), async (url) => {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({
        ...{ error: 'access_denied', iss: issuer.url, state: url.searchParams.get('state') ?? '' },
      }).toString();
      await fetch(back);
    });
    expect(await failureOf(refused)).toMatchObject({ message: 'the login was refused in the browser' });

    const late = { limits: { ...limits, loginMsMax: 50 }, show: () => {} };
    const never = logIn(server(folder), { ...late, signal: new AbortController().signal });
    expect((await failureOf(never)).message).toMatch(/^nobody came back .* 0.05 s \(loginMsMax\)/);

    const controller = new AbortController();
    const options = {
      limits,
      signal: controller.signal,
      show: () => controller.abort(new Error('given up')),
    };
    await expect(logIn(server(folder), options)).rejects.toThrow('given up');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('at a server that registers nobody says what to do', async () => {
    const closed = await listening('authorization-server.mjs', { REGISTRATION: 'off' });
    const { url } = await listening('protected.mjs', { ISSUER: closed.url });
    const failure = await failureOf(login(server(temporaryFolder(), {}, url)));
    expect(failure.message).toContain('does not register us');
    expect(failure.hint).toContain('"client_id"');
  });

  it('at a server that wants none says so', async () => {
    const { url } = await listening('http-v2.mjs');
    expect(await failureOf(login(server(temporaryFolder(), {}, url)))).toMatchObject({
      message: 'it asks for no login',
    });
    expect(await call(server(temporaryFolder(), {}, url), 'era')).toBe('modern');
  });

  it('asks for more where the server wanted more', async () => {
    const folder = temporaryFolder();
    await login(server(folder, { scope: 'read' }));
    expect(await failureOf(call(server(folder), 'wide'))).toMatchObject({
      message: expect.stringMatching(/does not suffice \(HTTP 403\); it wants the scope "wide"/),
      hint: expect.stringContaining('auth login subject'),
      retrySafe: 'yes',
    });
    expect(await loginState(server(folder), limits)).toMatchObject({
      wanted_scope: expect.stringContaining('wide'),
    });
    await login(server(folder));
    expect(await call(server(folder), 'wide')).toBe('"done"');
  });
});

describe('a token', () => {
  it('that is refused is renewed, by one refresh for all', async () => {
    const folder = temporaryFolder();
    await login(server(folder));
    const [one, other] = [open(server(folder)), open(server(folder))];
    await Promise.all([one.connect(), other.connect()]);
    await refuseAll();
    const before = await refreshes(issuer);
    // Each refresh token is good for one refresh: a second one would end the login.
    const calls = [one, other, one, other].map((it) => it.callTool('who', {}, once));
    expect((await Promise.all(calls)).map((answer) => JSON.parse(textOf(answer)))).toEqual([
      who,
      who,
      who,
      who,
    ]);
    expect((await refreshes(issuer)) - before).toBe(1);
  });

  it('that ends is renewed before it is sent', async () => {
    const short = await listening('authorization-server.mjs', { ACCESS_SECONDS: '2' });
    const behind = await listening('protected.mjs', { ISSUER: short.url });
    const folder = temporaryFolder();
    await login(server(folder, {}, behind.url));
    const state = await loginState(server(folder, {}, behind.url), limits);
    await expect.poll(() => Date.parse(state.expires_at ?? '') < Date.now(), { timeout: 6_000 }).toBe(true);
    expect(await call(server(folder, {}, behind.url))).toContain('ann');
    expect(await refreshes(short)).toBeGreaterThanOrEqual(1);
    const sent = (await behind.seen()).map(({ authorization }) => authorization);
    // The first one was the question of the login.
    expect(sent.slice(1)).not.toContain(undefined);
  });

  it('whose login was ended elsewhere asks for another', async () => {
    const folder = temporaryFolder();
    const kept = await login(server(folder));
    const body = new URLSearchParams({
      ...{ token: kept.tokens?.refresh_token ?? '', client_id: kept.client?.client_id ?? '' },
    });
    await fetch(`${issuer.url}/token/revocation`, { method: 'POST', body });
    await call(server(folder));
    await refuseAll();
    expect(await failureOf(call(server(folder)))).toMatchObject({
      message: expect.stringContaining('your login there has ended (invalid_grant)'),
      hint: expect.stringContaining('auth login subject'),
    });
  });

  it('stays where the authorization server is away', async () => {
    const away = await listening('authorization-server.mjs');
    const behind = await listening('protected.mjs', { ISSUER: away.url });
    const config = server(temporaryFolder(), {}, behind.url);
    await login(config);
    const port = new URL(away.url).port;
    expect(await call({ ...config })).toContain('ann');
    await fetch(new URL('/refuse', behind.url), { method: 'POST' });
    away.child.kill('SIGKILL');
    const failure = await failureOf(call({ ...config }));
    expect(failure.message).toContain(`its login cannot be refreshed at http://127.0.0.1:${port}`);
    expect(await loginState(config, limits)).toMatchObject({ status: 'logged_in' });
  });

  it('goes to the server and to its issuer, and is in no text of ours', async () => {
    const folder = temporaryFolder();
    const kept = await login(server(folder));
    const connection = open(server(folder));
    await connection.connect();
    const texts = [kept.tokens?.access_token ?? '', kept.tokens?.refresh_token ?? ''];
    expect(connection.redact(`a ${texts.join(' b ')}`)).toBe('a [hidden] b [hidden]');
    await refuseAll();
    await connection.callTool('who', {}, once);
    const [file = ''] = readdirSync(folder);
    const { access_token } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')).tokens;
    expect(connection.redact(access_token)).toBe('[hidden]');
  });
});

describe('a logout', () => {
  it('removes the tokens and has them revoked', async () => {
    const folder = temporaryFolder();
    const config = server(folder);
    const kept = await login(config);
    expect(await logOut(config, limits)).toEqual({ removed: true, revoked: true });
    expect(readdirSync(folder)).toEqual([]);
    const body = new URLSearchParams({
      ...{ grant_type: 'refresh_token', refresh_token: kept.tokens?.refresh_token ?? '' },
      client_id: kept.client?.client_id ?? '',
    });
    expect((await fetch(`${issuer.url}/token`, { method: 'POST', body })).status).toBe(400);
    expect(await logOut(config, limits)).toEqual({ removed: false, revoked: false });
  });

  it('mends a damaged file', async () => {
    const folder = temporaryFolder();
    await login(server(folder));
    const [name = ''] = readdirSync(folder);
    writeFileSync(path.join(folder, name), '{"tokens": 1');
    expect((await failureOf(call(server(folder)))).message).toContain('is damaged');
    expect(await loginState(server(folder), limits)).toMatchObject({
      problem: expect.stringContaining('is damaged'),
    });
    expect(await logOut(server(folder), limits)).toEqual({ removed: true, revoked: false });
  });
});
