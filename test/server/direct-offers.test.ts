/** Prompts, resources, templates and completion of all servers in the direct mode, with what changes; in both eras. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endsLast } from '../support/ends-last.ts';
import type { OnEnd } from '../support/folder.ts';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';

const servers = {
  'old-one': fixture('offers.mjs'),
  modern: fixture('offers-modern.mjs'),
  bare: fixture('list-changed.mjs'),
  gone: fixture('exits-at-once.mjs'),
};
const eras = ['legacy', '2026-07-28'] as const;
const anything = z.looseObject({});

async function start(era: (typeof eras)[number], orchestrator: object = {}, onEnd?: OnEnd) {
  const served = await serve(setUp(servers, { mode: 'direct', ...orchestrator }, onEnd), {
    client: {
      versionNegotiation: { mode: era === 'legacy' ? era : { pin: era } },
      capabilities: { elicitation: {} },
    },
    ...(onEnd && { onEnd }),
  });
  served.client.setRequestHandler('elicitation/create', () => ({
    action: 'accept',
    content: { name: 'Ada' },
  }));
  return served;
}

function ask({ client }: Served, method: string, params: Record<string, unknown> = {}) {
  return client.request({ method, params }, anything as never) as Promise<Record<string, never>>;
}

async function toolText(
  { client }: Served,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return (content[0] as { text: string }).text;
}

describe.each(eras)('a client of %s', (era) => {
  /** One for all that changes nothing. */
  let served: Served;
  const onEnd = endsLast();
  beforeAll(async () => {
    served = await start(era, {}, onEnd);
  });

  it('lists and gets prompts as they are', async () => {
    const { prompts } = (await ask(served, 'prompts/list')) as unknown as {
      prompts: Record<string, unknown>[];
    };
    expect(prompts[0]).toEqual({ name: 'modern__asks', description: 'Asks' });
    expect(prompts[1]).toEqual({
      name: 'old_one__plain',
      title: 'Plain',
      description: 'A prompt',
      icons: [{ src: 'data:,x' }],
      _meta: { kept: 1 },
    });
    const spaced = String(prompts[2]?.name);
    expect(spaced).toMatch(/^old_one__with_spaces_[0-9a-f]{10}$/);
    expect(prompts).toHaveLength(3);
    const messages = (text: string) => [{ role: 'user', content: { type: 'text', text } }];
    expect(await ask(served, 'prompts/get', { name: spaced, arguments: { topic: 'x' } })).toMatchObject({
      description: 'with spaces',
      messages: messages('{"topic":"x"}'),
      vendorField: true,
      _meta: { kept: 1 },
    });
    expect(await served.client.getPrompt({ name: 'modern__asks' })).toMatchObject({
      messages: messages('Hello Ada'),
    });
    await expect(ask(served, 'prompts/get', { name: 'old_one__nothing' })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('no prompt "old_one__nothing"'),
    });
  });

  it('lists and reads resources, each by an address of its own', async () => {
    const { resources } = (await ask(served, 'resources/list')) as unknown as {
      resources: { uri: string }[];
    };
    expect(resources.map(({ uri }) => uri)).toEqual([
      'mcp://modern/test://same',
      'mcp://modern/test://asks',
      'mcp://old_one/test://same',
      'mcp://old_one/file:///a b/ü?x=1#y',
      'mcp://old_one/test://last',
    ]);
    expect(resources[2]).toEqual({
      uri: 'mcp://old_one/test://same',
      name: 'same',
      mimeType: 'text/plain',
      size: 4,
      annotations: { priority: 1 },
    });
    const { resourceTemplates } = await ask(served, 'resources/templates/list');
    expect(resourceTemplates).toEqual([{ uriTemplate: 'mcp://old_one/test://item/{id}', name: 'item' }]);
    const read = async (uri: string) => (await served.client.readResource({ uri })).contents;
    expect(await read('mcp://old_one/test://same')).toEqual([
      { uri: 'mcp://old_one/test://same', text: 'old test://same', _meta: { kept: 1 } },
    ]);
    expect(await read('mcp://modern/test://same')).toMatchObject([{ text: 'new test://same' }]);
    expect(await read('mcp://modern/test://asks')).toMatchObject([{ text: 'for Ada' }]);
    expect(await read('mcp://old_one/file:///a b/ü?x=1#y')).toMatchObject([
      { text: 'old file:///a b/ü?x=1#y' },
    ]);
    expect(await read('mcp://old_one/test://item/7')).toMatchObject([{ text: 'old test://item/7' }]);
  });

  it("reads by the server's own address, as results of tools have it, where only one can be meant", async () => {
    const read = async (uri: string) => (await served.client.readResource({ uri })).contents;
    expect(await read('test://last')).toMatchObject([{ uri: 'test://last', text: 'old test://last' }]);
    expect(await read('test://item/7')).toMatchObject([{ text: 'old test://item/7' }]);
    await expect(read('test://same')).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('mcp://modern/test://same or mcp://old_one/test://same'),
    });
    await expect(read('test://nowhere')).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('no resource "test://nowhere"'),
    });
  });

  it('completes arguments of prompts and parts of templates', async () => {
    const complete = async (ref: object) =>
      (await ask(served, 'completion/complete', { ref, argument: { name: 'id', value: '7' } })).completion;
    expect(await complete({ type: 'ref/prompt', name: 'old_one__plain' })).toEqual({
      values: ['plain:id=7'],
      hasMore: false,
    });
    expect(await complete({ type: 'ref/resource', uri: 'mcp://old_one/test://item/{id}' })).toEqual({
      values: ['test://item/{id}:id=7'],
      hasMore: false,
    });
    await expect(complete({ type: 'ref/nothing' })).rejects.toMatchObject({ code: -32_602 });
  });

  it('hears of changes of lists and of single resources', async () => {
    const served = await start(era);
    const { client } = served;
    const same = ['mcp://old_one/test://same', 'mcp://modern/test://same'];
    const heard = { prompts: 0, resources: 0 };
    const updated: string[] = [];
    client.setNotificationHandler('notifications/prompts/list_changed', () => {
      heard.prompts += 1;
    });
    client.setNotificationHandler('notifications/resources/list_changed', () => {
      heard.resources += 1;
    });
    client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void updated.push(params.uri),
    );
    await client.listPrompts();
    await client.listResources();
    const stop = await (async () => {
      if (era === 'legacy') {
        for (const uri of same) await client.subscribeResource({ uri });
        return () => client.unsubscribeResource({ uri: same[0] ?? '' });
      }
      const subscription = await client.listen({
        promptsListChanged: true,
        resourcesListChanged: true,
        resourceSubscriptions: same,
      });
      return () => subscription.close();
    })();
    await eventually(
      async () => (await toolText(served, 'old_one__subscribed')) === '["test://same"]',
      'its server is asked to tell',
    );
    const before = { ...heard };
    await toolText(served, 'old_one__add');
    await eventually(
      () => heard.prompts > before.prompts && heard.resources > before.resources,
      'changes of both lists are heard of',
    );
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toContain('old_one__added');
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain(
      'mcp://old_one/test://added',
    );

    await toolText(served, 'old_one__touch', { uri: 'test://same' });
    await eventually(() => updated.includes(same[0] ?? ''), 'a change of a resource is heard of');
    // The server of 2026-07-28 listens only once its stream is open.
    await eventually(async () => {
      await toolText(served, 'modern__touch', { uri: 'test://same' });
      return updated.includes(same[1] ?? '');
    }, 'and that of a server of the newer era');
    await stop();
    await eventually(
      async () => (await toolText(served, 'old_one__subscribed')) === '[]',
      'its server is asked to tell no more',
    );
  });

  it('gets long lists in pages, and nothing of a server that does not work', async () => {
    const served = await start(era, { limits: { listPageMax: 2 } });
    const first = (await ask(served, 'resources/list')) as unknown as {
      resources: object[];
      nextCursor: string;
    };
    expect(first.resources).toHaveLength(2);
    const second = (await ask(served, 'resources/list', {
      cursor: first.nextCursor,
    })) as unknown as typeof first;
    expect(second.resources).toHaveLength(2);
    expect(second.nextCursor).toBe('4');
  });
});

it('a client says how much it wants to hear, and servers log that much', async () => {
  const served = await start('legacy');
  // No server is connected yet: each is told when it is.
  await served.client.setLoggingLevel('error');
  await eventually(async () => (await toolText(served, 'old_one__level')) === 'error', 'the server is told');
  // Connections are shared: another client may want more, but nobody makes a server log less.
  await served.client.setLoggingLevel('emergency');
  expect(await toolText(served, 'old_one__level')).toBe('error');
  await expect(ask(served, 'logging/setLevel', { level: 'loud' })).rejects.toMatchObject({ code: -32_602 });
});

it('servers that come later, and connections of single principals, log that much too', async () => {
  const own = { ...fixture('offers.mjs'), scope: 'principal' };
  const served = await serve(setUp({ own }, { mode: 'hybrid' }), {
    client: { versionNegotiation: { mode: 'legacy' } },
  });
  const levelOf = (server: string) => toolText(served, `${server}__level`);
  await served.client.setLoggingLevel('error');
  await eventually(async () => (await levelOf('own')) === 'error', 'the connection of the principal is told');
  await served.call('register_server', { name: 'late', ...fixture('offers.mjs') });
  await eventually(async () => (await levelOf('late')) === 'error', 'the later server is told');
  await served.client.setLoggingLevel('debug');
  for (const server of ['own', 'late'])
    await eventually(async () => (await levelOf(server)) === 'debug', `${server} is told of the change`);
});
