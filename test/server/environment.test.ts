/** Settings by environment variables alone, as a container or a client's configuration gives them: what each does to a served orchestrator. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { policyOf, writePolicies } from '../policies/support.ts';
import { startEndpoint } from '../support/embeddings.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ask, callBody, connectHttp, serveHttp } from '../support/http.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';
import { descendantsOf } from '../support/processes.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const servers = {
  plain: fixture('plain-tools.mjs'),
  tracker: fixture('untyped-results.mjs'),
  secret: fixture('who.mjs'),
};

it('of one client over stdio', async () => {
  const profiles = { most: { excludeTools: ['secret.*'] } };
  const setup = setUp(servers, { profiles });
  const elsewhere = temporaryFolder();
  writePolicies(path.join(elsewhere, 'policies'), { hello: policyOf('return input.text;', []) });
  const served = await serve(setup, {
    env: {
      SERVER_CONFIG_PATH: setup.configFile,
      MCP_ORCHESTRATOR_GENERATED: path.join(elsewhere, 'api.ts'),
      MCP_ORCHESTRATOR_CACHE: path.join(elsewhere, 'cache'),
      MCP_ORCHESTRATOR_CHECK: 'off',
      MCP_ORCHESTRATOR_MODE: 'hybrid',
      MCP_ORCHESTRATOR_LEARN_TYPES: 'no',
      MCP_ORCHESTRATOR_PROFILE: 'most',
      MCP_ORCHESTRATOR_POLICIES: path.join(elsewhere, 'policies'),
      MCP_ORCHESTRATOR_ALLOW_SAVE: 'yes',
      MCP_ORCHESTRATOR_SANDBOX_ISOLATION: 'in-process',
      MCP_ORCHESTRATOR_ALLOW_RUNTIME_REGISTRATION: 'off',
      MCP_ORCHESTRATOR_PINS: 'off',
      STORAGE_BACKEND: 'file',
      MCP_ORCHESTRATOR_STORAGE_FOLDER: path.join(elsewhere, 'state'),
      ORCHESTRATOR_LOG_LEVEL: 'DEBUG',
      MCP_ORCHESTRATOR_CALLS_MAX: '2',
    },
  });
  const { client, run, call, pid, stderr } = served;
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names, 'MODE').toEqual(expect.arrayContaining(['plain__add', 'tool_search']));
  expect(names, 'PROFILE').not.toContain('secret__who');
  expect(names, 'ALLOW_RUNTIME_REGISTRATION').not.toContain('register_server');
  expect(names, 'ALLOW_SAVE').toContain('save_policy');
  expect(await call('list_policies'), 'POLICIES').toMatchObject({ policies: [{ name: 'hello' }] });
  expect(await run('const n: number = "x"; return n'), 'CHECK').toMatchObject({ result: 'x' });
  expect(
    descendantsOf(pid)
      .map((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8'))
      .join('\n'),
    'SANDBOX_ISOLATION',
  ).not.toContain('sandbox');
  const issue = 'return await tracker.issue({ number: 1 })';
  expect(await run(issue), 'SERVER_CONFIG_PATH').toMatchObject({ status: 'success' });
  expect(await call('get_api_documentation', { tools: ['tracker.issue'] }), 'LEARN_TYPES').not.toMatchObject({
    documentation: expect.stringContaining('observed'),
  });
  expect(await run('for (;;) await plain.add({ a: 1, b: 2 })'), 'CALLS_MAX').toMatchObject({
    status: 'limit',
    error: { message: expect.stringContaining('callsMax') },
  });
  expect(stderr(), 'LOG_LEVEL').toContain('"level":20');
  const state = () => (existsSync(`${elsewhere}/state`) ? readdirSync(`${elsewhere}/state`).join() : '');
  await expect.poll(state, { message: 'STORAGE_BACKEND, STORAGE_FOLDER' }).toContain('runs=');
  await expect.poll(() => existsSync(`${elsewhere}/api.ts`), { timeout: 15_000 }).toBe(true);
  expect(readdirSync(`${elsewhere}/cache`), 'CACHE').not.toEqual([]);
  expect(existsSync(path.join(setup.folder, 'mcp-tools.lock.json')), 'PINS').toBe(false);
  expect(existsSync(path.join(setup.folder, 'cache')), 'CACHE').toBe(false);
});

it.skipIf(!hasRedis)('of many over HTTP', async () => {
  const redis = await startRedis();
  const embeddings = await startEndpoint();
  const token = 'environment-token-0123456789';
  const operator = { name: 'operator', token: 'operator-token-0123456789', scopes: ['admin'] };
  const setup = setUp({ plain: servers.plain }, { http: { tokens: [operator] } });
  const served = await serveHttp(setup, {
    // Both are given by the variables here.
    asGiven: true,
    env: {
      MCP_ORCHESTRATOR_CONFIG: setup.configFile,
      ORCHESTRATOR_TRANSPORT: 'http',
      ORCHESTRATOR_HOST: '127.0.0.1',
      ORCHESTRATOR_PORT: '0',
      MCP_ORCHESTRATOR_TOKEN: token,
      MCP_ORCHESTRATOR_ALLOWED_HOSTS: 'tools.example.com',
      MCP_ORCHESTRATOR_ALLOWED_ORIGINS: 'https://page.example.com',
      MCP_ORCHESTRATOR_SESSIONS: 'always',
      MCP_ORCHESTRATOR_STORAGE: 'redis',
      REDIS_URL: redis.url,
      MCP_ORCHESTRATOR_REDIS_PREFIX: 'of-this-test:',
      MCP_ORCHESTRATOR_ALLOW_RUNTIME_REGISTRATION: 'on',
      MCP_ORCHESTRATOR_ALLOWED_COMMANDS: [servers.secret.command, ...servers.secret.args].join(' '),
      MCP_ORCHESTRATOR_ALLOWED_VARIABLES: 'TOKEN,GIVEN_*',
      GIVEN_TOKEN: 'given',
      MCP_ORCHESTRATOR_EMBEDDINGS_URL: embeddings.url,
      MCP_ORCHESTRATOR_EMBEDDINGS_MODEL: 'small',
      MCP_ORCHESTRATOR_EMBEDDINGS_KEY_ENV: 'GIVEN_KEY',
      GIVEN_KEY: 'sk-given',
    },
  });
  const authorization = { Authorization: `Bearer ${token}` };
  // What the variable's token may not do.
  const admin = { Authorization: `Bearer ${operator.token}` };
  const body = callBody('list_servers');
  const status = async (headers: Record<string, string>) => (await ask(served.url, { headers, body })).status;
  expect(await status({}), 'TOKEN').toBe(401);
  expect(await status({ ...authorization, Host: 'tools.example.com' }), 'ALLOWED_HOSTS').not.toBe(403);
  expect(await status({ ...authorization, Host: 'other.example.com' }), 'ALLOWED_HOSTS').toBe(403);
  expect(await status({ ...authorization, Origin: 'https://page.example.com' }), 'ORIGINS').not.toBe(403);
  expect(await status({ ...authorization, Origin: 'https://other.example.com' }), 'ORIGINS').toBe(403);

  const legacy = { versionNegotiation: { mode: 'legacy' } } as const;
  const one = await connectHttp(served.url, { headers: admin, client: legacy });
  expect(one.transport.sessionId, 'SESSIONS').toEqual(expect.any(String));
  const call = async (name: string, args: Record<string, unknown>) =>
    (await one.client.callTool({ name, arguments: args })).structuredContent;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
  const entry = { ...servers.secret, env: { TOKEN: '${GIVEN_TOKEN}' } };
  expect(await call('register_server', { name: 'who', ...entry })).toMatchObject({ status: 'ready' });
  expect((await one.run('return (await who.who({})).token')).result, 'ALLOWED_VARIABLES').toBe('given');
  const refused = await one.client.callTool({
    name: 'register_server',
    arguments: { name: 'other', ...servers.plain },
  });
  expect(JSON.stringify(refused.content), 'ALLOWED_COMMANDS').toContain('not among');
  expect(await call('tool_search', { query: 'feline' })).toMatchObject({ success: true });
  expect(embeddings.asked[0], 'EMBEDDINGS').toMatchObject({
    authorization: 'Bearer sk-given',
    model: 'small',
  });
  const look = new Redis(redis.url);
  onTestFinished(() => look.disconnect());
  expect(await look.keys('*'), 'REDIS_URL, REDIS_PREFIX').toContainEqual(
    expect.stringMatching(/^of-this-test:.*who/),
  );
});

it('the file that the seed gateway names is looked for where it says, in its own shape', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'server_config.json');
  const list = [{ name: 'seed-server', transport: 'stdio', url: 'unused', ...servers.secret }];
  writeFileSync(file, JSON.stringify({ servers: list, orchestrator: { cache: false, generated: false } }));
  const env = { SERVER_CONFIG_PATH: file, MCP_ORCHESTRATOR_DEFAULT_CONNECTION_MODE: 'stateless' };
  const { run } = await serve({ folder, configFile: file }, { env });
  const pid = async () => (await run('return (await seed_server.who({})).pid')).result;
  const first = await pid();
  expect(first).toEqual(expect.any(Number));
  expect(await pid(), 'a process for each run').not.toBe(first);
});
