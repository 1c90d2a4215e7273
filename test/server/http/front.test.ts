/** The HTTP front as clients of both eras meet it, and what it answers to what is no good request. */
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { endsLast } from '../../support/ends-last.ts';
import { ask, callBody, connectHttp, type HttpServed, serveHttp } from '../../support/http.ts';
import { fixture, setUp } from '../../support/orchestrator.ts';
import { eventually } from '../../support/processes.ts';

const servers = { math: fixture('sdk-v1-stdio.mjs'), slow: fixture('slow.mjs') };
const onEnd = endsLast();
let served: HttpServed;

beforeAll(async () => {
  const http = { allowedOrigins: ['https://app.example.com'], allowedHosts: ['mcp.example.com'] };
  const limits = { httpBodyBytesMax: 20_000 };
  const profiles = { calm: { servers: ['slow'] } };
  served = await serveHttp(setUp(servers, { http, limits, profiles }, onEnd), { onEnd });
});

const legacy = { versionNegotiation: { mode: 'legacy' } } as const;
const asked = { ...legacy, capabilities: { elicitation: {} } } as const;
const initialize = (capabilities: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'raw', version: '1' } },
});

describe('a client', () => {
  it('of the new era is served without a session', async () => {
    const { client, transport, run } = await connectHttp(served.url);
    expect(client.getProtocolEra()).toBe('modern');
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('execute_composed_code');
    expect(await run('return await math.add({ a: 1, b: 2 })')).toMatchObject({
      status: 'success',
      result: { sum: 3 },
    });
    expect(transport.sessionId).toBeUndefined();
  });

  it('of the old era gets a session only where it can be asked back', async () => {
    const plain = await connectHttp(served.url, { client: legacy });
    const askable = await connectHttp(served.url, { client: asked });
    expect(plain.transport.sessionId).toBeUndefined();
    expect(askable.transport.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    for (const { run } of [plain, askable]) {
      expect(await run('return 6 * 7')).toMatchObject({ status: 'success', result: 42 });
    }
    const session = askable.transport.sessionId ?? '';
    await askable.transport.terminateSession();
    const after = await ask(served.url, {
      headers: { 'Mcp-Session-Id': session },
      body: callBody('refresh_tools'),
    });
    expect([after.status, after.json().error.code]).toEqual([404, -32_001]);
  });

  it('of the v1 SDK lists and calls', async () => {
    const client = new ClientV1({ name: 'v1', version: '1.0.0' });
    onTestFinished(() => client.close());
    // Its types do not take their own transport under exactOptionalPropertyTypes.
    await client.connect(new HttpV1(new URL(served.url)) as never);
    const answer = await client.callTool({ name: 'execute_composed_code', arguments: { code: 'return 1' } });
    expect(answer).toMatchObject({ structuredContent: { status: 'success', result: 1 } });
  });

  it('is told of progress on the way', async () => {
    for (const client of [{}, legacy, asked]) {
      const { client: connected } = await connectHttp(served.url, { client });
      const progress: number[] = [];
      const code = 'await slow.sleep_ms({ ms: 1 }); await slow.sleep_ms({ ms: 1 })';
      await connected.callTool(
        { name: 'execute_composed_code', arguments: { code } },
        { onprogress: (update) => void progress.push(update.progress) },
      );
      expect(progress).toEqual([1, 2]);
    }
  });

  it('sees what its profile leaves, by the address', async () => {
    const { client, run } = await connectHttp(`${served.url}/p/calm`);
    const [tool] = (await client.listTools()).tools;
    expect(tool?.description).toContain('slow.');
    expect(tool?.description).not.toContain('math');
    expect(await run('return await math.add({ a: 1, b: 2 })')).toMatchObject({ status: 'type_error' });
    const unknown = await ask(`${served.url}/p/clam`, { body: callBody('refresh_tools') });
    expect([unknown.status, unknown.json().error.message]).toEqual([404, expect.stringContaining('"clam"')]);
  });
});

describe('a client that goes away', () => {
  const cancelledCalls = async () => {
    const { run } = await connectHttp(served.url);
    return ((await run('return await slow.cancelled({})')).result as unknown[]).length;
  };
  it.each([
    ['without a session', {}],
    [
      'in the new era',
      {
        'MCP-Protocol-Version': '2026-07-28',
        'Mcp-Method': 'tools/call',
        'Mcp-Name': 'execute_composed_code',
      },
    ],
    ['within its session', { 'Mcp-Session-Id': '' }],
  ])('%s ends its run', async (_, headers: Record<string, string>) => {
    const before = await cancelledCalls();
    const body = callBody('execute_composed_code', { code: 'await slow.sleep_ms({ ms: 100_000 })' }) as {
      params: Record<string, unknown>;
    };
    if ('Mcp-Method' in headers) {
      body.params._meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      };
    }
    if ('Mcp-Session-Id' in headers) {
      const begun = await ask(served.url, { body: initialize({ elicitation: {} }) });
      headers['Mcp-Session-Id'] = String(begun.headers['mcp-session-id']);
    }
    const stop = new AbortController();
    const gone = ask(served.url, { headers, body, signal: stop.signal });
    await eventually(async () => (await metric('runs_running')) === 1, 'the run is under way');
    stop.abort();
    await expect(gone).rejects.toThrow();
    await eventually(async () => (await cancelledCalls()) === before + 1, 'its call is cancelled');
    await eventually(async () => (await metric('http_requests')) === 0, 'nothing is left of it');
  });
});

const metric = async (name: string) => {
  const { text } = await ask(served.url, { method: 'GET', path: '/metrics' });
  return Number(new RegExp(`^mcp_orchestrator_${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

describe('what is no good request', () => {
  it('a body that is too large is not read to its end', async () => {
    const answer = await ask(served.url, {
      headers: { 'Transfer-Encoding': 'chunked' },
      body: 'x'.repeat(50_000),
    });
    expect([answer.status, answer.headers.connection]).toEqual([413, 'close']);
  });

  it('JSON that is nested without end harms nobody', async () => {
    const answer = await ask(served.url, { body: `${'['.repeat(9_000)}${']'.repeat(9_000)}` });
    expect(answer.status).toBe(400);
    expect((await ask(served.url, { method: 'GET', path: '/healthz' })).status).toBe(200);
  });
});

describe('a page in a browser', () => {
  it('of an allowed origin may ask and read', async () => {
    const headers = {
      Origin: 'https://app.example.com',
      'Access-Control-Request-Headers': 'content-type, mcp-method',
    };
    const before = await ask(served.url, { method: 'OPTIONS', headers });
    expect([before.status, before.headers]).toMatchObject([
      204,
      {
        'access-control-allow-origin': 'https://app.example.com',
        'access-control-allow-methods': expect.stringContaining('POST'),
        'access-control-allow-headers': 'content-type, mcp-method',
        vary: 'Origin',
      },
    ]);
    const answer = await ask(served.url, {
      headers: { Origin: headers.Origin },
      body: callBody('list_available_tools'),
    });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': headers.Origin,
      'access-control-expose-headers': expect.stringContaining('Mcp-Session-Id'),
    });
    expect(answer.json().result.isError).not.toBe(true);
  });

  it('of any other origin may not', async () => {
    const answer = await ask(served.url, {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example.com' },
    });
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('those that watch over us', () => {
  it('are answered whatever they call us, and see no more than they need', async () => {
    const headers = { Host: '10.1.2.3:8080' };
    const health = await ask(served.url, { method: 'GET', path: '/healthz', headers });
    expect([health.status, health.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await ask(served.url, { method: 'GET', path: '/readyz', headers });
    expect([ready.status, ready.json()]).toEqual([200, { status: 'ready', storage: 'ok', sandbox: 'ok' }]);
    expect((await ask(served.url, { method: 'GET', path: '/metrics', headers })).status).toBe(403);
  });

  it('read how many runs and calls there were, and how they ended', async () => {
    const { run } = await connectHttp(served.url);
    const read = async () => {
      const { text, headers } = await ask(served.url, { method: 'GET', path: '/metrics' });
      expect(headers['content-type']).toContain('text/plain');
      return (line: string) =>
        Number(
          text
            .split('\n')
            .find((one) => one.startsWith(`${line} `))
            ?.split(' ')[1] ?? 0,
        );
    };
    const before = await read();
    await run('return await math.add({ a: 1, b: 2 })');
    await run('throw new Error("no")');
    const after = await read();
    const grown = (line: string) => after(line) - before(line);
    expect(grown('mcp_orchestrator_runs_total{status="success"}')).toBe(1);
    expect(grown('mcp_orchestrator_runs_total{status="error"}')).toBe(1);
    expect(grown('mcp_orchestrator_run_seconds_count')).toBe(2);
    expect(grown('mcp_orchestrator_calls_total{server="math",outcome="ok"}')).toBe(1);
    expect(grown('mcp_orchestrator_call_seconds_count{server="math"}')).toBe(1);
    expect(after('mcp_orchestrator_servers_connected')).toBe(2);
    expect(after('mcp_orchestrator_sandboxes')).toBeGreaterThan(0);
    expect(after('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });
});
