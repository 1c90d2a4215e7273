// Compiling in a process of its own: bounded, ended when idle, each definition once.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tool } from '../../src/catalog/tool.ts';
import { TypeCompiler } from '../../src/codegen/type-cache.ts';
import { TypeProcess } from '../../src/codegen/type-process.ts';
import { silentLog } from '../../src/log.ts';
import { catalogue, tool } from './support.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'types-'));
});
afterEach(() => rm(directory, { recursive: true }));

const tools: readonly Tool[] =
  catalogue([
    {
      name: 's',
      tools: ['a', 'b', 'c'].map((name) => tool(name, { properties: { [name]: { type: 'string' } } })),
    },
  ])[0]?.tools ?? [];

/** Answers like the compiler, but hangs on a property named b. */
async function program(): Promise<string> {
  const file = join(directory, 'program.mjs');
  await writeFile(
    file,
    `process.on('message', ({ id, inputSchema }) => {
      if (inputSchema.properties.b) for (;;);
      process.send({ type: 'types', id, types: { args: { type: Object.keys(inputSchema.properties)[0], subTypes: [] }, argsOptional: true } });
    });
    process.send({ type: 'ready' });`,
  );
  return file;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition never came true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a definition that hangs the compiler stays untyped; the others get their types', async () => {
  const process = new TypeProcess({ log: silentLog, program: await program(), definitionMsMax: 300 });
  const compiler = new TypeCompiler({ log: silentLog, process });
  const types = await compiler.typesOf(tools);
  expect(types.get('s__a')?.args.type).toBe('a');
  expect(types.get('s__b')?.note).toMatch(/too long/);
  expect(types.get('s__c')?.args.type).toBe('c');
  await compiler.close();
  expect(process.running).toBe(false);
});

test('a process that cannot start leaves tools untyped, and is tried again', async () => {
  const file = join(directory, 'program.mjs');
  const process = new TypeProcess({ log: silentLog, program: file });
  const compiler = new TypeCompiler({ log: silentLog, process });
  expect((await compiler.typesOf(tools)).get('s__a')?.note).toMatch(/does not start/);
  await program();
  expect((await compiler.typesOf(tools.slice(0, 1))).get('s__a')?.args.type).toBe('a');
  await compiler.close();
});

test('an idle process ends, and comes back when needed', async () => {
  const process = new TypeProcess({ log: silentLog, idleMs: 20 });
  const compiler = new TypeCompiler({ log: silentLog, process });
  expect((await compiler.typesOf(tools.slice(0, 1))).get('s__a')?.args.type).toContain('a?: string');
  await until(() => !process.running);
  expect((await compiler.typesOf(tools)).get('s__c')?.args.type).toContain('c?: string');
  await compiler.close();
});

test('what is on disk is not compiled again; what is damaged there is', async () => {
  const first = new TypeCompiler({ log: silentLog, cacheDirectory: directory });
  const types = await first.typesOf(tools);
  await first.close();
  expect(await readdir(directory)).toEqual(['tool-types.json']);

  // The second must not need a compiler: its program does not exist.
  const process = new TypeProcess({ log: silentLog, program: join(directory, 'none.mjs') });
  const second = new TypeCompiler({ log: silentLog, cacheDirectory: directory, process });
  expect(await second.typesOf(tools)).toEqual(types);
  await second.close();

  const file = join(directory, 'tool-types.json');
  const whole = await readFile(file, 'utf8');
  for (const damaged of [
    whole.slice(0, -20),
    '',
    'null',
    '{"entries":[]}',
    whole.replaceAll('"argsOptional":true', '"argsOptional":1'),
  ]) {
    await writeFile(file, damaged);
    const third = new TypeCompiler({ log: silentLog, cacheDirectory: directory });
    expect(await third.typesOf(tools)).toEqual(types);
    await third.close();
    expect(await readFile(file, 'utf8')).toBe(whole);
  }
});

test('equal definitions are compiled once, also when asked for at the same time', async () => {
  let compiled = 0;
  class Counting extends TypeProcess {
    override compile(inputSchema: unknown, outputSchema: unknown) {
      compiled += 1;
      return super.compile(inputSchema, outputSchema);
    }
  }
  const compiler = new TypeCompiler({ log: silentLog, process: new Counting({ log: silentLog }) });
  await Promise.all([compiler.typesOf(tools), compiler.typesOf(tools)]);
  expect(compiled).toBe(3);
  await compiler.close();
});

test('what a script waits for is made here and now where it is plain; the rest is left to the process', async () => {
  const hung = await program();
  const process = new TypeProcess({ log: silentLog, program: hung, definitionMsMax: 300 });
  const compiler = new TypeCompiler({ log: silentLog, cacheDirectory: directory, process });
  compiler.begin();
  const types = await compiler.typesOf(tools, { isWaitedFor: true });
  expect(types.get('s__b')?.args.type).toContain('b?: string');
  expect(process.running).toBe(false);

  // One property beside a rule for all others takes the compiler.
  const [wide] =
    catalogue([
      { name: 'w', tools: [tool('w', { properties: { w: {} }, additionalProperties: { type: 'number' } })] },
    ])[0]?.tools ?? [];
  if (!wide) throw new Error('no tool');
  const mixed = await compiler.typesOf([...tools, wide], { isWaitedFor: true });
  expect(mixed.get('w__w')?.args.type).toBe('w');
  expect(mixed.get('s__a')).toEqual(types.get('s__a'));
  await compiler.close();
  expect(await readFile(join(directory, 'tool-types.json'), 'utf8')).toContain('b?: string');
});
