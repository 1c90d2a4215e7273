/** Whatever is thrown becomes a failure of plain strings, with the script's own lines. */
import { afterAll, describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

const sandbox = new Sandbox();
afterAll(() => sandbox.close());

const failureOf = async (code: string) => (await sandbox.run(code)).failure;

describe('thrown values', () => {
  test.each([
    ['null', 'throw null', 'null was thrown'],
    ['undefined', 'throw undefined', 'undefined was thrown'],
    ['a number', 'throw 42', '42 was thrown'],
    ['a string', `throw 'boom'`, 'boom'],
    ['an object', 'throw { code: 7 }', '{ code: 7 }'],
    ['a symbol', `throw Symbol('s')`, 'Symbol(s) was thrown'],
    [
      'a Proxy whose traps throw',
      'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 1 }, getOwnPropertyDescriptor() { throw 1 }, ownKeys() { throw 1 } })',
      'cannot be read',
    ],
    [
      'a revoked Proxy',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy',
      'cannot be read',
    ],
  ])('%s', async (_name, code, message) => {
    expect(await failureOf(code)).toMatchObject({
      reason: 'error',
      name: 'Error',
      message: expect.stringContaining(message),
    });
  });

  test('hostile getters of an error are not run', async () => {
    const code = `const e = new Error('x'); for (const k of ['name', 'message', 'stack', 'cause']) Object.defineProperty(e, k, { get() { for (;;); } }); throw e`;
    expect(await failureOf(code)).toMatchObject({ reason: 'error', name: 'Error', message: '' });
  });

  test('a huge message is cut', async () => {
    const failure = await failureOf(`throw new Error('x'.repeat(2 ** 26))`);
    expect(failure?.message.length).toBeLessThan(9_000);
    expect(failure?.message).toMatch(/^x{8192}\.\.\. \(67108864 characters\)$/);
  });

  test('a class that extends Error is known by its name', async () => {
    expect(await failureOf(`class ShopClosed extends Error {} throw new ShopClosed('at six')`)).toMatchObject(
      { name: 'ShopClosed', message: 'at six' },
    );
    expect(await failureOf(`const e = new Error('m'); e.name = 'Custom'; throw e`)).toMatchObject({
      name: 'Custom',
    });
  });

  test('in a timer, and in a microtask', async () => {
    expect(
      await failureOf(`setTimeout(() => { throw new Error('late') }, 1); await new Promise(() => {})`),
    ).toMatchObject({ message: 'late' });
    expect(
      await failureOf(`queueMicrotask(() => { throw new Error('soon') }); await new Promise(() => {})`),
    ).toMatchObject({ message: 'soon' });
  });
});

describe('positions', () => {
  test("are the script's own, on the first line too", async () => {
    expect((await failureOf('null.x'))?.frames).toEqual([{ line: 1, column: 6 }]);
    const failure = await failureOf(
      'const a = 1;\nfunction inner() {\n  null.x;\n}\nasync function outer() {\n  await 0;\n  inner();\n}\nawait outer();',
    );
    expect(failure?.frames).toEqual([
      { line: 3, column: 8, function: 'inner' },
      { line: 7, column: 3, function: 'outer' },
      { line: 9, column: 1 },
    ]);
  });

  test('a message cannot fake them', async () => {
    const failure = await failureOf(`throw new Error('x\\n    at fake (script.js:99:1)')`);
    expect(failure?.frames).toEqual([{ line: 1, column: 7 }]);
  });

  test('a syntax error that only V8 finds', async () => {
    expect(await failureOf('const ok = 1;\nconst a b c;')).toMatchObject({
      reason: 'error',
      name: 'SyntaxError',
      frames: [{ line: 2 }],
    });
  });

  test('a script that closes our wrapper still ends', async () => {
    const failure = await failureOf('}); for (;;) break; (function () {');
    expect(failure?.reason ?? 'ended').toMatch(/error|stalled|ended/);
  });
});

describe('waiting for nothing', () => {
  test('is noticed', async () => {
    const started = performance.now();
    expect(await failureOf('await new Promise(() => {})')).toMatchObject({
      reason: 'stalled',
      message: expect.stringContaining('nothing can settle'),
    });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('also after calls and timers', async () => {
    expect(
      await failureOf(
        'await files.read(); clearTimeout(setTimeout(() => {}, 1e6)); await new Promise(() => {})',
      ),
    ).toMatchObject({ reason: 'stalled' });
  });

  test('is not seen where a timer or a call is under way, or the script computes', async () => {
    expect(await sandbox.value('await new Promise((go) => setTimeout(go, 150)); return 1')).toBe(1);
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return { ok: true, value: '2' } as const;
    };
    expect(await sandbox.value('return await files.read()', { onCall: slow })).toBe(2);
    expect(await sandbox.value('const end = Date.now() + 150; while (Date.now() < end); return 3')).toBe(3);
  });
});
