// Servers that the client which started us calls in our stead, against a real peer of its protocol.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { failureOf, servers as fixtures, http, open } from './support.ts';

let url = '';
let child: ReturnType<typeof spawn>;

async function startPeer(): Promise<{ url: string; child: ReturnType<typeof spawn> }> {
  const running = {
    mine: fixture('sdk-v1-stdio.mjs'),
    'counts-it': fixture('counts-writes.mjs'),
    slow: fixture('slow.mjs'),
  };
  const peer = spawn(process.execPath, [`${fixtures}/client-peer.mjs`, JSON.stringify(running)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: peer.stdout }))
    return { url: JSON.parse(line).url, child: peer };
  throw new Error('the peer ended before it announced itself');
}

async function end(peer: ReturnType<typeof spawn>): Promise<void> {
  if (peer.exitCode !== null) return;
  const exited = new Promise((resolve) => peer.once('exit', resolve));
  peer.stdin?.end();
  await exited;
}

beforeAll(async () => {
  ({ url, child } = await startPeer());
});
afterAll(() => end(child));

const seen = async (at = url) => (await (await fetch(`${at}/seen`)).json()) as unknown[];
const once = { repeatable: false };
const viaClient = (name: string, at = url) => open(http(at, { name, transport: 'client' }));

describe('a server of the client', () => {
  it('gives its tools and is called by them', async () => {
    const connection = viaClient('mine');
    const { tools } = await connection.listTools();
    expect(tools).toContainEqual(
      expect.objectContaining({ name: 'add', inputSchema: expect.objectContaining({ type: 'object' }) }),
    );
    const answer = await connection.callTool('add', { a: 1, b: 2 }, once);
    // It gives what it would show: the text, not the structured content.
    expect(answer).toEqual({ content: [{ type: 'text', text: '3' }] });
    expect(await seen()).toContainEqual({ server: 'mine', tool: 'add', arguments: { a: 1, b: 2 } });
  });

  it('fails with the reason that the client gives', async () => {
    const connection = viaClient('mine');
    expect(await connection.callTool('forbidden', {}, once)).toEqual({
      content: [{ type: 'text', text: 'Tool "mine__forbidden" is disabled' }],
      isError: true,
    });
    expect(await connection.callTool('nothing', {}, once)).toMatchObject({ isError: true });
    expect(await failureOf(viaClient('nobody').listTools())).toMatchObject({
      message: expect.stringContaining('has no server "nobody" connected; it has mine, counts-it, slow'),
    });
    expect(await failureOf(viaClient('mine', `${url}/nonsense`).listTools())).toMatchObject({
      message: expect.stringContaining('/list_tools answered with <html>'),
    });
  });

  it('is not there where nobody listens, nor once the client has gone', async () => {
    expect(await failureOf(viaClient('mine', 'http://127.0.0.1:9/').listTools())).toMatchObject({
      code: 'server_unavailable',
      message: expect.stringContaining('the client that started us does not answer'),
    });
    const peer = await startPeer();
    const connection = viaClient('mine', peer.url);
    await connection.listTools();
    await end(peer.child);
    expect(await failureOf(connection.callTool('add', { a: 1, b: 2 }, once))).toMatchObject({
      code: 'server_unavailable',
      retrySafe: 'yes',
    });
  });

  it('is waited for no longer than any other, and let go when the call is cancelled', async () => {
    const config = http(url, { name: 'slow', transport: 'client', callMsMax: 200 });
    expect(await failureOf(open(config).callTool('sleep_ms', { ms: 60_000 }, once))).toMatchObject({
      code: 'call_timeout',
    });
    const stop = new AbortController();
    const call = viaClient('slow').callTool('sleep_ms', { ms: 60_000 }, { ...once, signal: stop.signal });
    setImmediate(() => stop.abort());
    expect(await failureOf(call)).toMatchObject({ code: 'call_aborted' });
  });
});

describe('an entry that says via client', () => {
  const entries = {
    mine: { ...fixture('exits-at-once.mjs'), via: 'client' },
    'counts-it': { via: 'client' },
  };

  it('is called through the client where there is one, from scripts and single calls', async () => {
    const { configFile } = setUp(entries);
    const env = { MCP_CLIENT_IPC_URL: url };
    const run = await command(['run', '-', '--json', '--config', configFile], {
      env,
      stdin: 'const sum = (await mine.add({ a: 2, b: 3 })) as number; return sum * 2;',
    });
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'success', result: 10 });
    const call = await command(['call', 'mine__add', '{"a": 4, "b": 4}', '--config', configFile], { env });
    expect(call.stdout).toBe('8\n');
  });

  it('is started as usual where there is none, and says what it needs where it cannot be', async () => {
    const { configFile } = setUp({ ...entries, own: { ...fixture('sdk-v1-stdio.mjs'), via: 'client' } });
    const env = { MCP_CLIENT_IPC_URL: '' };
    const call = await command(['call', 'own__add', '{"a": 4, "b": 4}', '--config', configFile], { env });
    expect(JSON.parse(call.stdout)).toEqual({ sum: 8 });
    const list = await command(['list', '--config', configFile], { env });
    expect(list.stdout).toContain('needs the environment variable MCP_CLIENT_IPC_URL');
    const wrong = await command(['list', '--config', configFile], { env: { MCP_CLIENT_IPC_URL: 'nowhere' } });
    expect(wrong.stdout).toContain('which must be an address that starts with http:// or https://');
  });

  it('ends the whole run when the user cancels in the client', async () => {
    const peer = await startPeer();
    try {
      const { configFile } = setUp(entries);
      await fetch(`${peer.url}/abort`);
      const run = await command(['run', '-', '--json', '--config', configFile], {
        env: { MCP_CLIENT_IPC_URL: peer.url },
        stdin:
          'for (let n = 0; n < 5; n += 1) { try { await mine.add({ a: n, b: 1 }); } catch (error) { console.log("caught"); } }\nreturn "on";',
      });
      const result = JSON.parse(run.stdout);
      expect(result).toMatchObject({
        status: 'aborted',
        error: {
          kind: 'client_aborted',
          message: expect.stringContaining('[ABORTED] User cancelled operation'),
        },
      });
      expect(result.calls).toHaveLength(1);
      expect(run.code).toBe(130);
      expect(await seen(peer.url)).toEqual([]);
    } finally {
      await end(peer.child);
    }
  });
});
