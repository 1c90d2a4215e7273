/** The console: order, prefixes, how values look, and the cap. */
import { afterAll, describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

const sandbox = new Sandbox({ outputBytesMax: 30_000 });
afterAll(() => sandbox.close());

const printed = async (code: string) => (await sandbox.run(code)).output;

describe('lines', () => {
  test('come in order, with their level', async () => {
    const code = `console.log('a', 1); console.info('b'); console.debug('c'); console.warn('d\\nd'); console.error('e'); console.log()`;
    expect(await printed(code)).toBe('a 1\nb\nc\nwarn: d\nd\nerror: e\n\n');
  });

  test('come while the script runs', async () => {
    const early: string[] = [];
    await sandbox.run(`console.log('early'); await files.read(); console.log('late')`, {
      onOutput: (text) => early.push(text),
      onCall: async () => {
        expect(early).toEqual(['early\n']);
        return { ok: true, value: '1' };
      },
    });
    expect(early).toEqual(['early\n', 'late\n']);
  });

  test('come also from a script that fails, or is ended', async () => {
    expect(await printed(`console.log('before'); null.x`)).toBe('before\n');
    const stop = new AbortController();
    const ran = await sandbox.run(`console.log('before'); for (;;);`, {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    expect(ran).toMatchObject({ output: 'before\n', failure: { reason: 'aborted' } });
  });

  test('are gathered where there are many, and stay in order', async () => {
    const ran = await sandbox.run('for (let i = 0; i < 4000; i++) console.log(i)');
    expect(ran.output).toBe(Array.from({ length: 4000 }, (_, i) => `${i}\n`).join(''));
  });

  test('take format directives', async () => {
    expect(
      await printed(
        `console.log('%s is %d%% of %o, %i %f %j %c', 'a', 5, { b: 1 }, 7.9, '1.5', [1], 'css', 'rest')`,
      ),
    ).toBe('a is 5% of { b: 1 }, 7 1.5 [1]  rest\n');
  });

  test('are grouped, counted, timed, asserted and tabled', async () => {
    const code = `console.group('g'); console.log('in\\nside'); console.groupEnd(); console.count(); console.count(); console.count('x');
      console.assert(true, 'no'); console.assert(false, 'yes'); console.table([{ a: 1, b: 'x' }, { a: 22 }]); console.dir({ a: 1 }); console.time('t'); console.timeEnd('t')`;
    expect(await printed(code)).toMatch(
      /^g\n {2}in\n {2}side\ndefault: 1\ndefault: 2\nx: 1\nerror: Assertion failed: yes\n\(index\) \| a {2}\| b\n-+\|-+\|-+\n0 {7}\| 1 {2}\| 'x'\n1 {7}\| 22 \|\n\{ a: 1 \}\nt: \d+ms\n$/,
    );
  });
});

describe('values', () => {
  test.each<[string, string]>([
    [
      `{ a: 1, 'b-c': ['x', null, undefined], d: { e: {} } }`,
      `{ a: 1, 'b-c': [ 'x', null, undefined ], d: { e: {} } }`,
    ],
    ['[]', '[]'],
    ['new Map([["a", { b: 1 }]])', "Map(1) { 'a' => { b: 1 } }"],
    ['new Set([1, 2])', 'Set(2) { 1, 2 }'],
    ['new Uint8Array([1, 2])', 'Uint8Array(2) [ 1, 2 ]'],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['/x/g', '/x/g'],
    ['10n', '10n'],
    ['-0', '-0'],
    ['Symbol("s")', 'Symbol(s)'],
    [
      '[function named() {}, () => {}, class A {}]',
      '[ [Function: named], [Function (anonymous)], [class: A] ]',
    ],
    ['new (class Point { x = 1 })', 'Point { x: 1 }'],
    ['Object.create(null)', '[Object: null prototype] {}'],
    ['{ get a() { throw 1 }, set b(v) {} }', '{ a: [Getter], b: [Getter/Setter] }'],
    ['(() => { const a = { b: {} }; a.b.a = a; return a })()', '{ b: { a: [Circular] } }'],
    ['Promise.resolve(1)', 'Promise (await it to see its value)'],
    ['"it\'s"', "it's"],
    ['["it\'s", "a\\nb"]', `[ "it's", 'a\\nb' ]`],
    ['new Proxy({}, { ownKeys() { throw 1 } })', '[cannot be shown]'],
  ])('%s', async (expression, text) => {
    expect(await printed(`console.log(${expression})`)).toBe(`${text}\n`);
  });

  test('wide objects are broken into lines', async () => {
    const text = await printed(`console.log({ first: 'x'.repeat(40), second: { third: 'y'.repeat(40) } })`);
    expect(text).toBe(`{\n  first: '${'x'.repeat(40)}',\n  second: { third: '${'y'.repeat(40)}' }\n}\n`);
  });

  test('errors show their stack of the script only, their fields and cause', async () => {
    const text = await printed(
      `console.log(Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 5 }))`,
    );
    expect(text).toMatch(
      /^Error: outer\n {4}at script\.js:1:27 \{\n {2}code: 5,\n {2}\[cause\]: Error: inner\n {6}at script\.js:1:55\n\}\n$/,
    );
  });

  test('server objects and their tools can be shown', async () => {
    expect(await printed('console.log(files.read)')).toBe('[Function: files.read]\n');
    expect(await printed('console.log(memory)')).toBe('memory { add: [Function: memory.add] }\n');
  });

  test('what is deep or long is shortened', async () => {
    const deep = await printed('let a = 1; for (let i = 0; i < 50; i++) a = { a }; console.log(a)');
    expect(deep).toContain('[Object]');
    const long = await printed('console.log(Array.from({ length: 1000 }, (_, i) => i))');
    expect(long).toContain('... 900 more');
    expect((await printed(`console.log(['x'.repeat(20000)])`)).length).toBeLessThan(11_000);
    expect(
      (
        await printed(
          `console.log(Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ['x'.repeat(100)])))`,
        )
      ).length,
    ).toBeLessThan(30_000);
  });
});

describe('the cap', () => {
  test('cuts at a whole character and counts the rest', async () => {
    const ran = await sandbox.run(`console.log('é'.repeat(20_000)); console.log('after')`);
    expect(ran.output).toBe('é'.repeat(15_000));
    expect(ran.outputBytesCut).toBe(40_001 + 6 - 30_000);
  });

  test('lets nothing through behind the cut', async () => {
    const ran = await sandbox.run(
      `console.log('x'.repeat(29_990)); console.log('y'.repeat(100)); console.log('z'); await files.read(); console.log('z')`,
    );
    expect(ran.output).toBe(`${'x'.repeat(29_990)}\n${'y'.repeat(9)}`);
    expect(ran.outputBytesCut).toBe(92 + 2 + 2);
  });

  test('is not met by a script within it', async () => {
    expect(await sandbox.run(`console.log('x'.repeat(29_999))`)).toMatchObject({ outputBytesCut: 0 });
  });
});
