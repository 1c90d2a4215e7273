/** The type check as an agent meets it: refused before anything ran, told how to mend it, or let through. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { endsLast } from '../support/ends-last.ts';
import { fixture, type Served, serve, setUp } from '../support/orchestrator.ts';
import { descendantsOf, eventually, isAlive } from '../support/processes.ts';

const servers = { plain: fixture('plain-tools.mjs'), 'my-v1': fixture('sdk-v1-stdio.mjs') };

let served: Served;
const onEnd = endsLast();

beforeAll(async () => {
  served = await serve(setUp(servers, {}, onEnd), { onEnd });
});

/** Minutes of checking, and nothing to compile. */
const slowToCheck =
  'type N<T extends 0[] = []> = T["length"] extends 990 ? T : N<[...T, 0]>; type M<A extends 0[], R extends 0[] = []> = A extends [0, ...infer B extends 0[]] ? M<B, [...R, ...N]> : R; const x: M<N> = 1; return x';

const twoErrors = `const { sum } = await plain.add({ a: 1, b: 2 });
const text = await plain.ecko({ text: "hi" });
return plain.add({ a: sum, b: "3" });`;

describe('a script with type errors', () => {
  it('does not run, and says all that is wrong with it', async () => {
    const run = await served.run(twoErrors);
    expect(run).toMatchObject({
      status: 'type_error',
      returncode: 2,
      isError: true,
      calls: [],
      error: {
        kind: 'script_type',
        name: 'TS2339',
        message: 'Server "plain" has no tool "ecko".',
        hint: 'Did you mean plain.echo?',
        line: 2,
        column: 26,
        frame: expect.stringContaining('> 2 | const text = await plain.ecko('),
        diagnostics: [
          { code: 'TS2339', line: 2, column: 26 },
          {
            code: 'TS2322',
            line: 3,
            column: 28,
            message: "Property 'b': Type 'string' is not assignable to type 'number'.",
            frame: expect.stringContaining('> 3 | return plain.add('),
            hint: 'It takes: plain.add({ a: number; b: number })',
          },
        ],
      },
    });
    expect(run.text).toContain('type_error: TS2339: Server "plain" has no tool "ecko". (line 2:26)');
    expect(run.text).toContain(
      "3:28 TS2322: Property 'b': Type 'string' is not assignable to type 'number'. It takes: plain.add({ a: number; b: number })",
    );
  });

  it('costs under 400 tokens', async () => {
    const lines = Array.from(
      { length: 60 },
      (_, index) => `const n${index} = await plain.add({ a: ${index}, b: "x" });`,
    );
    const run = await served.run(lines.join('\n'));
    expect(run.error).toMatchObject({ diagnostics_total: 60 });
    expect(run.error?.diagnostics).toHaveLength(10);
    expect(run.text).toMatch(/\.\.\. and \d+ more/);
    expect(run.text.length).toBeLessThan(1_600);
  });

  it.each([
    ['statements', 'const a = 1;\n  plain.nope()', 2, 9],
    ['statements on the first line', 'plain.nope()', 1, 7],
    ['statements behind imports', 'import { plain } from "unified_api"; plain.nope()', 1, 44],
    ['statements below imports', 'import { plain } from "unified_api";\n\nplain.nope()', 3, 7],
    ['a module', 'import { plain } from "unified_api";\nexport default plain.nope()', 2, 22],
    ['a script with a hash bang', '#!/usr/bin/env node\nplain.nope()', 2, 7],
    ['characters beyond the plane', 'const a = "é😀"; plain.nope()', 1, 24],
  ])('is told the place of the author: %s', async (_, code, line, column) => {
    expect((await served.run(code)).error).toMatchObject({ line, column });
  });

  it('that cannot be compiled either is told that', async () => {
    expect((await served.run('plain.nope(')).error).toMatchObject({ kind: 'script_syntax' });
    expect((await served.run('import fs from "fs"; fs.x; plain.nope()')).error).toMatchObject({
      kind: 'script_import',
    });
  });
});

describe('the mode', () => {
  it('"warn" runs the script and tells', async () => {
    const run = await served.run('const n: number = "x"; return n', { check: 'warn' });
    expect(run).toMatchObject({
      status: 'success',
      result: 'x',
      warnings: [
        { code: 'TS2322', line: 1, column: 7, message: "Type 'string' is not assignable to type 'number'." },
      ],
    });
    expect(run.text).toContain("type warnings:\n1:7 TS2322: Type 'string' is not");
  });

  it('"off" does not look', async () => {
    const run = await served.run('const n: number = "x"; return n', { check: 'off' });
    expect(run).toMatchObject({ status: 'success', result: 'x' });
    expect(run.warnings).toBeUndefined();
  });

  it('is the configuration’s where a call does not say', async () => {
    const off = await serve(setUp(servers, { check: 'off' }));
    expect(await off.run('const n: number = "x"; return n')).toMatchObject({ status: 'success' });
    expect(await off.run('const n: number = "x"; return n', { check: 'strict' })).toMatchObject({
      status: 'type_error',
    });
  });
});

it.each([
  ['statements', '// @ts-nocheck\nplain.nope()'],
  ['a module', '// @ts-nocheck\nimport { plain } from "unified_api";\nexport default plain.nope()'],
  ['one line', '// @ts-ignore\nplain.nope()'],
  ['one line that is to be wrong', '/* @ts-expect-error */ plain.nope()'],
])('cannot be switched off from inside a script: %s', async (_, code) => {
  expect((await served.run(code)).error).toMatchObject({
    kind: 'script_type',
    name: 'TS2339',
    hint: expect.stringContaining('`@ts-ignore` and its like have no effect here.'),
  });
});

describe('check_only', () => {
  it('runs nothing and lists the tools', async () => {
    const run = await served.run(
      'await plain.echo({ text: "x" }); const t: string = input; await my_v1[t]({})',
      {
        check_only: true,
      },
    );
    expect(run).toMatchObject({ status: 'success', calls: [], tools: ['plain.echo', 'my_v1.*'] });
    expect(run.result).toBeUndefined();
    expect(run.text).toContain('can call: plain.echo, my_v1.*');
  });

  it('reports errors as a run would', async () => {
    expect(await served.run(twoErrors, { check_only: true })).toMatchObject({
      status: 'type_error',
      tools: ['plain.add'],
    });
  });
});

it('a server that is not usable says so at the call, not as a type error', async () => {
  const { run } = await serve(setUp({ ...servers, gone: fixture('exits-at-once.mjs') }));
  expect((await run('await gone.anything({ a: 1 })')).error).toMatchObject({ kind: 'server_unavailable' });
  expect((await run('await gone__anything({ a: 1 })')).error?.hint).toContain('is not usable');
});

describe('where the check cannot be made', () => {
  it('the script runs, and the result says so', { timeout: 30_000 }, async () => {
    const { run } = await serve(setUp(servers, { limits: { checkMsMax: 500 } }));
    expect(await run('return 1')).toMatchObject({ status: 'success' });
    const result = await run(slowToCheck);
    expect(result).toMatchObject({
      status: 'success',
      result: 1,
      unchecked: 'the check took more than 500 ms (checkMsMax)',
    });
    expect(result.text).toContain('note: types were not checked: the check took more than 500 ms');
    expect(await run('plain.nope()')).toMatchObject({ status: 'type_error' });
  });
});

it.skipIf(process.platform !== 'linux')(
  'a checker that is killed under a script leaves it unchecked, and the next one is checked',
  { timeout: 30_000 },
  async () => {
    const { run, pid } = await serve(setUp(servers, { limits: { checkMsMax: 20_000 } }));
    expect(await run('plain.nope()')).toMatchObject({ status: 'type_error' });
    const running = run(slowToCheck);
    const checkers = descendantsOf(pid).filter((child) =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--api'),
    );
    const busy = (child: number) => Number(readFileSync(`/proc/${child}/stat`, 'utf8').split(' ')[13]);
    const before = checkers.map(busy);
    await eventually(
      () => checkers.some((child, index) => busy(child) - (before[index] ?? 0) > 20),
      'the check is under way',
    );
    for (const child of checkers) process.kill(child, 'SIGKILL');
    const result = await running;
    expect(result).toMatchObject({
      status: 'success',
      result: 1,
      unchecked: 'the type checker ended with SIGKILL',
    });
    expect(result.text).toContain('note: types were not checked: the type checker ended with SIGKILL');
    expect(await run('plain.nope()')).toMatchObject({ status: 'type_error' });
  },
);

it('no process is left behind, however the orchestrator ends', async () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const { run, pid } = await serve(setUp(servers));
    expect(await run('return 1')).toMatchObject({ status: 'success' });
    const below = descendantsOf(pid).filter((child) =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--api'),
    );
    expect(below).toHaveLength(1);
    process.kill(pid, signal);
    await eventually(() => !below.some(isAlive), `the checker has gone after ${signal}`);
  }
});

describe('the command `check`', () => {
  const check = (code: string, ...args: string[]) => {
    const { configFile } = setUp(servers);
    return command(['check', '-', '--config', configFile, ...args], { stdin: code });
  };

  it('prints the tools that a script can call', async () => {
    expect(await check('await plain.echo({ text: "x" }); await plain.add({ a: 1, b: 2 })')).toEqual({
      code: 0,
      stdout: 'plain.add\nplain.echo\n',
      stderr: 'no type errors; tools that it can call:\n',
    });
  });

  it('prints errors to stderr and exits with 1', async () => {
    const { code, stdout, stderr } = await check(twoErrors);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('TS2339: Server "plain" has no tool "ecko"');
  });

  it('gives JSON', async () => {
    const { code, stdout } = await check(twoErrors, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'type_error', returncode: 2, tools: ['plain.add'] });
  });
});
