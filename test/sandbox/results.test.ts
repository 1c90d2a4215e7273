/** What a script's value becomes as JSON, and what is refused by the path to it. */
import { afterAll, describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

const sandbox = new Sandbox({ resultBytesMax: 100_000 });
afterAll(() => sandbox.close());

describe('converted', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['[1, -0, 1.5e300, NaN, Infinity]', [1, 0, 1.5e300, null, null]],
    ['{ a: undefined, b: [undefined, , 1] }', { b: [null, null, 1] }],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['{ at: new Date(NaN) }', { at: null }],
    ['new Map([["a", 1], ["b", new Map()]])', { a: 1, b: {} }],
    [
      'new Map([[1, "x"], ["b", 2]])',
      [
        [1, 'x'],
        ['b', 2],
      ],
    ],
    ['new Set([1, [2]])', [1, [2]]],
    ['[10n, -(2n ** 53n - 1n), 2n ** 64n]', [10, -9007199254740991, '18446744073709551616']],
    ['new Uint8Array([1, 2])', [1, 2]],
    ['new Float64Array([0.5])', [0.5]],
    ['new BigInt64Array([5n])', [5]],
    ['new Uint8Array([1, 2]).buffer', [1, 2]],
    ['new TypeError("bad")', { name: 'TypeError', message: 'bad' }],
    ['Object.assign(new Error("bad"), { code: 3 })', { name: 'Error', message: 'bad', code: 3 }],
    ['/a+/gi', '/a+/gi'],
    ['[Object(1), Object("s"), Object(true)]', [1, 's', true]],
    ['{ toJSON() { return { kept: [this.x] } }, x: 5 }', { kept: [5] }],
    ['new (class Point { x = 1; #y = 2; get z() { return 3 } })', { x: 1 }],
    ['Object.create(null, { a: { value: 1, enumerable: true } })', { a: 1 }],
    ['JSON.parse(\'{"__proto__": {"a": 1}, "b": 2}\')', JSON.parse('{"__proto__": {"a": 1}, "b": 2}')],
    ['"\\u2028 \\ud800 \\" \\n"', '\u2028 \ud800 " \n'],
    ['new URL("https://a.b/c")', 'https://a.b/c'],
    ['(() => { const shared = { a: 1 }; return [shared, shared] })()', [{ a: 1 }, { a: 1 }]],
    ['(input) => ({ called: typeof input })', { called: 'undefined' }],
    ['async () => 5', 5],
    ['Promise.resolve(6)', 6],
  ])('%s', async (expression, value) => {
    expect(
      await sandbox.value(`return ${expression.startsWith('{') ? `(${expression})` : expression}`),
    ).toEqual(value);
  });

  test('the function gets the input', async () => {
    expect(await sandbox.value('return async (given) => [given, input]', { input: { a: [1] } })).toEqual([
      { a: [1] },
      { a: [1] },
    ]);
  });

  test('a script without return has no result', async () => {
    const ran = await sandbox.run('1 + 1');
    expect(ran.ok).toBe(true);
    expect(ran.result).toBeUndefined();
  });
});

describe('refused', () => {
  test.each([
    ['{ items: [0, 1, 2, { callback() {} }] }', 'result.items[3].callback is a function'],
    ['{ "a-b": Symbol() }', 'result["a-b"] is a symbol'],
    [
      '(() => { const a = { b: { c: [] } }; a.b.c.push(a.b); return a })()',
      'result.b.c[0] refers back to result.b: a cycle',
    ],
    ['{ user: Promise.resolve(1) }', 'result.user is a Promise: await it first'],
    ['{ rows: [1].values() }', 'result.rows is an iterator'],
    ['[new WeakMap()]', 'result[0] is a WeakMap'],
    ['{ get bad() { throw new Error("no") } }', 'result.bad could not be read: no'],
    ['new Proxy({}, { ownKeys() { throw new Error("trap") } })', 'result could not be read: trap'],
    [
      '(() => { let a = 1; for (let i = 0; i < 2000; i++) a = [a]; return a })()',
      'nested more than 1000 levels deep',
    ],
    [
      '(() => { let n = 0; const f = () => ({ n: n++, toJSON: f }); return f() })()',
      'result could not be read',
    ],
    ['"x".repeat(200000)', 'result is larger than 100000 bytes as JSON'],
    ['["é".repeat(60000)]', 'result is larger than 100000 bytes as JSON'],
    [
      '(() => { let a = ["x"]; for (let i = 0; i < 40; i++) a = [a, a]; return a })()',
      'result is larger than 100000 bytes as JSON',
    ],
    ['() => () => 1', 'result is a function'],
    ['{ files }', 'result.files.read is a function'],
  ])('%s', async (expression, message) => {
    const ran = await sandbox.run(`return ${expression.startsWith('{') ? `(${expression})` : expression}`);
    expect(ran.failure).toMatchObject({ reason: 'result', message: expect.stringContaining(message) });
  });
});
