/** Who is let in over HTTP, and what they may do there: static tokens, and the access tokens of a real OAuth server. */
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { OAuth2Server } from 'oauth2-mock-server';
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../../support/ends-last.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { ask, callBody, connectHttp, type HttpServed, serveHttp } from '../../support/http.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';

const onEnd = endsLast();

const servers = { math: fixture('sdk-v1-stdio.mjs'), slow: fixture('slow.mjs') };
const profiles = { calm: { servers: ['slow'] }, sums: { servers: ['math'] } };
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const list = callBody('list_available_tools');
const script = callBody('execute_composed_code', { code: 'return 1' });

describe('static tokens', () => {
  const tokens = {
    looker: 'looker-token-0123456789',
    agent: 'agent-token-0123456789',
    calm: 'calm-token-0123456789',
    environment: 'environment-token-0123456789',
  };
  let served: HttpServed;
  beforeAll(async () => {
    const file = path.join(temporaryFolder(onEnd), 'token');
    writeFileSync(file, `${tokens.calm}\n`);
    const sha256 = createHash('sha256').update(tokens.agent).digest('hex');
    const http = {
      tokens: [
        { name: 'looker', token: `\${LOOKER}`, scopes: ['read'] },
        { name: 'agent', sha256 },
        { name: 'calm', file, profile: 'calm' },
      ],
    };
    const env = { LOOKER: tokens.looker, MCP_ORCHESTRATOR_TOKEN: tokens.environment };
    served = await serveHttp(setUp(servers, { http, profiles, log_level: 'debug' }, onEnd), { env, onEnd });
  });

  it.each(Object.entries(tokens))('%s is let in', async (_, token) => {
    const answer = await ask(served.url, { headers: bearer(token), body: list });
    expect([answer.status, answer.json().result.isError ?? false]).toEqual([200, false]);
  });

  it.each([
    ['no token', {}, 'who calls'],
    ['another one', bearer('another-token-0123456789'), 'not known'],
    ['part of one', bearer(tokens.agent.slice(0, -1)), 'not known'],
    ['an empty one', { Authorization: 'Bearer ' }, 'who calls'],
    ['another scheme', { Authorization: `Basic ${tokens.agent}` }, 'who calls'],
    ['one in another header', { 'X-Api-Key': tokens.agent }, 'who calls'],
  ])('%s is refused', async (_, headers, word) => {
    for (const how of [
      { body: list },
      { method: 'GET', path: '/metrics' },
      { method: 'GET', path: '/mcp' },
    ]) {
      const answer = await ask(served.url, { ...how, headers });
      expect([answer.status, answer.json().error.message]).toEqual([401, expect.stringContaining(word)]);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('one in the address is not looked at', async () => {
    const answer = await ask(`${served.url}?access_token=${tokens.agent}`, { body: list });
    expect(answer.status).toBe(401);
  });

  it('are not needed by those that watch over us', async () => {
    for (const place of ['/healthz', '/readyz']) {
      expect((await ask(served.url, { method: 'GET', path: place })).status).toBe(200);
    }
  });

  it('that only read see what only reads, and run nothing', async () => {
    const { client } = await connectHttp(served.url, { headers: bearer(tokens.looker) });
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('list_available_tools');
    expect(names).not.toContain('execute_composed_code');
    const refused = await ask(served.url, { headers: bearer(tokens.looker), body: script });
    expect([refused.status, refused.json()]).toMatchObject([
      403,
      { id: 7, error: { message: expect.stringContaining('"run"') } },
    ]);
    expect(refused.headers['www-authenticate']).toContain('insufficient_scope');
    expect(
      (await ask(served.url, { headers: bearer(tokens.agent), body: script })).json().result.isError,
    ).toBe(false);
    const inList = await ask(served.url, { headers: bearer(tokens.looker), body: [list, script] });
    expect(inList.status).toBe(403);
  });

  it('that have a profile see no more, whatever the address says', async () => {
    const headers = bearer(tokens.calm);
    const url = served.url;
    for (const place of [url, `${url}/p/calm`]) {
      const { client, run } = await connectHttp(place, { headers });
      expect((await client.listTools()).tools[0]?.description).not.toContain('math');
      expect(await run('return await slow.cancelled({})')).toMatchObject({ status: 'success' });
      expect(await run('return await math.add({ a: 1, b: 2 })')).toMatchObject({ status: 'type_error' });
    }
    const other = await ask(`${served.url}/p/sums`, { headers, body: list });
    expect([other.status, other.json().error.message]).toEqual([403, expect.stringContaining('"calm"')]);
  });

  it('do not open the sessions of others', async () => {
    const client = { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: {} } } as const;
    const { transport } = await connectHttp(served.url, { headers: bearer(tokens.agent), client });
    const session = { 'Mcp-Session-Id': transport.sessionId ?? '' };
    expect(session['Mcp-Session-Id']).not.toBe('');
    const statuses = [];
    for (const token of [tokens.agent, tokens.environment]) {
      statuses.push(
        (await ask(served.url, { headers: { ...bearer(token), ...session }, body: list })).status,
      );
    }
    expect(statuses).toEqual([200, 404]);
  });

  it('are in no message and no line of the log', async () => {
    const answers = await Promise.all(
      Object.values(tokens).map((token) => ask(served.url, { headers: bearer(token), body: script })),
    );
    const said = served.stderr() + answers.map(({ text, headers }) => text + JSON.stringify(headers)).join();
    for (const token of Object.values(tokens)) expect(said).not.toContain(token);
  });
});

it('a token in a file counts as the file is now', async () => {
  const file = path.join(temporaryFolder(), 'token');
  writeFileSync(file, 'first-token-0123456789\n');
  const served = await serveHttp(
    setUp(servers, { http: { tokens: [{ name: 'one', file, scopes: ['read'] }] } }),
  );
  const status = async (token: string) =>
    (await ask(served.url, { headers: bearer(token), body: list })).status;
  expect(await status('first-token-0123456789')).toBe(200);
  writeFileSync(file, 'second-token-012345678\n');
  expect([await status('first-token-0123456789'), await status('second-token-012345678')]).toEqual([
    401, 200,
  ]);
  rmSync(file);
  expect(await status('second-token-012345678')).toBe(401);
  writeFileSync(file, 'third-token-0123456789\n');
  expect(await status('third-token-0123456789')).toBe(200);
});

it('a token for a profile that there is not stops the start', async () => {
  const http = { tokens: [{ name: 'calm', token: 'calm-token-0123456789', profile: 'clam' }] };
  await expect(serveHttp(setUp({}, { http, profiles }))).rejects.toThrow(
    /ended with 2: .*"clam".*did you mean "calm"/is,
  );
});

describe('the rate limit', () => {
  it('counts each principal by itself, and says when to come again', async () => {
    const http = { tokens: ['one', 'two'].map((name) => ({ name, token: `${name}-token-0123456789` })) };
    const served = await serveHttp(setUp({}, { http, limits: { httpRequestsPerMinuteMax: 3 } }));
    const statuses = async (name: string) => {
      const answers = [];
      for (let count = 0; count < 4; count++) {
        answers.push(await ask(served.url, { headers: bearer(`${name}-token-0123456789`), body: list }));
      }
      const { headers, json } = answers.at(-1) as (typeof answers)[0];
      expect(headers['retry-after']).toBe('20');
      expect(json().error.message).toContain('httpRequestsPerMinuteMax');
      return answers.map(({ status }) => status);
    };
    expect(await statuses('one')).toEqual([200, 200, 200, 429]);
    expect(await statuses('two')).toEqual([200, 200, 200, 429]);
  });
});

describe('access tokens of an OAuth server', () => {
  const audience = 'https://mcp.example.com/mcp';
  const oauth = new OAuth2Server();
  let served: HttpServed;
  beforeAll(async () => {
    await oauth.issuer.keys.generate('RS256');
    await oauth.start(0, '127.0.0.1');
    onEnd(() => oauth.stop());
    const http = {
      oauth: { issuer: oauth.issuer.url, audience, profileClaim: 'mcp_profile' },
      publicUrl: audience,
      allowedHosts: ['127.0.0.1'],
    };
    served = await serveHttp(setUp(servers, { http, profiles }, onEnd), { onEnd });
  });

  /** Changes a good token. */
  const token = (change: (payload: Record<string, unknown>) => void = () => {}) =>
    oauth.issuer.buildToken({
      scopesOrTransform: (_, payload) => {
        Object.assign(payload, { sub: 'ann', aud: audience, scope: 'openid mcp:run' });
        change(payload);
      },
    });
  const status = async (text: string, body = script) => {
    const answer = await ask(served.url, { headers: bearer(text), body });
    return [answer.status, answer.json().error?.message ?? 'ok'];
  };

  it('are let in', async () => {
    expect(await status(await token())).toEqual([200, 'ok']);
    expect(
      await status(await token((payload) => Object.assign(payload, { aud: ['other', audience] }))),
    ).toEqual([200, 'ok']);
    expect(
      await status(
        await token((payload) => Object.assign(payload, { scope: undefined, scp: ['mcp:admin'] })),
      ),
    ).toEqual([200, 'ok']);
  });

  it.each([
    ['has expired', { exp: 1_000_000_000 }, 401, 'expired'],
    ['is not good yet', { nbf: 4_000_000_000 }, 401, 'nbf'],
    ['is for somebody else', { aud: 'https://other.example.com' }, 401, 'aud'],
    ['is of somebody else', { iss: 'https://evil.example.com' }, 401, 'iss'],
    ['never expires', { exp: undefined }, 401, 'exp'],
    ['is nobody’s', { sub: undefined }, 401, 'sub'],
    ['allows nothing here', { scope: 'openid' }, 403, '"mcp:run"'],
    ['allows to read only', { scope: 'mcp:read' }, 403, '"mcp:run"'],
  ])('one that %s is refused', async (_, change, expected, word) => {
    const answer = await status(await token((payload) => Object.assign(payload, change)));
    expect(answer).toEqual([expected, expect.stringContaining(word)]);
  });

  it('one that somebody else signed is refused, in whatever way', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const [known] = oauth.issuer.keys.toJSON(true);
    const claims = { sub: 'ann', scope: 'mcp:run', iss: String(oauth.issuer.url), aud: audience };
    const forge = (header: { alg: string; kid?: string }) =>
      new SignJWT(claims).setProtectedHeader(header).setExpirationTime('1h');
    const theirs = await forge({ alg: 'RS256', kid: String(known?.kid) }).sign(privateKey);
    expect(await status(theirs)).toEqual([401, expect.stringContaining('signature')]);
    expect(await status(await forge({ alg: 'RS256', kid: 'x' }).sign(privateKey))).toEqual([
      401,
      expect.stringContaining('key'),
    ]);
    // The public key taken for a shared secret, and no signature at all.
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
    expect(await status(await forge({ alg: 'HS256', kid: String(known?.kid) }).sign(secret))).toEqual([
      401,
      expect.any(String),
    ]);
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const unsigned = `${encode({ alg: 'none' })}.${encode({ ...claims, exp: 4_000_000_000 })}.`;
    expect(await status(unsigned)).toEqual([401, expect.any(String)]);
    expect(await status('no.jwt.atall')).toEqual([401, expect.any(String)]);
    expect(await status('nojwt')).toEqual([401, expect.any(String)]);
  });

  it('choose a profile by their claim', async () => {
    const headers = bearer(await token((payload) => Object.assign(payload, { mcp_profile: 'sums' })));
    const { run } = await connectHttp(served.url, { headers });
    expect(await run('return await math.add({ a: 1, b: 2 })')).toMatchObject({ result: { sum: 3 } });
    expect(await run('return await slow.cancelled({})')).toMatchObject({ status: 'type_error' });
    const unknown = bearer(await token((payload) => Object.assign(payload, { mcp_profile: 'gone' })));
    expect((await ask(served.url, { headers: unknown, body: list })).status).toBe(403);
  });

  it('clients are told where to get one', async () => {
    const answer = await ask(served.url, { body: list });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    ]);
    for (const [place, resource] of [
      ['', audience],
      ['/mcp', audience],
      ['/mcp/p/sums', `${audience}/p/sums`],
    ]) {
      const metadata = await ask(served.url, {
        method: 'GET',
        path: `/.well-known/oauth-protected-resource${place}`,
      });
      expect([metadata.status, metadata.json()]).toMatchObject([
        200,
        {
          resource,
          authorization_servers: [oauth.issuer.url],
          scopes_supported: ['mcp:read', 'mcp:run', 'mcp:admin'],
        },
      ]);
    }
  });

  it('nobody is let in while the keys cannot be read', async () => {
    const http = { oauth: { issuer: 'http://127.0.0.1:9/', audience } };
    const alone = await serveHttp(setUp({}, { http }));
    const answer = await ask(alone.url, { headers: bearer(await token()), body: list });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(alone.stderr()).toContain('nobody is let in');
  });
});
