/** How the HTTP front begins and ends: what it refuses to do, and what it lets come to its end. */
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { command } from '../../support/command.ts';
import { ask, callBody, connectHttp, serveHttp } from '../../support/http.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';
import { eventually, processesWith } from '../../support/processes.ts';

const slow = { slow: fixture('slow.mjs') };

it('beyond loopback it needs to know who calls', async () => {
  const { configFile } = setUp({});
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    const { code, stderr } = await command([
      'serve',
      '--transport',
      'http',
      '--host',
      host,
      '--config',
      configFile,
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`Listening on ${host} would let everybody`)]);
    expect(stderr).toContain('MCP_ORCHESTRATOR_TOKEN');
  }
  const env = { MCP_ORCHESTRATOR_TOKEN: 'environment-token-0123456789', ORCHESTRATOR_HOST: '0.0.0.0' };
  const served = await serveHttp(setUp({}), { env });
  const url = served.url.replace('0.0.0.0', '127.0.0.1');
  expect((await ask(url, { body: callBody('list_available_tools') })).status).toBe(401);
});

it('it listens on every kind of loopback', async () => {
  for (const host of ['localhost', '127.0.0.1', '::1']) {
    const served = await serveHttp(setUp({}), { args: ['--host', host] });
    expect((await ask(served.url, { body: callBody('list_available_tools') })).status).toBe(200);
  }
});

it('an address that is taken is told, and how to take another', async () => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const said = await command([
    'serve',
    '--transport',
    'http',
    '--port',
    String(port),
    '--config',
    setUp({}).configFile,
  ]);
  expect([said.code, said.stderr]).toEqual([
    1,
    expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`),
  ]);
  expect(said.stderr).toContain('--port');
});

it.each([
  ['MCP_ORCHESTRATOR_PORT', '70000', 'must be a port'],
  ['ORCHESTRATOR_PORT', 'http', 'must be a port'],
  ['MCP_ORCHESTRATOR_ALLOWED_ORIGINS', 'example.com', 'must be an address'],
  ['MCP_ORCHESTRATOR_SESSIONS', 'sometimes', 'must be one of'],
  ['ORCHESTRATOR_TRANSPORT', 'pigeon', 'must be one of'],
])('%s=%s is told', async (name, value, word) => {
  const said = await command(['serve', '--config', setUp({}).configFile], { env: { [name]: value } });
  expect([said.code, said.stderr]).toEqual([2, expect.stringContaining(word)]);
  expect(said.stderr).toContain(name);
});

it('told to end, it lets runs end, and takes no more', async () => {
  const setup = setUp(slow);
  const served = await serveHttp(setup);
  const { run } = await connectHttp(served.url);
  const running = run('await slow.sleep_ms({ ms: 1_000 }); return "done"');
  await eventually(async () => (await underWay(served.url)) === 1, 'the run is under way');
  const ended = served.end('SIGTERM');
  await expect(running).resolves.toMatchObject({ status: 'success', result: 'done' });
  expect(await ended).toBe(0);
  await expect(ask(served.url, { body: callBody('list_available_tools') })).rejects.toThrow();
  expect(processesWith(setup.folder)).toEqual([]);
});

it('but not for ever', async () => {
  const setup = setUp(slow, { limits: { httpDrainMsMax: 200 } });
  const served = await serveHttp(setup);
  const { run } = await connectHttp(served.url);
  const running = run('await slow.sleep_ms({ ms: 100_000 })');
  const failed = expect(running).rejects.toThrow();
  await eventually(async () => (await underWay(served.url)) === 1, 'the run is under way');
  expect(await served.end('SIGINT')).toBe(0);
  await failed;
  expect(processesWith(setup.folder)).toEqual([]);
});

it('streams that only listen are not waited for', async () => {
  const served = await serveHttp(setUp(slow));
  const asked = { versionNegotiation: { mode: 'legacy' }, capabilities: { elicitation: {} } } as const;
  const { transport } = await connectHttp(served.url, { client: asked });
  expect(transport.sessionId).toBeDefined();
  expect(await served.end('SIGTERM')).toBe(0);
});

it('sessions end when they are idle, or when there are too many', async () => {
  const served = await serveHttp(setUp({}, { limits: { httpSessionsMax: 2 }, http: { sessions: 'always' } }));
  const begin = async () => {
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    };
    const answer = await ask(served.url, { body: { jsonrpc: '2.0', id: 1, method: 'initialize', params } });
    return String(answer.headers['mcp-session-id']);
  };
  const use = async (session: string) => {
    const headers = { 'Mcp-Session-Id': session };
    return (await ask(served.url, { headers, body: callBody('list_available_tools') })).status;
  };
  const [first, second] = [await begin(), await begin()];
  expect([await use(second), await use(first)]).toEqual([200, 200]);
  const third = await begin();
  expect([await use(first), await use(second), await use(third)]).toEqual([200, 404, 200]);
});

/** Of requests that are not this one. */
async function underWay(url: string): Promise<number> {
  const { text } = await ask(url, { method: 'GET', path: '/metrics' });
  return Number(/^mcp_orchestrator_runs_running (\d+)$/m.exec(text)?.[1]);
}
