/** The checker's process: bounded, replaced, ended; and what holds for the pinned version of TypeScript. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { SyntaxKind } from 'typescript/unstable/ast';
import { describe, expect, it } from 'vitest';
import { guestLibrary, libraryNames } from '../../src/checking/guest-library.ts';
import { JsonRpc } from '../../src/checking/json-rpc.ts';
import { syntaxKinds } from '../../src/checking/syntax-tree.ts';
import { hostileServer, realServers } from '../codegen/support.ts';
import { Sandbox } from '../sandbox/harness.ts';
import { temporaryFolder } from '../support/folder.ts';
import { root } from '../support/orchestrator.ts';
import { descendantsOf, eventually, isAlive } from '../support/processes.ts';
import { describeFixtures, reported, startChecker, statements } from './support.ts';

const honest = statements('return await files.read_text_file({ path: "a" })');
/** Minutes of parsing. */
const nested = `const x = ${'['.repeat(50_000)}${']'.repeat(50_000)};`;
/** Hundreds of megabytes within a second or two. */
const tuples =
  'type N<T extends 0[] = []> = T["length"] extends 990 ? T : N<[...T, 0]>; type M<A extends 0[], R extends 0[] = []> = A extends [0, ...infer B extends 0[]] ? M<B, [...R, ...N]> : R; const x: M<N> = 1;';
/** Stopped by the compiler's own limits. */
const bombs = [
  'type R<T> = T extends object ? { [K in keyof T]: R<R<T[K]>> } : T; interface I { a: I; b: I[]; c: Map<I, I> } let a!: R<R<R<I>>>; let b: R<R<R<R<I>>>> = a; b.a.b.c;',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: types of templates
  'type B = 0 | 1; type U = `${B}${B}${B}${B}${B}${B}${B}${B}${B}${B}${B}${B}${B}${B}`; type Q<X> = X extends X ? { a: X } : never; const z: { b: Q<U> } = null as any as Q<`${U}`>;',
  `const f = <A, B>(a: A, b: B): [A, B, A, B] => null as any; ${Array.from({ length: 40 }, (_, i) => `const v${i} = f(${i ? `v${i - 1}, v${i - 1}` : '1, 2'});`).join('')} const q: string = v39;`,
];

describe('a script that the checker cannot cope with', () => {
  it('is given up in time, and the next one is checked', { timeout: 60_000 }, async () => {
    const checker = startChecker({ checkMsMax: 1_000 });
    const api = await describeFixtures();
    reported(await checker.check({ sources: [honest], api }));
    const startedAt = performance.now();
    const bomb = checker.check({ sources: [nested], api });
    const behind = checker.check({ sources: [honest], api });
    expect(await bomb).toEqual({ unchecked: 'the check took more than 1000 ms (checkMsMax)' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    // It had to wait for the first as long as that may take: checked or given up, but not left hanging.
    const answer = await behind;
    if ('unchecked' in answer) expect(answer.unchecked).toContain('busy');
    else expect(answer.findings).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(reported(await checker.check({ sources: [honest], api })).findings).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'is given up where it takes too much memory',
    { timeout: 60_000 },
    async () => {
      const checker = startChecker({ checkMsMax: 30_000, checkMebibytesMax: 150 });
      const api = await describeFixtures();
      expect(await checker.check({ sources: [tuples], api })).toEqual({
        unchecked: 'the check took more than 150 MiB (checkMebibytesMax)',
      });
      expect(reported(await checker.check({ sources: [honest], api })).findings).toEqual([]);
    },
  );

  it.each(bombs)('%.30s ...', { timeout: 30_000 }, async (bomb) => {
    const checker = startChecker();
    const api = await describeFixtures();
    const answer = await checker.check({ sources: [bomb], api });
    if (!('unchecked' in answer)) expect(answer.total).toBeGreaterThan(0);
    expect(reported(await checker.check({ sources: [honest], api })).findings).toEqual([]);
  });
});

describe('the process', () => {
  it('is there once primed, and gone when closed', async () => {
    const checker = startChecker();
    const before = descendantsOf(process.pid);
    await checker.prime(await describeFixtures());
    const own = descendantsOf(process.pid).filter((pid) => !before.includes(pid) && isAlive(pid));
    expect(own).toHaveLength(1);
    await checker.close();
    expect(own.filter(isAlive)).toEqual([]);
    expect(await checker.check({ sources: [honest], api: await describeFixtures() })).toEqual({
      unchecked: 'the orchestrator is ending',
    });
  });

  it('ends when it is idle, and comes back', async () => {
    const checker = startChecker({ checkIdleMs: 100 });
    const api = await describeFixtures();
    await checker.prime(api);
    await eventually(() => !checker.running, 'ended');
    expect(reported(await checker.check({ sources: [honest], api })).findings).toEqual([]);
  });

  it('is replaced where it was killed', async () => {
    const checker = startChecker();
    const api = await describeFixtures();
    const before = descendantsOf(process.pid);
    await checker.prime(api);
    for (const pid of descendantsOf(process.pid)) if (!before.includes(pid)) process.kill(pid, 'SIGKILL');
    await eventually(() => !checker.running, 'noticed');
    expect(reported(await checker.check({ sources: [honest], api })).findings).toEqual([]);
  });

  it('that dies under a script leaves it unchecked, and the next one is checked', async () => {
    const checker = startChecker({ checkMsMax: 20_000 });
    const api = await describeFixtures();
    const before = descendantsOf(process.pid);
    await checker.prime(api);
    const answer = checker.check({ sources: [nested], api });
    for (const pid of descendantsOf(process.pid)) if (!before.includes(pid)) process.kill(pid, 'SIGKILL');
    expect(await answer).toEqual({ unchecked: 'the type checker ended with SIGKILL' });
    expect(reported(await checker.check({ sources: [honest], api })).findings).toEqual([]);
  });

  it('answers many at once, each for itself', async () => {
    const checker = startChecker({ checkMsMax: 20_000 });
    const api = await describeFixtures();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        checker.check({
          sources: [statements(`const n: ${index % 2 ? 'number' : 'string'} = "${index}"`)],
          api,
        }),
      ),
    );
    expect(answers.map((answer) => reported(answer).total)).toEqual(answers.map((_, index) => index % 2));
  });

  it('sees a new description of the tools', async () => {
    const checker = startChecker();
    const [before, after] = [await describeFixtures([]), await describeFixtures()];
    expect(reported(await checker.check({ sources: [honest], api: before })).total).toBe(1);
    expect(reported(await checker.check({ sources: [honest], api: after })).total).toBe(0);
    expect(reported(await checker.check({ sources: [honest], api: before })).total).toBe(1);
  });
});

describe('the library', () => {
  it('and the declarations of any catalogue compile by themselves', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    for (const [name, fixtures] of [
      ['real', realServers()],
      ['hostile', [hostileServer()]],
    ] as const) {
      const api = await describeFixtures(fixtures);
      const own = path.join(folder, name);
      mkdirSync(own);
      writeFileSync(path.join(own, 'unified_api.d.ts'), api.declarations);
      writeFileSync(path.join(own, 'globals.d.ts'), api.globals);
      writeFileSync(path.join(own, 'guest.d.ts'), guestLibrary);
      const compilerOptions = {
        strict: true,
        noEmit: true,
        lib: libraryNames,
        types: [],
        target: 'esnext',
        module: 'esnext',
        moduleResolution: 'bundler',
        allowImportingTsExtensions: true,
      };
      writeFileSync(
        path.join(own, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, include: ['*.d.ts'] }),
      );
      execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', own], {
        encoding: 'utf8',
      });
    }
  });

  it('has the names that a running guest has, and no others', async () => {
    const sandbox = new Sandbox();
    try {
      const { value } = await sandbox.run('return Object.getOwnPropertyNames(globalThis)');
      const guest = (value as string[]).filter((name) => /^[A-Za-z]/.test(name) && !name.includes('__'));
      const absent = ['Function', 'require', 'files', 'memory'];
      const code = guest.filter((name) => !absent.includes(name)).map((name) => `void ${name};`);
      const checker = startChecker();
      const api = await describeFixtures([]);
      const { findings } = reported(await checker.check({ sources: [statements(code.join(' '))], api }));
      expect(findings).toEqual([]);
      const declared = [...guestLibrary.matchAll(/^declare (?:var|function|class) (\w+)/gm)].map(
        ([, name]) => name,
      );
      expect(declared.filter((name) => !guest.includes(name ?? ''))).toEqual([]);
      for (const name of ['Atomics', 'SharedArrayBuffer', 'WebAssembly', 'process', 'window', 'document']) {
        const { total } = reported(await checker.check({ sources: [statements(`void ${name};`)], api }));
        expect(total, name).toBe(1);
      }
    } finally {
      await sandbox.close();
    }
  });
});

it('reads syntax trees by the numbers of this version of TypeScript', () => {
  const theirs = Object.fromEntries(
    Object.keys(syntaxKinds).map((name) => [name, SyntaxKind[name as keyof typeof SyntaxKind]]),
  );
  expect(theirs).toEqual(syntaxKinds);
});

describe('the connection', () => {
  function connect() {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const broken: string[] = [];
    const rpc = new JsonRpc({
      input,
      output,
      answer: (method) => `answer to ${method}`,
      messageBytesMax: 1_000,
      broken: (what) => void broken.push(what),
    });
    const send = (text: string) => input.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return { rpc, input, output, broken, send };
  }

  it('puts messages together, however they come', async () => {
    const { rpc, input, output } = connect();
    const answers = Promise.all([rpc.request('a', null), rpc.request('b', { x: 'é' })]);
    const text = (id: number) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id, result: `é${id}` });
      return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    };
    for (const byte of Buffer.from(text(2) + text(1))) input.write(Buffer.from([byte]));
    expect(await answers).toEqual(['é1', 'é2']);
    await expect
      .poll(() => String(output.read() ?? ''))
      .toMatch(
        /^Content-Length: \d+\r\n\r\n\{"jsonrpc":"2.0","id":1,"method":"a","params":null\}Content-Length: /,
      );
  });

  it('answers requests', async () => {
    const { output, send } = connect();
    send('{"jsonrpc":"2.0","id":7,"method":"readFile","params":["x"]}');
    await expect
      .poll(() => String(output.read() ?? ''))
      .toContain('{"jsonrpc":"2.0","id":7,"result":"answer to readFile"}');
  });

  it.each([
    ['a message that is no JSON', 'Content-Length: 2\r\n\r\n{]'],
    ['a message of 2000 bytes', 'Content-Length: 2000\r\n\r\n'],
    ['a message of NaN bytes', 'Content-Type: x\r\n\r\n'],
    ['a message without a header', 'x'.repeat(2_000)],
  ])('ends at %s', async (what, bytes) => {
    const { rpc, input, broken } = connect();
    const answer = rpc.request('a', null);
    input.write(bytes);
    await expect(answer).rejects.toThrow(what);
    expect(broken).toEqual([what]);
    await expect(rpc.request('b', null)).rejects.toThrow(what);
  });
});
