/** What is learned of tools' results: from which results, under which definition, and what stays on disk. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ObservedResults } from '../../src/catalog/observed.ts';
import { ObservedCache } from '../../src/catalog/observed-cache.ts';
import { observedSchema } from '../../src/catalog/observed-schema.ts';
import type { Tool, ToolDefinition } from '../../src/catalog/tool.ts';
import type { ServerConfig } from '../../src/config/types.ts';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { temporaryFolder } from '../support/folder.ts';

const server: ServerConfig = {
  name: 'tracker',
  transport: 'http',
  url: 'https://tracker.example.com/mcp',
  headers: {},
  callMsMax: 1_000,
  connectMsMax: 1_000,
  callsMax: 8,
};
const definition: ToolDefinition = { name: 'issue', inputSchema: { type: 'object' } };

function toolOf(own: ToolDefinition): Tool {
  return {
    server: 'tracker',
    name: own.name,
    serverIdentifier: 'tracker',
    identifier: own.name,
    flatName: `tracker__${own.name}`,
    definition: own,
    remote: own,
    effect: 'read',
    repeatable: true,
  };
}

const open = (folder: string | undefined, more: Partial<ServerConfig> = {}, limits = defaultLimits()) =>
  ObservedResults.open({
    servers: [{ ...server, ...more } as ServerConfig],
    cache: new ObservedCache(folder, silentLog),
    limits,
  });
const known = (observed: ObservedResults, own = definition) => {
  const shape = observed.shapeOf('tracker', own);
  return shape && observedSchema(shape);
};
const note = (observed: ObservedResults, value: unknown, own = definition) =>
  observed.note(toolOf(own), JSON.stringify(value));
const fields = (observed: ObservedResults, own = definition) =>
  Object.keys((known(observed, own) as { properties?: object } | undefined)?.properties ?? {});

/** The only file under the folder. */
function fileIn(folder: string): string {
  const directory = path.join(folder, 'observed');
  const [name = '', ...others] = readdirSync(directory);
  expect(others).toEqual([]);
  return path.join(directory, name);
}

describe('from which results', () => {
  it('all of the first ones, and of the many behind them some', async () => {
    const observed = await open(undefined);
    for (let index = 0; index < 2_000; index += 1) {
      note(observed, { id: index, ...(index === 3 && { early: 1 }), ...(index > 500 && { late: 1 }) });
      if (index % 10 === 0) known(observed);
    }
    expect(known(observed)).toEqual({
      type: 'object',
      properties: { early: { type: 'number' }, id: { type: 'number' }, late: { type: 'number' } },
      required: ['id'],
    });
  });

  it('not of tools that declare their results, and not of other servers', async () => {
    const observed = await open(undefined);
    const declared = { ...definition, outputSchema: { type: 'object' } };
    note(observed, { id: 1 }, declared);
    expect(observed.shapeOf('tracker', declared)).toBeUndefined();
    observed.note({ ...toolOf(definition), server: 'other' }, '{"id":1}');
    expect(observed.shapeOf('other', definition)).toBeUndefined();
  });

  it('not of large ones, except that a text is a text', async () => {
    const observed = await open(undefined, {}, { ...defaultLimits(), learnedResultBytesMax: 100 });
    note(observed, { list: 'x'.repeat(200) });
    expect(known(observed)).toBeUndefined();
    note(observed, 'x'.repeat(200));
    expect(known(observed)).toEqual({ type: 'string' });
    note(observed, { list: 'x' });
    expect(known(observed)).toMatchObject({ type: ['string', 'object'] });
  });

  it('not of more than wait at once', async () => {
    const observed = await open(undefined);
    const tools = Array.from({ length: 500 }, (_, index) => ({ ...definition, name: `tool_${index}` }));
    for (const own of tools) note(observed, { id: 1 }, own);
    const learned = tools.filter((own) => known(observed, own) !== undefined);
    expect(learned.length).toBeGreaterThan(10);
    expect(learned.length).toBeLessThan(100);
  });

  it('costs a call next to nothing', async () => {
    const observed = await open(undefined);
    const tool = toolOf(definition);
    const text = JSON.stringify(Array.from({ length: 1_000 }, (_, id) => ({ id, name: 'x' })));
    const startedAt = performance.now();
    for (let index = 0; index < 100_000; index += 1) observed.note(tool, text);
    // Measured: 5 ms for all of them. A look at each would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await observed.close();
  });

  it('nothing where the server is not to be learned from', async () => {
    const folder = temporaryFolder();
    const observed = await open(folder, { learnTypes: false });
    note(observed, { id: 1 });
    expect(known(observed)).toBeUndefined();
    await observed.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('under which definition', () => {
  const changed: ToolDefinition = { ...definition, description: 'Now in another form.' };

  it('what was learned under another one is not shown, and dropped once the server says so', async () => {
    const folder = temporaryFolder();
    const observed = await open(folder);
    note(observed, { id: 1 });
    expect(fields(observed)).toEqual(['id']);
    expect(known(observed, changed)).toBeUndefined();
    observed.keepOnly('tracker', [changed]);
    expect(known(observed)).toBeUndefined();
    note(observed, { key: 'a' }, changed);
    // A late answer to a call of the old one.
    note(observed, { id: 1 });
    expect(fields(observed, changed)).toEqual(['key']);
    await observed.close();
    const again = await open(folder);
    expect(known(again)).toBeUndefined();
    expect(fields(again, changed)).toEqual(['key']);
  });

  it('a tool that is gone leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const observed = await open(folder);
    note(observed, { id: 1 });
    await observed.close();
    const next = await open(folder);
    next.keepOnly('tracker', []);
    await next.close();
    expect(readFileSync(fileIn(folder), 'utf8')).not.toContain('id');
  });

  it('what servers change at every asking is no other definition', async () => {
    const observed = await open(undefined);
    note(observed, { id: 1 });
    expect(fields(observed, { ...definition, _meta: { at: 5 } })).toEqual(['id']);
  });
});

describe('on disk', () => {
  it('is what was known, for the user alone, and without values', async () => {
    const folder = temporaryFolder();
    const observed = await open(folder);
    for (const state of ['open', 'closed', 'open']) note(observed, { id: 1, title: 'hush', state });
    const before = known(observed);
    await observed.close();
    const file = fileIn(folder);
    expect(statSync(file).mode & 0o077).toBe(0);
    const text = readFileSync(file, 'utf8');
    // Words seen so rarely are not told yet.
    for (const value of ['hush', 'open', 'closed']) expect(text).not.toContain(value);
    const again = await open(folder);
    expect(known(again)).toEqual(before);
    for (let index = 0; index < 20; index += 1) {
      note(again, { id: 1, title: 'hush', state: 'open' });
      known(again);
    }
    expect(known(again)).toMatchObject({ properties: { state: { type: 'string', examples: ['open'] } } });
  });

  it('what two processes learn at the same time is kept of both', async () => {
    const folder = temporaryFolder();
    const [one, two] = [await open(folder), await open(folder)];
    const other = { ...definition, name: 'other' };
    note(one, { a: 1, b: 1 });
    note(two, { a: 1 });
    note(two, { c: 1 }, other);
    await one.close();
    await two.close();
    const again = await open(folder);
    expect(known(again)).toMatchObject({ properties: { a: {}, b: {} }, required: ['a'] });
    expect(fields(again, other)).toEqual(['c']);
  });

  it('another entry of the same name is another server', async () => {
    const folder = temporaryFolder();
    const observed = await open(folder);
    note(observed, { id: 1 });
    await observed.close();
    expect(known(await open(folder, { callsMax: 9 }))).toBeUndefined();
  });

  const sound = { string: {} };
  const damaged: [string, unknown][] = [
    ['null', null],
    ['a list', []],
    ['a foreign kind', { date: true }],
    ['a kind that is false', { null: false }],
    ['an object without a count', { object: { properties: {} } }],
    [
      'a property that is a key of data',
      { object: { seen: 1, properties: { 'a@b.c': { seen: 1, shape: sound } } } },
    ],
    ['a property without a shape', { object: { seen: 1, properties: { a: { seen: 1 } } } }],
    ['words that are none', { string: { words: { 'a secret 4711': 5 } } }],
    ['counts that are none', { string: { words: { open: 'often' } } }],
    ['endless nesting', JSON.parse(`${'{"array":'.repeat(50_000)}{}${'}'.repeat(50_000)}`)],
  ];
  it.each(damaged)('%s is as good as none, and hides nothing else', async (_, shape) => {
    const folder = temporaryFolder();
    const other = { ...definition, name: 'other' };
    const observed = await open(folder);
    note(observed, 'text');
    note(observed, 'text', other);
    await observed.close();
    const file = fileIn(folder);
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    expect(stored.tools.issue.shape).toEqual(sound);
    // By hand: what nests without end cannot be written by JSON.stringify.
    const nested = JSON.stringify(stored).replace(
      /("issue":\{"definition":"\w+","shape":)\{"string":\{\}\}/,
      (_all, head) => `${head}${text(shape)}`,
    );
    writeFileSync(file, nested);
    const again = await open(folder);
    expect(known(again)).toBeUndefined();
    expect(known(again, other)).toEqual({ type: 'string' });
  });

  it.each(['', '{', 'null', '{"formatVersion":0,"tools":{}}', '{"formatVersion":1,"tools":[]}'])(
    'a file of %j is as good as none, and mended',
    async (content) => {
      const folder = temporaryFolder();
      const observed = await open(folder);
      note(observed, { id: 1 });
      await observed.close();
      writeFileSync(fileIn(folder), content);
      const again = await open(folder);
      expect(known(again)).toBeUndefined();
      note(again, { id: 1 });
      await again.close();
      expect(fields(await open(folder))).toEqual(['id']);
    },
  );

  it('a folder that cannot be written costs what was learned, nothing else', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'observed'), 'a file');
    const observed = await open(folder);
    note(observed, { id: 1 });
    await observed.close();
    expect(fields(observed)).toEqual(['id']);
  });
});

it('news are told once for many, and what was known already is no news', async () => {
  const observed = await ObservedResults.open({
    servers: [server],
    cache: new ObservedCache(undefined, silentLog),
    limits: defaultLimits(),
    tellPauseMs: 10,
  });
  let heard = 0;
  observed.onChanged(() => {
    heard += 1;
  });
  for (let index = 0; index < 5; index += 1) note(observed, { id: index });
  await vi.waitFor(() => expect(heard).toBe(1), { timeout: 5_000 });
  for (let index = 0; index < 3; index += 1) note(observed, { id: index });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(heard).toBe(1);
  note(observed, { id: null });
  await vi.waitFor(() => expect(heard).toBe(2), { timeout: 5_000 });
  await observed.close();
});

function text(shape: unknown): string {
  let depth = 0;
  let inner = shape as { array?: unknown };
  while (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && inner.array !== undefined) {
    depth += 1;
    inner = inner.array as { array?: unknown };
  }
  return '{"array":'.repeat(depth) + JSON.stringify(inner) + '}'.repeat(depth);
}
