/** Servers that ask back, of both eras, behind us; clients of both eras in front: whoever called is asked, and nobody else. */
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bin, fixture, type Served, serve, setUp } from '../support/orchestrator.ts';

const servers = { old: fixture('asks.mjs'), 'new-one': fixture('asks-modern.mjs') };
const able = { elicitation: { form: {}, url: {} }, sampling: {} };
const eras = ['legacy', '2026-07-28'] as const;

async function start(
  era: (typeof eras)[number],
  {
    capabilities = able,
    orchestrator = {},
    onQuestion,
  }: {
    capabilities?: object;
    orchestrator?: object;
    onQuestion?: (message: string) => unknown;
  } = {},
) {
  const served = await serve(setUp(servers, { mode: 'hybrid', ...orchestrator }), {
    client: {
      versionNegotiation: { mode: era === 'legacy' ? era : { pin: era } },
      capabilities,
    },
  });
  const asked: unknown[] = [];
  if ('elicitation' in capabilities) {
    served.client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params);
      await onQuestion?.(params.message);
      return { action: 'accept', ...(params.mode !== 'url' && { content: { name: 'Ada' } }) };
    });
  }
  if ('sampling' in capabilities) {
    served.client.setRequestHandler('sampling/createMessage', ({ params }) => {
      asked.push(params);
      return { role: 'assistant', content: { type: 'text', text: 'I thought.' }, model: 'm' };
    });
  }
  return { ...served, asked };
}

async function ask({ client }: Pick<Served, 'client'>, name: string, args: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const { text } = content[0] as { text: string };
  return isError ? { failed: text } : JSON.parse(text);
}

const person = { action: 'accept', content: { name: 'Ada' } };
const model = { role: 'assistant', content: { type: 'text', text: 'I thought.' }, model: 'm' };

describe.each(eras)('a client of %s', (era) => {
  it('is asked what servers of both eras ask, and they get its answers', async () => {
    const served = await start(era);
    expect(await ask(served, 'old__person')).toEqual({ result: person });
    expect(await ask(served, 'old__model')).toEqual({ result: model });
    expect(await ask(served, 'old__both')).toEqual([{ result: person }, { result: model }]);
    expect(await ask(served, 'old__page')).toEqual({ result: { action: 'accept' } });
    expect(await ask(served, 'new_one__person')).toEqual({
      inputResponses: { who: person },
      state: 'state of person',
    });
    expect(await ask(served, 'new_one__model')).toMatchObject({ inputResponses: { what: model } });
    expect(await ask(served, 'new_one__both')).toMatchObject({
      inputResponses: { who: person, what: model },
    });
    expect(await ask(served, 'new_one__page')).toMatchObject({
      inputResponses: { where: { action: 'accept' } },
    });
    expect(served.asked[0]).toMatchObject({
      message: '[old] Who are you?',
      requestedSchema: { properties: { name: { type: 'string' } } },
    });
    expect(served.asked.filter((params) => (params as { mode?: string }).mode === 'url')).toMatchObject([
      { message: '[old] Go there', url: 'https://example.com/' },
      { message: '[new-one] Go there', url: 'https://example.com/' },
    ]);
  });

  it('is asked through our own tools, and from inside a script, several at once', async () => {
    const served = await start(era);
    expect(await ask(served, 'call_remote_tool', { tool_name: 'old__person' })).toEqual({ result: person });
    const run = await served.run(`
      const [one, other] = await Promise.all([old.person({}), new_one.person({})]);
      const third = await old.both({});
      return { one, other, third };`);
    expect(run.result).toEqual({
      one: { result: person },
      other: { inputResponses: { who: person }, state: 'state of person' },
      third: [{ result: person }, { result: model }],
    });
  });

  it('that cannot be asked: the server hears so, and its call goes on', async () => {
    const served = await start(era, { capabilities: {} });
    const declined = { action: 'decline', _meta: { reason: 'the client cannot show the question' } };
    expect(await ask(served, 'old__person')).toEqual({ result: declined });
    expect(await ask(served, 'old__page')).toEqual({ result: declined });
    expect(await ask(served, 'old__model')).toEqual({
      error: { code: -32_601, message: 'Not possible: the client has no model to offer.' },
    });
    // From 2026-07-28 on a server knows beforehand whom it cannot ask, and such a client knows the error for it.
    const refused = ask(served, 'new_one__person');
    if (era === 'legacy')
      expect(await refused).toEqual({
        failed: expect.stringContaining('client capabilities do not declare'),
      });
    else await expect(refused).rejects.toMatchObject({ code: -32_021, data: { requiredCapabilities: {} } });
    expect((await served.run('return await old.person({})')).result).toEqual({ result: declined });
  });

  it('is not asked for folders, nor for a page where it shows only forms', async () => {
    const served = await start(era, { capabilities: { elicitation: { form: {} }, roots: {} } });
    expect(await ask(served, 'old__folders')).toEqual({
      error: { code: -32_601, message: 'Method not found: roots/list' },
    });
    expect(await ask(served, 'old__page')).toMatchObject({ result: { action: 'decline' } });
    expect(await ask(served, 'old__person')).toEqual({ result: person });
  });

  it("takes longer to answer than a call may: the call's time rests meanwhile", async () => {
    const limits = { callMsDefault: 400, callMsMax: 600 };
    const later = () => new Promise((resolve) => setTimeout(resolve, 900));
    const served = await start(era, { orchestrator: { limits }, onQuestion: later });
    expect(await ask(served, 'old__person')).toEqual({ result: person });
    expect(await ask(served, 'new_one__person')).toMatchObject({ inputResponses: { who: person } });
  });

  it('is asked so often and no more', async () => {
    const served = await start(era, { orchestrator: { limits: { askRoundsMax: 3 } } });
    expect(await ask(served, 'new_one__endless')).toEqual({
      failed: expect.stringContaining('asked back 3 times and more (askRoundsMax)'),
    });
    expect(served.asked).toHaveLength(3);
  });
});

it('a client of the v1 SDK is asked by servers of both eras', async () => {
  const { configFile } = setUp(servers, { mode: 'direct' });
  const client = new ClientV1({ name: 'v1', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  onTestFinished(() => client.close());
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } }));
  await client.connect(new StdioV1({ command: process.execPath, args: [bin, '--config', configFile] }));
  for (const name of ['old__person', 'new_one__person']) {
    const { content } = await client.callTool({ name });
    expect(JSON.stringify(content)).toContain('Ada');
  }
});

it('a server hears of a withdrawn call, and its question is withdrawn too', async () => {
  const withdrawn = Promise.withResolvers<void>();
  const stop = new AbortController();
  const served = await serve(setUp(servers, { mode: 'direct' }), {
    client: { versionNegotiation: { mode: 'legacy' }, capabilities: able },
  });
  served.client.setRequestHandler('elicitation/create', (_request, { mcpReq }) => {
    mcpReq.signal.addEventListener('abort', () => withdrawn.resolve());
    stop.abort('changed my mind');
    return new Promise(() => {});
  });
  const call = served.client.callTool({ name: 'new_one__person' }, { signal: stop.signal });
  await expect(call).rejects.toThrow('changed my mind');
  await withdrawn.promise;
});

it("what a server logs goes to the client whose call it is about, with the server's name", async () => {
  const { client } = await serve(setUp(servers, { mode: 'direct' }), {
    client: { versionNegotiation: { mode: 'legacy' } },
  });
  const lines: unknown[] = [];
  client.setNotificationHandler('notifications/message', ({ params }) => void lines.push(params));
  await client.callTool({ name: 'old__log' });
  expect(lines).toEqual([{ level: 'warning', data: 'careful', logger: 'old/mine' }]);
});
