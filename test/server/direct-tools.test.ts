/** Direct use: tools of other servers as they are, through our own three tools and as tools of ours; in both eras. */
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { exposedNames } from '../../src/server/exposed-names.ts';
import { bin, fixture, type Served, serve, setUp } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';

const servers = {
  'pass-through': fixture('pass-through.mjs'),
  changing: fixture('list-changed.mjs'),
  modern: fixture('sdk-v2-stdio.mjs', 'modern'),
};
const eras = ['legacy', '2026-07-28'] as const;
const negotiation = (era: (typeof eras)[number]) => ({
  client: { versionNegotiation: { mode: era === 'legacy' ? era : { pin: era } } } as const,
});
const anything = z.looseObject({});

/** A result with whatever is in it. */
function call({ client }: Served, name: string, args: object = {}) {
  return client.request(
    { method: 'tools/call', params: { name, arguments: args } },
    anything as never,
  ) as Promise<Record<string, unknown>>;
}

const everything = {
  content: [
    { type: 'text', text: 'one', annotations: { audience: ['user'], priority: 0.5 } },
    { type: 'image', data: 'AA==', mimeType: 'image/png' },
    { type: 'audio', data: 'AA==', mimeType: 'audio/wav' },
    { type: 'resource', resource: { uri: 'test://one', text: 'body', _meta: { kept: 1 } } },
    { type: 'resource_link', uri: 'test://two', name: 'two', icons: [{ src: 'data:,x' }] },
    { type: 'hologram', of: 'the future' },
  ],
  structuredContent: { sum: 3 },
  _meta: { 'vendor.example/kept': [1] },
  vendorField: true,
};

describe('our three tools', () => {
  it('pass results through unchanged', async () => {
    const served = await serve(setUp(servers), negotiation('legacy'));
    const calls: [string, object][] = [
      ['call_remote_tool', { tool_name: 'pass_through__all' }],
      ['call_remote_tool', { tool_name: 'pass-through.all', arguments: { a: 1 } }],
      ['call_backend', { server: 'pass-through', tool: 'all', params: { a: 1 } }],
      ['call_backend', { server: 'pass_through', tool: 'all', params: '{"a": 1}' }],
    ];
    for (const [name, args] of calls) expect(await call(served, name, args)).toEqual(everything);
    expect(await call(served, 'call_remote_tool', { tool_name: 'pass_through__fails' })).toEqual({
      content: [{ type: 'text', text: 'it failed' }],
      isError: true,
      _meta: { why: 'because' },
    });
  });

  it('say what is wrong with a call, and what to do', async () => {
    const served = await serve(setUp(servers));
    const wrong: [string, object, RegExp][] = [
      ['call_remote_tool', { tool_name: 'pass_through__al' }, /no tool "al".*pass_through\.all/s],
      ['call_remote_tool', { tool_name: 'pass_throug__all' }, /no server.*Did you mean pass_through/s],
      ['call_remote_tool', {}, /tool_name/],
      ['call_remote_tool', { tool_name: 'pass_through__all', arguments: [] }, /arguments/],
      [
        'call_remote_tool',
        { tool_name: 'pass_through__all', arguments: { a: 'x' } },
        /args\.a must be number, not "x"/,
      ],
      ['call_remote_tool', { tool_name: 'pass_through__refuses' }, /error -32099: not today/],
      ['call_backend', { server: 'pass-through', tool: 'all', params: '{"a": ' }, /params is no JSON/],
      [
        'call_backend',
        { server: 'pass-through', tool: 'all', params: '[1]' },
        /params must be an object.*but is \[1\]/,
      ],
      [
        'call_backend',
        { server: 'pass-through', tool: 'all', params: [1] },
        /params: must be an object, or the JSON of one\. It takes \{server/,
      ],
      ['call_backend', { server: 'pass-through', tool: 'all', extra: 1 }, /extra/],
      ['discover_tools', { server_name: 'nobody' }, /no server "nobody"/],
    ];
    for (const [name, args, message] of wrong) {
      const { isError, content } = await call(served, name, args);
      expect({ isError, text: (content as { text: string }[])[0]?.text }).toEqual({
        isError: true,
        text: expect.stringMatching(message),
      });
    }
  });

  it('discover asks the server anew', async () => {
    const served = await serve(setUp(servers));
    const namesOf = async () => {
      const listing = (await served.call('discover_tools', { server_name: 'changing' })) as {
        servers: Record<string, { tools: { name: string; inputSchema: object }[] }>;
      };
      return listing.servers.changing?.tools.map(({ name, inputSchema }) => [name, inputSchema]);
    };
    expect(await namesOf()).toEqual([['add', { type: 'object' }]]);
    await call(served, 'call_backend', { server: 'changing', tool: 'add', params: { name: 'new' } });
    expect(await namesOf()).toEqual([
      ['add', { type: 'object' }],
      ['new', { type: 'object' }],
    ]);
  });
});

describe.each(eras)('direct mode, a client of %s', (era) => {
  const start = (mode: string, more: object = {}) =>
    serve(setUp(servers, { mode, ...more }), negotiation(era));

  it('lists every tool as it is, under names that fit, and calls it', async () => {
    const served = await start('direct');
    const { tools } = (await served.client.request(
      { method: 'tools/list' },
      anything as never,
    )) as unknown as {
      tools: Record<string, unknown>[];
    };
    const names = tools.map(({ name }) => name as string);
    expect(names.slice(0, 2)).toEqual(['changing__add', 'modern__add_tool']);
    expect(names).toEqual([...new Set(names)]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(tools.find(({ name }) => name === 'pass_through__all')).toEqual({
      name: 'pass_through__all',
      title: 'All of it',
      description: 'Answers with every content type.',
      inputSchema: {
        type: 'object',
        properties: { a: { type: 'number', 'x-unit': 'm' } },
        $defs: { unused: {} },
      },
      outputSchema: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
      annotations: { title: 'All', readOnlyHint: true, vendorHint: false },
      icons: [{ src: 'data:,x' }],
      _meta: { 'vendor.example/ui': { resourceUri: 'ui://x' } },
    });
    const long = names.filter((name) => name.startsWith('pass_through__a_tool_whose'));
    expect(long).toHaveLength(2);
    for (const name of long) expect(JSON.stringify(await call(served, name, { x: 1 }))).toContain('xxx');
    expect(await call(served, 'pass_through__dotted_name')).toMatchObject({
      content: [{ text: 'dotted.name {}' }],
    });
    const dollar = names.find((name) => name.startsWith('pass_through__dollar')) ?? '';
    expect(await call(served, dollar)).toMatchObject({ content: [{ text: 'dollar$name {}' }] });
    expect(await call(served, 'modern__echo', { text: 'hi' })).toMatchObject({
      content: [{ type: 'text', text: 'hi' }],
      _meta: { kept: true },
    });
    // The protocol's own word on who answered comes on top, from 2026-07-28 on.
    if (era === 'legacy') expect(await call(served, 'pass_through__all')).toEqual(everything);
  });

  it('tells failures as results, and what is no call as an error', async () => {
    const served = await start('direct');
    await served.client.listTools();
    expect(await call(served, 'pass_through__fails')).toMatchObject({ isError: true });
    for (const [name, args, text] of [
      ['pass_through__refuses', {}, 'error -32099: not today'],
      ['pass_through__all', { a: 'x' }, 'args.a must be number'],
    ] as const) {
      expect(await call(served, name, args)).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining(text) }],
      });
    }
    await expect(call(served, 'pass_through__nothing')).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('no tool "nothing"'),
    });
    await expect(call(served, 'execute_composed_code', { code: '' })).rejects.toMatchObject({
      code: -32_602,
    });
    await expect(
      served.client.request({ method: 'tools/list', params: { cursor: 'x' } }, anything as never),
    ).rejects.toMatchObject({ code: -32_602, message: expect.stringContaining('cursor is "x"') });
  });

  it('passes progress down the line and cancelling up', async () => {
    const served = await start('hybrid');
    for (const [name, args] of [
      ['pass_through__wait', {}],
      ['call_remote_tool', { tool_name: 'pass_through__wait' }],
    ] as const) {
      const stop = new AbortController();
      const progress: unknown[] = [];
      const waiting = served.client.callTool(
        { name, arguments: args },
        {
          signal: stop.signal,
          onprogress: (update) => {
            progress.push(update);
            stop.abort('enough');
          },
        },
      );
      await expect(waiting).rejects.toThrow();
      expect(progress).toEqual([{ progress: 1, total: 2, message: 'half' }]);
    }
    await eventually(async () => {
      const { content } = await served.client.callTool({ name: 'pass_through__cancelled' });
      return JSON.parse((content[0] as { text: string }).text).length === 2;
    }, 'the server hears of both');
  });

  it('gives long lists in pages', async () => {
    const served = await start('direct', { limits: { listPageMax: 3 } });
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = (await served.client.request(
        { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
        anything as never,
      )) as unknown as { tools: { name: string }[]; nextCursor?: string };
      expect(page.tools.length).toBeLessThanOrEqual(3);
      names.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(names).size).toBe(16);
  });

  it('says so when the tools of a server change', async () => {
    const served = await start('hybrid');
    let listed: string[] = [];
    // Only what is said makes this client look.
    served.client.setNotificationHandler('notifications/tools/list_changed', async () => {
      listed = (await served.client.listTools()).tools.map(({ name }) => name);
    });
    await served.client.listTools();
    if (era !== 'legacy') await served.client.listen({ toolsListChanged: true });
    await call(served, 'changing__add', { name: 'new' });
    await eventually(() => listed.includes('changing__new'), 'the new tool is heard of and listed');
    expect(listed[0]).toBe('execute_composed_code');
  });
});

it('a client of the v1 SDK sees and calls them; --mode wins over the file', async () => {
  const { configFile } = setUp(servers, { mode: 'orchestrator' });
  const client = new ClientV1({ name: 'v1', version: '1.0.0' });
  onTestFinished(() => client.close());
  await client.connect(
    new StdioV1({ command: process.execPath, args: [bin, '--config', configFile, '--mode', 'direct'] }),
  );
  const { tools } = await client.listTools();
  expect(tools).toHaveLength(16);
  // Not an object, which clients of this era do not know of: in the wrapping that the SDKs agreed on.
  expect(tools.find(({ name }) => name === 'pass_through__list')?.outputSchema).toMatchObject({
    type: 'object',
  });
  const answer = await client.callTool({ name: 'pass_through__list' }, CallToolResultSchema);
  expect(answer.structuredContent).toEqual({ result: [1, 2] });
});

describe('names', () => {
  it('are kept where they fit, and otherwise cut the same way whatever else there is', () => {
    const long = `server__${'t'.repeat(80)}`;
    const alone = exposedNames([long], 64);
    const among = exposedNames(['a__b', `${long}2`, long], 64);
    expect(among.get('a__b')).toBe('a__b');
    expect(among.get(long)).toBe(alone.get(long));
    expect(among.get(long)).toHaveLength(64);
    expect(among.get(long)).not.toBe(among.get(`${long}2`));
  });

  it('never meet, even where somebody chose a name to meet another', () => {
    const long = `server__${'t'.repeat(80)}`;
    const cut = exposedNames([long], 64).get(long) ?? '';
    const both = exposedNames([cut, long], 64);
    expect(both.get(cut)).toBe(cut);
    expect(both.get(long)).not.toBe(cut);
    expect(new Set(both.values()).size).toBe(2);
  });
});

it('a server without prefix is shown by its own names, where nobody else has them', async () => {
  const plain = { ...fixture('slow.mjs'), prefix: false };
  const changing = { ...fixture('list-changed.mjs'), prefix: false };
  const { client } = await serve(setUp({ one: plain, two: plain, changing }), { args: ['--mode', 'hybrid'] });
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  expect(await names()).toEqual(
    expect.arrayContaining(['execute_composed_code', 'one__sleep_ms', 'two__sleep_ms', 'add']),
  );
  await client.callTool({ name: 'add', arguments: { name: 'refresh_tools' } });
  await eventually(async () => (await names()).includes('changing__refresh_tools'), 'the new tool is listed');
});
