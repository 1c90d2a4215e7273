/** Servers that know who calls, behind the HTTP front: exchanged tokens, headers that go on, and no secret anywhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { logIn } from '../../../src/downstream/auth/login.ts';
import { defaultLimits } from '../../../src/limits.ts';
import { endsLast } from '../../support/ends-last.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { connectHttp, type HttpServed, serveHttp } from '../../support/http.ts';
import { agree, type Fixture, listening, machineToken, protectedServer } from '../../support/oauth.ts';
import { serve, setUp } from '../../support/orchestrator.ts';

const onEnd = endsLast();

const audience = 'https://gateway.example.com/mcp';
const keys = { static: 'static-key-0123456789', user: 'caller-key-0123456789' };
let issuer: Fixture;
let subject: Fixture;
let open: Fixture;
let served: HttpServed;
const state = temporaryFolder(onEnd);
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

beforeAll(async () => {
  ({ issuer, subject } = await protectedServer(onEnd));
  open = await listening('protected.mjs', { ISSUER: issuer.url, OPEN: 'on' }, onEnd);
  const exchange = { type: 'token_exchange', token_url: `${issuer.url}/token`, audience: subject.url };
  const client = { client_id: 'gateway', client_secret: `\${GATEWAY_SECRET}`, resource: subject.url };
  await logIn(
    {
      ...{ transport: 'http', name: 'mine', url: subject.url, headers: {} },
      ...{ callMsMax: 10_000, connectMsMax: 10_000, callsMax: 8 },
      auth: {
        type: 'oauth',
        tokenFolder: path.join(state, 'mcp-tools-orchestrator/tokens'),
        keyStore: 'off',
      },
    },
    {
      limits: defaultLimits(),
      signal: new AbortController().signal,
      show: (url) => void agree(url),
    },
  );
  const setup = setUp(
    {
      exchanged: { url: subject.url, auth: { ...exchange, ...client, scope: 'read' } },
      forwarded: { url: open.url, forward_headers: { 'X-User-Key': 'X-Api-Key' } },
      passed: {
        url: open.url,
        forward_headers: { authorization: 'Authorization' },
        unsafe_passthrough: true,
      },
      fixed: { url: open.url, headers: { 'X-Api-Key': `\${STATIC_KEY}` } },
      mine: { url: subject.url },
      refused: { url: subject.url, headers: bearer(`\${STATIC_KEY}`) },
    },
    {
      http: { oauth: { issuer: issuer.url, audience }, publicUrl: audience, allowedHosts: ['127.0.0.1'] },
      ...{ log_level: 'trace', storage: 'file', storage_path: 'kept' },
    },
    onEnd,
  );
  const env = { GATEWAY_SECRET: 'machine-secret-0123456789', STATIC_KEY: keys.static, XDG_STATE_HOME: state };
  served = await serveHttp(setup, { env, onEnd });
});

async function as(client: string, headers: Record<string, string> = {}) {
  const token = await machineToken(issuer.url, audience, { scope: 'mcp:run', client });
  return { token, ...(await connectHttp(served.url, { headers: { ...bearer(token), ...headers }, onEnd })) };
}

describe('a token that is exchanged', () => {
  it('says to the server who calls, and the token of the caller goes to the token endpoint alone', async () => {
    const [one, other] = [await as('machine'), await as('gateway')];
    const script = 'return await exchanged.who({})';
    expect(await one.run(script)).toMatchObject({
      status: 'success',
      result: { sub: 'machine', scope: 'read' },
    });
    expect(await other.run(script)).toMatchObject({ result: { sub: 'gateway' } });
    // At once, in turns, and by single calls too.
    const runs = await Promise.all([one, other, one, other].map(({ run }) => run(script)));
    expect(runs.map(({ result }) => (result as { sub: string }).sub)).toEqual([
      'machine',
      'gateway',
      'machine',
      'gateway',
    ]);
    const single = await one.client.callTool({
      name: 'call_remote_tool',
      arguments: { tool_name: 'exchanged__who', arguments: {} },
    });
    expect(JSON.stringify(single.content)).toContain('machine');
    const seen = JSON.stringify(await subject.seen());
    for (const { token } of [one, other]) expect(seen).not.toContain(token);
    const subjects = (await issuer.seen()).map(({ subject_token }) => subject_token).filter(Boolean);
    expect(new Set(subjects)).toEqual(new Set([one.token, other.token]));
  });

  it('is needed: without a caller of that kind the call fails with the reason', async () => {
    const local = await serve(
      { folder: served.folder, configFile: served.configFile },
      {
        args: ['--log-level', 'silent'],
        env: { GATEWAY_SECRET: 'machine-secret-0123456789', STATIC_KEY: keys.static, XDG_STATE_HOME: state },
      },
    );
    expect(await local.run('return await exchanged.who({})')).toMatchObject({
      status: 'error',
      error: {
        message: expect.stringContaining('this caller has none'),
        hint: expect.stringContaining('over HTTP'),
      },
    });
  });
});

describe('headers that may go on', () => {
  it('do, each caller over a connection of their own, and no others do', async () => {
    const script = `return [await forwarded.header({ name: 'x-api-key' }), await forwarded.header({ name: 'x-other' }), await forwarded.header({ name: 'authorization' })]`;
    const callers = await Promise.all(
      ['first-user-key', 'second-user-key'].map((key) =>
        as('machine', { 'X-User-Key': key, 'X-Other': 'o' }),
      ),
    );
    const results = await Promise.all([...callers, ...callers].map(({ run }) => run(script)));
    expect(results.map(({ result }) => result)).toEqual([
      ['first-user-key', null, null],
      ['second-user-key', null, null],
      ['first-user-key', null, null],
      ['second-user-key', null, null],
    ]);
    expect((await (await as('machine')).run(script)).result).toEqual([null, null, null]);
  });

  it('are Authorization only where the entry says that this is unsafe, and with a warning', async () => {
    const { token, run } = await as('machine');
    expect(
      await run(`return (await passed.header({ name: 'authorization' })) === 'Bearer ${token}'`),
    ).toMatchObject({
      result: true,
    });
    expect(served.stderr()).toMatch(/passed\.forward_headers\.authorization passes on a credential/);
  });
});

it('no credential is in an answer, the log, the journal, the storage, the cache or a generated file', async () => {
  const { token, client, run } = await as('machine', { 'X-User-Key': keys.user });
  await fetch(new URL('/refuse', subject.url), { method: 'POST' });
  const answers = [
    await run('return [await exchanged.who({}), await mine.who({}), await fixed.who({}).catch(String)]'),
    await run('try { await exchanged.wide({}) } catch (error) { return { ...error, text: String(error) } }'),
    await run('return await mine.wide({})'),
    await run('return await refused.who({})'),
    await run('return Object.keys(globalThis).map((name) => String(globalThis[name]))', { check: 'off' }),
    await client.callTool({ name: 'list_available_tools', arguments: { detail: 'full' } }),
    await client.callTool({ name: 'list_servers', arguments: {} }),
    await client.callTool({ name: 'get_api_documentation', arguments: {} }),
  ];
  expect(answers[1]).toMatchObject({ result: { text: expect.stringContaining('(HTTP 403)') } });
  expect(answers[3]).toMatchObject({ status: 'error' });
  const folder = served.folder;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  expect(files.length).toBeGreaterThan(3);
  const kept = files.map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'utf8'));
  const said = [JSON.stringify(answers), served.stderr(), ...kept].join('\n');
  const tokens = [...(await subject.seen()), ...(await open.seen())].map(({ authorization }) =>
    authorization?.slice(7),
  );
  const [login = ''] = readdirSync(path.join(state, 'mcp-tools-orchestrator/tokens'));
  const { refresh_token, access_token } = JSON.parse(
    readFileSync(path.join(state, 'mcp-tools-orchestrator/tokens', login), 'utf8'),
  ).tokens;
  const secrets = [
    token,
    ...tokens,
    ...Object.values(keys),
    'machine-secret-0123456789',
    refresh_token,
    access_token,
  ];
  const worth = [...new Set(secrets.filter((secret) => secret !== undefined))];
  expect(worth.length).toBeGreaterThan(8);
  for (const secret of worth) expect(said.includes(secret), `${secret.slice(0, 12)}... was told`).toBe(false);
});
