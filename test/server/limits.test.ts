/** Limits that no other file meets: each lowered in the configuration, and met through the program as it is served. */
import { readFileSync, utimesSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ToolSearch } from '../../src/catalog/tool-search.ts';
import { authorizationFetch } from '../../src/downstream/auth/authorization-fetch.ts';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { openStorage } from '../../src/storage/open.ts';
import { catalogue, tool } from '../codegen/support.ts';
import { policyOf, writePolicies } from '../policies/support.ts';
import { ask, callBody, serveHttp } from '../support/http.ts';
import { openConfig } from '../support/in-process.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

it('of servers, calls and runs', async () => {
  const servers = {
    slow: fixture('slow.mjs'),
    asks: fixture('asks.mjs'),
    notion: fixture('defined-tools.mjs', 'notion'),
    gone: fixture('says-much.mjs'),
  };
  const limits = {
    ...{ callsPerServerMax: 2, toolNameCharactersMax: 24, toolBytesMax: 2_048, stderrLinesMax: 1 },
    ...{ askMsMax: 1_000, runWaitSecondsMax: 0, wallSecondsDefault: 1 },
  };
  const { client, call, run } = await serve(setUp(servers, { limits, mode: 'hybrid', check: 'off' }), {
    client: { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: { form: {} } } },
  });
  client.setRequestHandler('elicitation/create', () => new Promise(() => {}));

  const many = 'await Promise.all(Array.from({ length: 8 }, () => slow.sleep_ms({ ms: 5 })))';
  const crowd = await run(`${many}; return await slow.in_flight_max({})`);
  expect(crowd.result, 'callsPerServerMax').toBe(2);

  const names = (await client.listTools()).tools.map(({ name }) => name);
  const cut = names.filter((name) => name.startsWith('slow__sleep_') && name !== 'slow__sleep_ms');
  expect(cut, 'toolNameCharactersMax').toEqual([expect.stringMatching(/^slow__sleep_.{12}$/)]);
  const [name = ''] = cut;
  expect(await client.callTool({ name, arguments: { steps: 0, ms: 0 } })).toMatchObject({
    content: [{ text: 'slept' }],
  });

  const listed = JSON.stringify(await call('list_available_tools', { server: 'notion' }));
  expect(listed, 'toolBytesMax').toMatch(/Its definition has \d+ bytes; at most 2048 are taken/);
  const gone = JSON.stringify(await call('list_available_tools', { server: 'gone' }));
  expect(gone, 'stderrLinesMax').toContain('no such database');
  expect(gone, 'stderrLinesMax').not.toContain('opening the database');

  expect(await call('call_remote_tool', { tool_name: 'asks.person' }), 'askMsMax').toContain(
    '"action":"cancel"',
  );

  const endless = 'await new Promise(() => setInterval(() => {}, 1_000))';
  const started = (await call('execute_composed_code', { code: endless, background: true })) as {
    run_id: string;
  };
  const waited = await call('get_run', { run_id: started.run_id, wait_seconds: 60 });
  expect(waited, 'runWaitSecondsMax').toMatchObject({ status: 'running' });
  expect(await run(endless), 'wallSecondsDefault').toMatchObject({ status: 'timeout' });
});

it('of a policy’s check', async () => {
  const setup = setUp({}, { limits: { policyCheckMsMax: 50 } });
  const heavy = `type N<T extends 0[] = []> = T["length"] extends 990 ? T : N<[...T, 0]>;
type M<A extends 0[], R extends 0[] = []> = A extends [0, ...infer B extends 0[]] ? M<B, [...R, ...N]> : R;`;
  writePolicies(path.join(setup.folder, 'policies'), {
    heavy: policyOf(`${heavy} const x: M<N> = [] as any; return String(x);`, []),
  });
  const { policies } = await openConfig(setup.configFile);
  const file = path.join(setup.folder, 'policies/heavy.ts');
  const { check } = await policies.examine({
    ...{ name: 'heavy', file, hash: '' },
    source: readFileSync(file, 'utf8'),
  });
  expect(check.warnings).toContainEqual({
    message: expect.stringMatching(/^its types were not checked: .*policyCheckMsMax/),
  });
});

it('of a session without requests', async () => {
  const served = await serveHttp(
    setUp({}, { limits: { httpSessionIdleMs: 1_000 }, http: { sessions: 'always' } }),
  );
  const begin = async () => {
    const clientInfo = { name: 'raw', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const answer = await ask(served.url, { body: { jsonrpc: '2.0', id: 1, method: 'initialize', params } });
    return { 'Mcp-Session-Id': String(answer.headers['mcp-session-id']) };
  };
  const idle = await begin();
  const begun = performance.now();
  const status = async (headers: Record<string, string>) =>
    (await ask(served.url, { headers, body: callBody('list_available_tools') })).status;
  expect(await status(idle)).toBe(200);
  const ended = async () => {
    const { text } = await ask(served.url, { method: 'GET', path: '/metrics' });
    return Number(/^mcp_orchestrator_http_sessions (\d+)$/m.exec(text)?.[1]);
  };
  await expect.poll(ended, { timeout: 15_000, interval: 50 }).toBe(0);
  expect(performance.now() - begun).toBeGreaterThan(1_000);
  expect(await status(idle)).toBe(404);
});

it('of an authorization server’s answer', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const fetch = authorizationFetch({ ...defaultLimits(), authRequestMsMax: 100 });
  await expect(fetch(`http://127.0.0.1:${port}/token`, { method: 'POST' })).rejects.toThrow();
});

it('of a pattern’s matching', async () => {
  const description = 'a'.repeat(3_900);
  const tools = Array.from({ length: 300 }, (_, index) => tool(`t${index}`, {}, { description }));
  const servers = catalogue([{ name: 'evil', tools }]);
  const catalog = { servers: () => servers, server: () => undefined };
  const search = new ToolSearch({
    inventory: catalog,
    limits: { ...defaultLimits(), searchPatternMsMax: 10 },
  });
  const request = { query: '(a+)+(a|aa)*(x+x+)+y$', resultsMax: 3, isRegex: true };
  await expect(search.find(catalog, request)).rejects.toMatchObject({
    code: 'limit_exceeded',
    message: 'Matching the pattern takes more than 10 ms (searchPatternMsMax).',
  });
});

it('of the age of definitions in the cache', async () => {
  const setup = setUp({ plain: fixture('plain-tools.mjs') }, { limits: { toolCacheMsMax: 60_000 } });
  const first = await openConfig(setup.configFile);
  await first.catalog.refreshAll();
  await first.close();
  const toolsAtStart = async () => {
    const next = await openConfig(setup.configFile);
    const [server] = next.catalog.servers();
    await next.close();
    return server?.tools.length;
  };
  expect(await toolsAtStart(), 'a second old').toBe(3);
  const folder = path.join(setup.folder, 'cache/introspection');
  const old = new Date(Date.now() - 61_000);
  for (const file of await readdir(folder)) utimesSync(path.join(folder, file), old, old);
  expect(await toolsAtStart(), 'a minute old').toBe(0);
});

it.skipIf(!hasRedis)('of what stands in for the storage while it is away', async () => {
  const redis = await startRedis();
  const storage = async (storageMirrorBytesMax: number) =>
    openStorage(
      { driver: 'redis', folder: undefined, redisUrl: redis.url, redisPrefix: 'test:' },
      { limits: { ...defaultLimits(), storageMsMax: 300, storageMirrorBytesMax }, log: silentLog },
    );
  const [small, large] = [await storage(100), await storage(10_000)];
  await small.set('a', 'x'.repeat(100));
  expect(await large.get('a')).toBe('x'.repeat(100));
  await redis.stop();
  await expect.poll(() => small.health().ok || large.health().ok).toBe(false);
  expect(await large.get('a')).toBe('x'.repeat(100));
  expect(await small.get('a')).toBeUndefined();
  // What waits to be written is kept, however large.
  await small.set('b', 'y'.repeat(100));
  expect(await small.get('b')).toBe('y'.repeat(100));
  await Promise.all([small.close(), large.close()]);
});
