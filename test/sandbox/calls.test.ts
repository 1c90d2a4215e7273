/** Tool calls: their two forms, their arguments, their order and bounds, and the errors they throw. */
import { afterAll, describe, expect, test } from 'vitest';
import type { SandboxReply } from '../../src/execution/sandbox-pool.ts';
import { Sandbox, table } from './harness.ts';

const sandbox = new Sandbox({ argumentBytesMax: 10_000, callsInFlightMax: 4 });
afterAll(() => sandbox.close());

describe('a call', () => {
  test('has two forms and a raw one, with its place in the script', async () => {
    const ran = await sandbox.run(
      `await files.read({ path: 'a' });\n  await files__read({ path: 'b' });\nawait files.read.raw();\nreturn [files.read === files.read, files.read === files__read, files.read.name]`,
    );
    expect(ran.value).toEqual([true, true, 'files.read']);
    expect(ran.calls).toEqual([
      { id: 1, server: 'files', tool: 'read', raw: false, line: 1, column: 13, args: '{"path":"a"}' },
      { id: 2, server: 'files', tool: 'read', raw: false, line: 2, column: 9, args: '{"path":"b"}' },
      { id: 3, server: 'files', tool: 'read', raw: true, line: 3, column: 18, args: '{}' },
    ]);
  });

  test('knows its place inside a callback', async () => {
    const { calls } = await sandbox.run(
      'const go = (a) =>\n  files.read(a);\nawait Promise.all([{}, {}].map(go));\nawait Promise.all([{}].map(files.read))',
    );
    expect(calls.map(({ line }) => line)).toEqual([2, 2, 4]);
  });

  test('of a tool outside the table goes out: the orchestrator answers it', async () => {
    const { calls } = await sandbox.run(`await files['read-me']({}); await files.nope()`);
    expect(calls.map(({ tool }) => tool)).toEqual(['read-me', 'nope']);
  });

  test('resolves to what the reply says', async () => {
    const onCall = async (): Promise<SandboxReply> => ({
      ok: true,
      value: Buffer.from('{"text":"Grüße 🙂","__proto__":{"x":1}}'),
    });
    expect(
      await sandbox.value(`const a = await files.read(); return [a.text, a.x, Object.keys(a)]`, { onCall }),
    ).toEqual(['Grüße 🙂', null, ['text', '__proto__']]);
  });

  test('converts arguments as results are', async () => {
    const { calls } = await sandbox.run(
      'await files.read({ at: new Date(0), tags: new Set(["a"]), n: NaN, u: undefined })',
    );
    expect(calls[0]?.args).toBe('{"at":"1970-01-01T00:00:00.000Z","tags":["a"],"n":null}');
  });
});

describe('a server object', () => {
  test('is no thenable, lists its tools and cannot be changed', async () => {
    const code = `return [await files === files, Object.keys(files), 'read' in files, 'nope' in files, typeof files.then, typeof files.toJSON, typeof files[Symbol.iterator], typeof files.constructor]`;
    expect(await sandbox.value(code)).toEqual([
      true,
      table.servers.files,
      true,
      false,
      'undefined',
      'undefined',
      'undefined',
      'undefined',
    ]);
    for (const change of [
      'files.read = 1',
      'delete files.read',
      'Object.defineProperty(files, "x", { value: 1 })',
      'Object.setPrototypeOf(files, {})',
      'Object.freeze(files)',
    ]) {
      expect((await sandbox.run(change)).failure).toMatchObject({
        name: 'TypeError',
        message: expect.stringContaining('cannot be changed'),
      });
    }
  });

  test('has a tool named `then` where the table says so', async () => {
    const other = new Sandbox({}, { servers: { odd: ['then', 'constructor'], Map: ['get'] } });
    try {
      const { calls, value } = await other.run(
        'odd.constructor({ a: 1 }); return [typeof odd.then, new Map([[1, 2]]).get(1)]',
      );
      expect(value).toEqual(['function', 2]);
      expect(calls.map(({ tool }) => tool)).toEqual(['constructor']);
    } finally {
      await other.close();
    }
  });
});

describe('arguments that have no JSON', () => {
  test.each([
    ['{ a: { b: [() => {}] } }', 'arguments.a.b[0] is a function'],
    ['{ id: 5n }', 'arguments.id is a BigInt'],
    ['(() => { const a = {}; a.self = a; return a })()', 'arguments.self refers back to arguments: a cycle'],
    ['{ get x() { throw new Error("hidden") } }', 'arguments.x could not be read: hidden'],
    ['{ text: "x".repeat(20000) }', 'arguments is larger than 10000 bytes as JSON'],
    ['{ text: "é".repeat(6000) }', 'at most 10000'],
  ])('%s', async (args, message) => {
    const ran = await sandbox.run(
      `try { await files.read(${args}) } catch (e) { return [e instanceof ToolError, e.kind, e.retrySafe, e.message] }`,
    );
    expect(ran.value).toEqual([true, 'arguments_invalid', 'yes', expect.stringContaining(message)]);
    expect(ran.calls).toEqual([]);
  });
});

describe('a call that fails', () => {
  test('throws a ToolError with the fields of the failure', async () => {
    const code = `try { await files.fail({ path: 'a' }) } catch (e) {
      return [e instanceof ToolError, e instanceof Error, e.name, e.message, e.server, e.tool, e.args, e.kind, e.retrySafe, e.hint, e.content]
    }`;
    expect(await sandbox.value(code)).toEqual([
      true,
      true,
      'ToolError',
      'no such file',
      'files',
      'fail',
      { path: 'a' },
      'tool_failed',
      'no',
      'Look twice.',
      null,
    ]);
  });

  test('names the call and the line where nobody catches it', async () => {
    const { failure } = await sandbox.run(`const a = 1;\nawait files.fail({ path: 'a' })`);
    expect(failure).toMatchObject({
      reason: 'error',
      name: 'ToolError',
      message: 'no such file',
      frames: [{ line: 2, column: 13 }],
      tool: {
        server: 'files',
        tool: 'fail',
        kind: 'tool_failed',
        retrySafe: 'no',
        hint: 'Look twice.',
        args: '{"path":"a"}',
      },
    });
  });

  test('is found as a cause, and in an AggregateError', async () => {
    const cause = await sandbox.run(
      `try { await files.fail({ n: 1 }) } catch (cause) { throw new Error('outer', { cause }) }`,
    );
    expect(cause.failure).toMatchObject({ name: 'Error', message: 'outer', tool: { args: '{"n":1}' } });
    const any = await sandbox.run(`await Promise.any([files.fail({ n: 2 })])`);
    expect(any.failure).toMatchObject({ name: 'AggregateError', tool: { args: '{"n":2}' } });
  });

  test('is reported as it was, whatever the script does to the error', async () => {
    const { failure } = await sandbox.run(
      `try { await files.fail({}) } catch (e) { e.server = 'other'; e.retrySafe = 'yes'; throw e }`,
    );
    expect(failure?.tool).toMatchObject({ server: 'files', retrySafe: 'no' });
  });

  test("a rejection of the orchestrator's own does not leak", async () => {
    const { failure } = await sandbox.run('await files.read()', {
      onCall: () => Promise.reject(new Error('secret path /etc')),
    });
    expect(failure?.tool).toMatchObject({ kind: 'sandbox_failed', retrySafe: 'unknown' });
    expect(JSON.stringify(failure)).not.toContain('secret');
  });
});

describe('many calls', () => {
  test('run in parallel, as many as allowed, the others in their order', async () => {
    let inFlight = 0;
    let most = 0;
    const onCall = async ({ args }: { args: string }): Promise<SandboxReply> => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inFlight -= 1;
      return { ok: true, value: args };
    };
    const ran = await sandbox.run(
      'return (await Promise.all(Array.from({ length: 10 }, (_, i) => files.read({ i })))).map(({ i }) => i)',
      { onCall },
    );
    expect(ran.value).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(ran.calls.map(({ args }) => JSON.parse(args).i)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(4);
  });

  test('keep their order with the console', async () => {
    const seen: string[] = [];
    await sandbox.run(
      `console.log('one'); const a = files.read(); console.log('two'); console.log('three'); await a; console.log('four')`,
      {
        onCall: async () => {
          seen.push('call');
          return { ok: true, value: '1' };
        },
        onOutput: (text) => seen.push(text),
      },
    );
    expect(seen).toEqual(['one\n', 'call', 'two\n', 'three\n', 'four\n']);
  });

  test('large arguments and results pass whole', async () => {
    const big = new Sandbox();
    try {
      const ran = await big.run(
        `const text = '0123456789'.repeat(3e5); const back = await files.echo({ text }); return back.text === text`,
      );
      expect(ran.value).toBe(true);
    } finally {
      await big.close();
    }
  });
});
