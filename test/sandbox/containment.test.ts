/** Scripts that try to hang, crash or fill what runs them: each ends with a reason, and the next script works. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

const sandbox = new Sandbox({
  cpuMsMax: 400,
  heapMebibytesMax: 32,
  residentMebibytesMax: 256,
  outputBytesMax: 10_000,
  callsMax: 500,
});
afterAll(() => sandbox.close());
afterEach(async () => {
  expect(await sandbox.value('return 41 + 1')).toBe(42);
});

async function reasonOf(code: string): Promise<string | undefined> {
  return (await sandbox.run(code)).failure?.reason;
}

describe('scripts that never end', () => {
  test.each([
    ['synchronously', 'for (;;);'],
    ['after an await', 'await files.read(); for (;;);'],
    ['in microtasks', 'for (;;) await 0;'],
    ['in microtasks after an await', 'await files.read(); for (;;) await 0;'],
    ['in a timer', 'await new Promise(() => setTimeout(() => { for (;;); }))'],
    ['in a getter of the result', 'return { get a() { for (;;); } }'],
    ['in toJSON', 'return { toJSON() { for (;;); } }'],
    ['in a thenable', 'return { then() { for (;;); } }'],
    ['in a Proxy that is thrown', 'throw new Proxy({}, { getPrototypeOf() { for (;;); } })'],
    ['in a catastrophic regular expression', `/^(a+)+$/.test('a'.repeat(40) + 'b')`],
    ['in a polluted Object.prototype', 'Object.prototype.toJSON = () => { for (;;); }; return {}'],
    [
      'in a rejected Proxy that nobody handles',
      'Promise.reject(new Proxy({}, { get() { for (;;); } })); await new Promise((go) => setTimeout(go, 50)); for (;;);',
    ],
    ['in a builtin that cannot be interrupted: indexOf', '[].indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
    [
      'in a builtin that cannot be interrupted: forEach',
      '[].forEach.call({ length: 2 ** 53 - 1 }, () => {})',
    ],
    ['in a builtin that cannot be interrupted: sort', 'const a = []; a[2 ** 32 - 2] = 1; a.sort()'],
    ['in a BigInt', 'let x = 3n; for (let i = 0; i < 40; i++) x = x * x'],
  ])('%s', async (_name, code) => {
    expect(['cpu', 'memory', 'resident', 'crashed']).toContain(await reasonOf(code));
  });

  test('after the script has returned: its process is not used again', async () => {
    const ran = await sandbox.run(
      'Promise.resolve().then(() => Promise.resolve()).then(() => [].indexOf.call({ length: 2 ** 53 - 1 }, 1)); return 1',
    );
    expect(ran.ok || ran.failure?.reason === 'cpu').toBe(true);
  });

  test('recursion is an error of the script', async () => {
    const ran = await sandbox.run('const f = () => f(); f()');
    expect(ran.failure).toMatchObject({ reason: 'error', name: 'RangeError' });
    expect(ran.failure?.frames[0]?.line).toBe(1);
  });

  test('recursion that catches itself and makes code ends, one way or the other', async () => {
    const code = `function f() { try { f() } catch {} try { (0, globalThis.eval)('1+1') } catch {} try { Function('1') } catch {} } f(); return 'done'`;
    const ran = await sandbox.run(code);
    expect(ran.ok || ['cpu', 'crashed', 'error', 'memory'].includes(ran.failure?.reason ?? '')).toBe(true);
  });
});

describe('scripts that take memory', () => {
  test.each([
    ['arrays', 'const all = []; for (;;) all.push(new Array(1000).fill({}))'],
    ['a Map', 'const m = new Map(); for (let i = 0; ; ) m.set(i++, i)'],
    ['an object with many keys', 'const o = {}; for (let i = 0; ; i++) o["k" + i] = i'],
    ['strings', 'const all = []; for (let i = 0; ; i++) all.push(String(i).repeat(1000))'],
    ['doubling arrays', 'let a = [1.5]; for (;;) a = [...a, ...a]'],
    ['a filled array', 'new Array(5e8).fill(1.5)'],
    ['typed arrays', 'const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1))'],
    [
      'Intl objects, which the heap limit does not count',
      'const all = []; for (;;) all.push(new Intl.NumberFormat("de"))',
    ],
  ])('%s', async (_name, code) => {
    const ran = await sandbox.run(code);
    expect(['memory', 'resident', 'cpu', 'error']).toContain(ran.failure?.reason);
  });

  test('resizable buffers, which the heap limit would not count, cannot be made', async () => {
    const code = `const b = new ArrayBuffer(8, { maxByteLength: 2 ** 33 });
      class Mine extends ArrayBuffer {}
      const c = new Mine(8, { maxByteLength: 2 ** 33 });
      return [b.resizable, c.resizable, typeof b.resize, b instanceof ArrayBuffer, c instanceof Mine, b.constructor === ArrayBuffer, b.slice(2).byteLength]`;
    expect(await sandbox.value(code)).toEqual([false, false, 'undefined', true, true, true, 6]);
  });

  test('a result of 200 MB is refused by its size', async () => {
    const ran = await sandbox.run(`return { text: 'x'.repeat(2e8) }`);
    expect(['result', 'memory', 'resident']).toContain(ran.failure?.reason);
  });

  test('1 GB of console output is cut and counted', async () => {
    const ran = await sandbox.run(
      `const line = 'x'.repeat(1e6); for (let i = 0; i < 1000; i++) console.log(line); return 1`,
    );
    expect(ran).toMatchObject({ ok: true, outputBytesCut: 1_000_001_000 - 10_000 });
    expect(Buffer.byteLength(ran.output)).toBe(10_000);
  });

  test('a million calls end the run', async () => {
    const ran = await sandbox.run('for (let i = 0; i < 1e6; i++) await files.read({ i })');
    expect(ran.failure).toMatchObject({ reason: 'calls', message: expect.stringContaining('500') });
    expect(ran.calls).toHaveLength(500);
  });

  test('a million calls that nobody awaits end the run too', async () => {
    const ran = await sandbox.run('for (let i = 0; i < 1e6; i++) files.read({ i })');
    expect(ran.failure?.reason).toBe('calls');
    expect(ran.calls.length).toBeLessThanOrEqual(500);
  });

  test('timers are bounded', async () => {
    const ran = await sandbox.run('for (;;) setTimeout(() => {}, 1e6)');
    expect(ran.failure).toMatchObject({
      reason: 'error',
      name: 'RangeError',
      message: expect.stringContaining('timersMax'),
    });
    expect(await reasonOf('for (let i = 1e6; ; i--) clearTimeout(setTimeout(() => {}, i))')).toBe('cpu');
  });
});

describe('what is not there', () => {
  test.each([
    'process',
    'fetch',
    'Buffer',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'eval',
    'module',
    'guest',
    'global',
  ])('%s', async (name) => {
    expect((await sandbox.run(`${name}.x`)).failure).toMatchObject({
      reason: 'error',
      name: 'ReferenceError',
      message: `${name} is not defined`,
    });
  });

  test('process.exit() is an error of the script', async () => {
    expect((await sandbox.run('process.exit(1)')).failure).toMatchObject({ name: 'ReferenceError' });
  });

  test('require says what to do', async () => {
    const message =
      'Cannot import "fs": a script can import only "unified_api". Tools are the way to reach files, network and processes.';
    expect((await sandbox.run(`require('fs')`)).failure).toMatchObject({ name: 'Error', message });
  });

  test('import() finds nothing', async () => {
    expect((await sandbox.run(`await import('fs')`)).failure?.reason).toBe('error');
  });

  test.each([
    [`new Function('return 1')`],
    [`(() => {}).constructor('return 1')()`],
    [`(async () => {}).constructor('return 1')()`],
    [`(function* () {}).constructor('return 1')`],
    [`(async function* () {}).constructor('return 1')`],
    [`files.read.constructor('return 1')()`],
    [`console.log.constructor('return 1')()`],
    [`Reflect.construct(Object.getPrototypeOf(async () => {}).constructor, ['return 1'])`],
  ])('code from text: %s', async (code) => {
    expect((await sandbox.run(`return ${code}`)).failure).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('cannot make code from a string'),
    });
  });

  test('functions are still instances of Function', async () => {
    expect(
      await sandbox.value('return [(() => {}) instanceof Function, typeof Function.prototype.call]'),
    ).toEqual([true, 'function']);
  });

  test('the bridge is out of reach', async () => {
    const code = `return [typeof $0, typeof arguments[0], arguments.length, this === undefined, Object.keys(globalThis)]`;
    expect(await sandbox.value(code)).toEqual(['undefined', 'undefined', 0, true, []]);
  });

  test('Error.prepareStackTrace cannot be set, so that no stack runs code', async () => {
    const ran = await sandbox.run(`try { Error.prepareStackTrace = () => { for (;;); } } catch {} null.x`);
    expect(ran.failure).toMatchObject({ reason: 'error', name: 'TypeError', frames: [{ line: 1 }] });
    expect(
      await sandbox.value(
        `try { Object.defineProperty(Error, 'stackTraceLimit', { value: 0 }); return 1 } catch { return 2 }`,
      ),
    ).toBe(2);
  });
});

describe('what a script patches', () => {
  test('pollution stays in its own isolate', async () => {
    expect(
      await sandbox.value(`Object.prototype.polluted = 1; Array.prototype.map = null; return ({}).polluted`),
    ).toBe(1);
    expect(await sandbox.value(`return [typeof ({}).polluted, typeof [].map]`)).toEqual([
      'undefined',
      'function',
    ]);
  });

  test('patched builtins do not break calls, console and results', async () => {
    const code = `
      const own = JSON.parse;
      JSON.stringify = JSON.parse = () => 'stolen';
      Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => { throw 1 };
      Promise.prototype.then = () => { throw 1 };
      Array.prototype[Symbol.iterator] = () => { throw 1 };
      Array.prototype.push = String.prototype.indexOf = String.prototype.slice = RegExp.prototype.exec = () => { throw 1 };
      const answer = await files.read({ a: [1, 'two'] });
      console.log('line');
      return { answer }`;
    const ran = await sandbox.run(code);
    expect(ran).toMatchObject({ ok: true, value: { answer: { a: [1, 'two'] } }, output: 'line\n' });
  });

  test('a patched array iterator does not see messages to the host', async () => {
    const code = `
      const seen = [];
      const real = Array.prototype[Symbol.iterator];
      Array.prototype[Symbol.iterator] = function () { seen[seen.length] = this.length; return real.call(this) };
      await files.read({ a: 1 });
      Array.prototype[Symbol.iterator] = real;
      return seen`;
    expect(await sandbox.value(code)).toEqual([]);
  });
});
