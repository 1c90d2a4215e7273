/** Long calls as tasks: of 2025-11-25 by the v1 SDK's client, of the extension of 2026-07-28 by the official package's. */
import type { Client } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient } from '@modelcontextprotocol/ext-tasks/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunResult } from '../../src/execution/run-result.ts';
import { serveHttp } from '../support/http.ts';
import { newLedger } from '../support/ledger.ts';
import { bin, fixture, type Setup, serve, setUp } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';

const decision = 'this call';
const forever = 'await new Promise(() => setInterval(() => {}, 1_000));';
/** Goes on for longer than a call that is answered at once, and then has something to ask. */
const asks = `await slow.sleep_ms({ ms: 600 });
await ledger.remove({ entry: 1 });
return "done";`;

function setUpWithLedger(orchestrator: object = {}) {
  const ledger = newLedger();
  const servers = { ...ledger.servers, slow: fixture('slow.mjs') };
  return { ledger, setup: setUp(servers, { check: 'off', ...orchestrator }) };
}

describe('2025-11-25', () => {
  async function connect({ configFile }: Pick<Setup, 'configFile'>, url?: string) {
    const client = new ClientV1({ name: 'v1', version: '1.0.0' }, { capabilities: { elicitation: {} } });
    const asked: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(String(params._meta?.['io.modelcontextprotocol/related-task']?.taskId));
      return { action: 'accept', content: { decision } };
    });
    onTestFinished(() => client.close());
    const stdio = { command: process.execPath, args: [bin, '--config', configFile] };
    await client.connect(url === undefined ? new StdioV1(stdio) : new HttpV1(new URL(url)));
    return { client, asked, tasks: client.experimental.tasks };
  }

  const script = (code: string) => ({ name: 'execute_composed_code', arguments: { code } });

  it('are at most tasksMax, and kept for taskMsMax at most', async () => {
    const { setup } = setUpWithLedger({ limits: { tasksMax: 1, taskMsMax: 30_000 } });
    const { client, tasks } = await connect(setup);
    await client.listTools();
    const begin = () =>
      tasks.callToolStream(script(forever), CallToolResultSchema, { task: { ttl: 600_000 } }).next();
    const { value: first } = await begin();
    if (first?.type !== 'taskCreated') throw new Error(JSON.stringify(first));
    expect(first.task.ttl).toBe(30_000);
    expect((await begin()).value).toMatchObject({
      type: 'error',
      error: { message: expect.stringContaining('There are 1 tasks already (tasksMax).') },
    });
    await tasks.cancelTask(first.task.taskId);
    expect((await begin()).value).toMatchObject({ type: 'taskCreated' });
  });

  it.each(['stdio', 'http'])(
    'a script as a task over %s: its question, its states, its result',
    async (by) => {
      const { ledger, setup } = setUpWithLedger();
      const served = by === 'http' ? await serveHttp(setup) : undefined;
      const { client, asked, tasks } = await connect(setup, served?.url);
      const { tools } = await client.listTools();
      expect(tools.filter(({ execution }) => execution).map(({ name }) => name)).toEqual([
        'execute_composed_code',
      ]);
      let id = '';
      const seen: string[] = [];
      for await (const message of tasks.callToolStream(script(asks), CallToolResultSchema, {
        task: { ttl: 60_000 },
      })) {
        if (message.type === 'taskCreated') id = message.task.taskId;
        if (message.type === 'taskStatus') seen.push(message.task.status);
        if (message.type === 'error') throw message.error;
        if (message.type !== 'result') continue;
        expect(message.result).toMatchObject({
          structuredContent: { status: 'success', result: 'done' },
          _meta: { 'io.modelcontextprotocol/related-task': { taskId: id } },
        });
      }
      expect(seen[0]).toBe('working');
      expect(asked).toEqual([id]);
      expect(ledger.lines()).toEqual(['remove 1']);
      expect(await tasks.getTask(id)).toMatchObject({ taskId: id, status: 'completed', ttl: 60_000 });
      expect((await tasks.listTasks()).tasks.map(({ taskId }) => taskId)).toEqual([id]);
      await expect(tasks.cancelTask(id)).rejects.toMatchObject({ code: -32_602 });
      await expect(tasks.getTask('nonsense')).rejects.toMatchObject({ code: -32_602 });
    },
  );

  it('a task is cancelled: onStop is carried out; what is no long call cannot be one', async () => {
    const { ledger, setup } = setUpWithLedger();
    const { client, tasks } = await connect(setup);
    const code = `await onStop([{ tool: "ledger.append", args: { entry: "safe" } }]);
await ledger.append({ entry: "work" });
${forever}`;
    let state = '';
    for await (const message of tasks.callToolStream(script(code), CallToolResultSchema, { task: {} })) {
      if (message.type === 'taskStatus') state = message.task.status;
      if (message.type !== 'taskCreated') continue;
      await eventually(() => ledger.lines().length === 1, 'it works');
      expect(await tasks.cancelTask(message.task.taskId)).toMatchObject({ status: 'cancelled' });
    }
    expect(state).toBe('cancelled');
    await eventually(() => ledger.count('append "safe"') === 1, 'onStop was carried out');
    const failed = client.request(
      { method: 'tools/call', params: { name: 'list_servers', task: {} } },
      CallToolResultSchema,
    );
    await expect(failed).rejects.toMatchObject({ code: -32_601 });
  });

  it('a script that fails is a task that failed, with its result', async () => {
    const { setup } = setUpWithLedger();
    const { client } = await connect(setup);
    const created = await client.request(
      { method: 'tools/call', params: { ...script('throw new Error("no")'), task: {} } },
      CallToolResultSchema.loose().partial() as never,
    );
    const { taskId } = (created as { task: { taskId: string } }).task;
    const result = await client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema);
    expect(result).toMatchObject({ isError: true, structuredContent: { status: 'error' } });
    expect(await client.experimental.tasks.getTask(taskId)).toMatchObject({ status: 'failed' });
  });
});

describe('2026-07-28', () => {
  const modern = '2026-07-28';

  /** The SDK's client does not send these by itself: they go by its transport, past it. */
  function rawDispatch(client: Client) {
    const { transport } = client;
    if (!transport) throw new Error('The client is not connected.');
    const receive = transport.onmessage;
    const open = new Map<string, (message: { result?: unknown; error?: unknown }) => void>();
    transport.onmessage = (message, extra) => {
      const settle = 'id' in message ? open.get(String(message.id)) : undefined;
      if (settle) settle(message as { result?: unknown });
      else receive?.(message, extra);
    };
    let count = 0;
    return async (request: unknown) => {
      const id = `raw-${++count}`;
      const answered = new Promise<{ result?: unknown; error?: unknown }>((resolve) => open.set(id, resolve));
      await transport.send({ jsonrpc: '2.0', id, ...(request as { method: string }) });
      const { result, error } = await answered;
      return error ? { kind: 'error', error } : { kind: 'result', result };
    };
  }

  const framing = {
    protocolVersion: modern,
    clientInfo: { name: 'test', version: '1.0.0' },
    clientCapabilities: { elicitation: { form: {} } },
  };

  async function connect(setup: Setup) {
    const { client } = await serve(setup, { client: { versionNegotiation: { mode: { pin: modern } } } });
    const dispatch = rawDispatch(client);
    const asked: unknown[] = [];
    const session = createTaskSessionFromClient(client, {
      endpointId: 'test',
      rawDispatch: dispatch as never,
      v2RequestFraming: framing,
      onInputRequest: (async (
        _request: unknown,
        { scope, delivery }: { scope: string; delivery: string },
      ) => {
        asked.push([scope, delivery]);
        return { action: 'accept', content: { decision } };
      }) as never,
    });
    onTestFinished(() => session.close());
    const run = (code: string) => session.callTool('execute_composed_code', { code });
    return { client, run, asked, dispatch };
  }

  it('what takes long becomes a task, asks by it, and gives its result; what does not is answered', async () => {
    const { ledger, setup } = setUpWithLedger({ limits: { taskAfterMs: 200 } });
    const { client, run, asked } = await connect(setup);
    expect(client.getServerCapabilities()).toMatchObject({
      extensions: { 'io.modelcontextprotocol/tasks': {} },
    });
    expect(client.getServerCapabilities()).not.toHaveProperty('tasks');
    const execution = await run(asks);
    expect(execution.kind).toBe('task');
    const { outcome } = await execution.settle();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { structuredContent: { status: 'success', result: 'done' } },
    });
    expect(asked).toEqual([['task', 'task-update']]);
    expect(ledger.lines()).toEqual(['remove 1']);
    const quick = await run('return 1');
    expect(quick.kind).toBe('immediate');
    expect((await quick.settle()).outcome).toMatchObject({ result: { structuredContent: { result: 1 } } });
  });

  it('a task is cancelled; who does not know tasks gets none', async () => {
    const { ledger, setup } = setUpWithLedger({ limits: { taskAfterMs: 100 } });
    const { client, run, dispatch } = await connect(setup);
    const execution = await run(`await ledger.append({ entry: 1 }); ${forever}`);
    await eventually(() => ledger.lines().length === 1, 'it works');
    await execution.cancel();
    expect((await execution.settle()).outcome).toMatchObject({ status: 'cancelled' });

    const { structuredContent } = await client.callTool({
      name: 'execute_composed_code',
      arguments: { code: 'await slow.sleep_ms({ ms: 400 }); return 2' },
    });
    expect(structuredContent as unknown as RunResult).toMatchObject({ status: 'success', result: 2 });
    const meta = {
      'io.modelcontextprotocol/protocolVersion': modern,
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    expect(await dispatch({ method: 'tasks/get', params: { taskId: 'x', _meta: meta } })).toMatchObject({
      kind: 'error',
      error: {
        code: -32_021,
        data: { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
      },
    });
  });
});
