/** What a client sees of us, pinned by literals: names, schemas, annotations, sizes; in both protocol eras. */

import path from 'node:path';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { program } from '../support/command.ts';
import { bin, fixture, root, serve, setUp } from '../support/orchestrator.ts';

const servers = { 'my-server': fixture('sdk-v1-stdio.mjs'), crashes: fixture('crashes-on-call.mjs') };

describe('our own tools', () => {
  it('are these, with these arguments', async () => {
    const { client } = await serve(setUp(servers));
    const { tools } = await client.listTools();
    expect(
      tools.map(({ name, inputSchema }) => [
        name,
        Object.keys(inputSchema.properties ?? {}),
        inputSchema.required ?? [],
      ]),
    ).toEqual([
      [
        'execute_composed_code',
        [
          ...['code', 'timeout', 'input', 'check', 'check_only'],
          ...['resume_from', 'fresh_reads', 'mode', 'apply', 'background'],
        ],
        ['code'],
      ],
      ['get_run', ['run_id', 'wait_seconds'], ['run_id']],
      ['cancel_run', ['run_id'], ['run_id']],
      ['list_available_tools', ['server', 'detail', 'cursor'], []],
      ['get_api_documentation', ['tools', 'server'], []],
      [
        'tool_search',
        ['query', 'max_results', 'use_regex', 'server', 'detail', 'read_only', 'has_output_schema'],
        ['query'],
      ],
      ['refresh_tools', [], []],
      ['list_servers', [], []],
      ['register_server', ['name', 'persist'], ['name']],
      ['remove_server', ['name', 'persist'], ['name']],
      ['discover_tools', ['server_name', 'cursor'], ['server_name']],
      ['call_remote_tool', ['tool_name', 'arguments'], ['tool_name']],
      ['call_backend', ['server', 'tool', 'params'], ['server', 'tool']],
    ]);
    for (const tool of tools) expect(tool.description).toEqual(expect.any(String));
    expect(tools[0]?.outputSchema).toMatchObject({
      type: 'object',
      required: expect.arrayContaining(['status']),
    });
    expect(tools.map(({ annotations }) => annotations?.readOnlyHint)).toEqual([
      ...[undefined, true, undefined, true, true, true, true],
      ...[true, undefined, undefined, true],
      ...[undefined, undefined],
    ]);
    expect(client.getInstructions()).toContain('execute_composed_code');
  });

  it('name the servers behind them, by their names in scripts', async () => {
    const { client } = await serve(setUp(servers));
    const { tools } = await client.listTools();
    expect(tools[0]?.description).toContain('crashes, my_server.');
  });

  it.each([30, 300])('stay under 4,500 characters with %d servers', async (count) => {
    const many = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `a-server-with-a-long-name-${index}`,
        fixture('never-answers.mjs'),
      ]),
    );
    const { client } = await serve(setUp(many, { limits: { connectionsAtOnceMax: 1 } }));
    const { tools } = await client.listTools();
    expect(JSON.stringify(tools).length).toBeLessThan(4_500);
    expect(tools[0]?.description).toMatch(/and \d+ more/);
  });

  it('are explained down to every argument of a script, where the agent is sent for it', async () => {
    const { client, call } = await serve(setUp(servers));
    const [execute] = (await client.listTools()).tools;
    expect(execute?.description).toContain('get_api_documentation');
    const { documentation } = (await call('get_api_documentation')) as { documentation: string };
    const names = Object.keys(execute?.inputSchema.properties ?? {});
    expect(names.length).toBeGreaterThan(5);
    for (const name of names.slice(1)) expect(documentation).toMatch(new RegExp(`\\b${name}:|\\b${name} `));
    expect(documentation).toContain('- my_server (1 tool, ready)');
  });

  it('are the same in the new era', async () => {
    const setup = setUp(servers);
    const old = await serve(setup, { client: { versionNegotiation: { mode: 'legacy' } } });
    const modern = await serve(setup, { client: { versionNegotiation: { mode: { pin: '2026-07-28' } } } });
    expect(old.client.getProtocolEra()).toBe('legacy');
    expect(modern.client.getProtocolEra()).toBe('modern');
    const { tools } = await old.client.listTools();
    expect(tools.flatMap(({ name, execution }) => (execution ? [[name, execution]] : []))).toEqual([
      ['execute_composed_code', { taskSupport: 'optional' }],
    ]);
    const known = tools.map(({ execution, ...tool }) => tool);
    expect((await modern.client.listTools()).tools).toEqual(known);
    for (const { run } of [old, modern]) {
      expect(await run('return await my_server.add({ a: 1, b: 2 })')).toMatchObject({ status: 'success' });
    }
  });
});

it('a name that is none of ours is told, and how tools of servers are called', async () => {
  const { client } = await serve(setUp(servers));
  const call = (name: string) => client.callTool({ name, arguments: {} });
  const unknown = (message: RegExp) => ({ code: -32_602, message: expect.stringMatching(message) });
  await expect(call('my_server__add')).rejects.toMatchObject(
    unknown(/my_server__add not found\..*execute_composed_code.*call_remote_tool/),
  );
  await expect(call('toolsearch')).rejects.toMatchObject(unknown(/Did you mean tool_search\?/));
  await expect(call('x'.repeat(10_000))).rejects.toMatchObject(unknown(/^.{0,300}$/));
});

it('a client of the v1 SDK lists and calls', async () => {
  const { configFile } = setUp(servers);
  const client = new ClientV1({ name: 'v1', version: '1.0.0' });
  onTestFinished(() => client.close());
  await client.connect(new StdioV1({ command: process.execPath, args: [bin, '--config', configFile] }));
  expect((await client.listTools()).tools).toHaveLength(13);
  const answer = await client.callTool({
    name: 'execute_composed_code',
    arguments: { code: 'return 6 * 7' },
  });
  expect(answer).toMatchObject({ structuredContent: { status: 'success', result: 42, returncode: 0 } });
  expect(answer.isError).toBe(false);
});

it('progress goes to a client that asks for it, console lines to one that takes logs', async () => {
  const { client } = await serve(setUp({ slow: fixture('slow.mjs') }), {
    client: { versionNegotiation: { mode: 'legacy' } },
  });
  // Seen on the wire: of what arrives together with the answer, the client shows nothing any more.
  const lines: unknown[] = [];
  const progress: unknown[] = [];
  const { transport } = client;
  const receive = transport?.onmessage;
  if (transport) {
    transport.onmessage = (message, extra) => {
      if ('method' in message && message.method === 'notifications/progress') progress.push(message.params);
      if ('method' in message && message.method === 'notifications/message') lines.push(message.params?.data);
      receive?.(message, extra);
    };
  }
  await client.callTool(
    {
      name: 'execute_composed_code',
      arguments: {
        code: 'console.log("one"); await slow.sleep_ms({ ms: 1 }); await slow.sleep_ms({ ms: 1 }); console.log("two")',
      },
    },
    { onprogress: () => {} },
  );
  const progressToken = expect.any(Number);
  expect(progress).toEqual([
    { progressToken, progress: 1, message: '1 call, last: slow.sleep_ms' },
    { progressToken, progress: 2, message: '2 calls, last: slow.sleep_ms' },
  ]);
  expect(lines).toEqual(['one', 'two']);
});

it('the inspector lists and calls', async () => {
  const { folder } = setUp(servers);
  const inspector = path.join(root, 'node_modules/.bin/mcp-inspector');
  const ask = (...args: string[]) =>
    program(inspector, ['--cli', process.execPath, bin, ...args], { cwd: folder });
  const listed = await ask('--method', 'tools/list');
  expect(JSON.parse(listed.stdout).tools).toHaveLength(13);
  // Here it says what some hosts would stumble over in our schemas.
  expect(listed.stderr).not.toContain('portability');
  const called = await ask(
    '--method',
    'tools/call',
    '--tool-name',
    'execute_composed_code',
    '--tool-arg',
    'code=return await my_server.add({ a: 1, b: 2 })',
  );
  expect(JSON.parse(called.stdout).structuredContent).toMatchObject({
    status: 'success',
    result: { sum: 3 },
  });
});
