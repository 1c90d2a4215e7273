/** Compiled scripts are run here as what they are meant to be: the body of an async function. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { compileScript as compileWithin } from '../../src/execution/bundle.ts';
import { ScriptCompileError } from '../../src/execution/compile-error.ts';
import { temporaryFolder } from '../support/folder.ts';

const compileScript = (source: string, apiNames: ReadonlySet<string>) =>
  compileWithin(source, apiNames, { msMax: 20_000 });

const AsyncFunction = (async () => {}).constructor as new (
  ...code: string[]
) => (...args: unknown[]) => Promise<unknown>;
const names = new Set(['memory', 'memory__read', 'ToolError', 'await_']);
const globals = { memory: { read: () => 'read' }, memory__read: () => 'flat', ToolError: Error };

async function evaluate(source: string): Promise<unknown> {
  const { code } = await compileScript(source, names);
  // Strict, as the sandbox runs it.
  const body = `'use strict';${code}`;
  return new AsyncFunction('globalThis', ...Object.keys(globals), body)(globals, ...Object.values(globals));
}

async function refusalOf(source: string): Promise<ScriptCompileError> {
  const error = await compileScript(source, names).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ScriptCompileError);
  return error as ScriptCompileError;
}

/** Finds where `MARK` stands in the compiled code and asks for the author's place. */
async function placeOfMark(source: string) {
  const { code, authorPosition } = await compileScript(source, names);
  const before = code.slice(0, code.indexOf('MARK')).split('\n');
  return authorPosition({ line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
}

describe('a script may be', () => {
  it.each([
    ['statements with return', 'const x: number = await Promise.resolve(2); return x * 2', 4],
    [
      'statements with imports and return',
      'import { memory, ToolError } from "unified_api";\nreturn memory.read() + (ToolError === Error)',
      'readtrue',
    ],
    [
      'imports behind comments',
      '// a\n/* b */ import { memory__read as read } from "unified_api"; return read()',
      'flat',
    ],
    ['a namespace import', 'import * as api from "unified_api"; return Object.keys(api).length', 4],
    ['imports of types only', 'import type { Foo } from "unified_api"; return 1 as unknown as Foo', 1],
    [
      'a module by the generated file',
      'import { memory } from "../generated/unified_api.ts";\nexport default memory.read();',
      'read',
    ],
    ['a module with await', 'const x = await Promise.resolve(3);\nexport { x as default };', 3],
    ['a module without a default', 'export const x = 1;', undefined],
    ['text that only looks like a module', 'return `\nexport default 1`', '\nexport default 1'],
    ['imports without semicolons', 'import { memory } from "unified_api"\nreturn memory.read()', 'read'],
    ['a comment at the end', 'return 1 // done', 1],
    ['a shebang', '#!/usr/bin/env node\nreturn 1', 1],
    ['nothing but a comment', '// nothing', undefined],
    ['an enum', 'enum A { x = 5 }; return A.x', 5],
    ['`this`, which is undefined', 'return this === undefined', true],
    [
      'names of CommonJS, which are not there',
      'return [typeof module, typeof exports]',
      ['undefined', 'undefined'],
    ],
  ])('%s', async (_, source, expected) => expect(await evaluate(source)).toEqual(expected));

  it('a function, which is handed on to be called', async () => {
    expect(await evaluate('export default async function main(input: number) { return input }')).toBeTypeOf(
      'function',
    );
  });
});

describe('only the API can be imported', () => {
  it.each([
    'fs',
    'node:fs',
    './mcp_servers_config.json',
    '../../etc/passwd',
    '/etc/passwd',
    'data:text/javascript,1',
    'https://x.example/y.js',
    'file:///etc/passwd',
    './x.css',
    'unified_api/../../x',
    './unified_api/x',
    '%2e%2e/unified_api',
    'unified_api?x',
    '.\\unified_api',
    'typescript',
    '.',
    '',
    '../unified_api.json',
    './a/../../unified_api.tsx',
  ])('%j is refused', async (specifier) => {
    const error = await refusalOf(`const a = 1;\nexport { default } from ${JSON.stringify(specifier)};`);
    expect(error).toMatchObject({ code: 'script_import', position: { line: 2 } });
    expect(error.message).toContain(JSON.stringify(specifier));
    expect((await refusalOf(`import x from ${JSON.stringify(specifier)}; return x`)).code).toBe(
      'script_import',
    );
  });

  it('is no way to the disk for require and import() either', async () => {
    for (const source of ['return require("fs")', 'return import("fs")', 'return import("./package.json")']) {
      const { code } = await compileScript(source, names);
      expect(code).toContain('require("');
      expect(code).not.toContain('import(');
    }
  });

  it('and neither for a computed name, for which esbuild would look at every file that fits', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'secret.json'), '{"token":"hidden-in-a-file"}');
    const from = path.relative(process.cwd(), folder);
    const near = from.startsWith('.') ? from : `./${from}`;
    for (const load of ['require', 'await import', 'await require.resolve']) {
      for (const name of [
        `\`${near}/$\{name}.json\``,
        `"${near}/" + name + ".json"`,
        `\`${near}/$\{name}\``,
      ]) {
        const { code } = await compileScript(
          `const name = "secret";\nexport default ${load}(${name});`,
          names,
        );
        expect(code).not.toContain('hidden-in-a-file');
        expect(code).toMatch(/globalThis\.require/);
      }
    }
  });

  it("nor for a source map of the script's own", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'fake.map');
    const map = { version: 3, sources: ['/other/script.ts'], names: [], mappings: 'AAEA' };
    writeFileSync(file, JSON.stringify(map));
    const data = `data:application/json,${encodeURIComponent(JSON.stringify(map))}`;
    for (const url of [file, `file://${file}`, path.relative(process.cwd(), file), data]) {
      expect(await placeOfMark(`export default MARK();\n//# sourceMappingURL=${url}`)).toEqual({
        line: 1,
        column: 16,
      });
      expect(await placeOfMark(`MARK();\n//# sourceMappingURL=${url}`)).toEqual({ line: 1, column: 1 });
    }
  });

  it('from a plain relative path of the generated file', async () => {
    expect(await evaluate('import { memory } from "./a/unified_api"; return memory.read()')).toBe('read');
  });
});

describe('a syntax error', () => {
  it.each([
    ['if (x {', { line: 1, column: 7 }, undefined],
    ['const é = "ééé"; if (x {', { line: 1, column: 24 }, undefined],
    ['const a = 1;\nconst b = ;', { line: 2, column: 11 }, undefined],
    ['import { memory } from "unified_api"; const b = ;', { line: 1, column: 49 }, undefined],
    ['for (;;) {', { line: 1, column: 11 }, /not closed/],
    ['export default 1;\nreturn 2', { line: 2, column: 1 }, /not both/],
    ['const a = 1;\nconst a = 2;', { line: 2, column: 7 }, undefined],
  ])("%j stands at the author's place", async (source, position, hint) => {
    const error = await refusalOf(source);
    expect(error).toMatchObject({ code: 'script_syntax', position });
    if (hint) expect(error.hint).toMatch(hint);
  });
});

describe('esbuild', () => {
  it('survives what brings it down, for the next script and for those beside it, and says so in one line', async () => {
    const warn = vi.fn();
    const bounds = { msMax: 30_000, log: { warn } };
    // With a type each: a script that is JavaScript as it stands needs no compiler.
    const beside = [1, 2, 3].map((n) => compileWithin(`const n: number = ${n}; return n`, names, bounds));
    const hostile = `return ${'!'.repeat(250_000)}1`;
    const refused = await compileWithin(hostile, names, bounds).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'script_syntax', message: 'The script cannot be compiled.' });
    expect(await Promise.all(beside)).toHaveLength(3);
    expect(await evaluate('const a: number = 1; return a')).toBe(1);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(2));
    const said = warn.mock.calls.map(([fields]) => fields.said);
    expect(said).toEqual([1, 2].map(() => 'exit code 2: fatal error: stack overflow'));
  });
  it('is stopped where it takes too long', async () => {
    const nested = `${'if(1){'.repeat(20_000)}${'}'.repeat(20_000)}`;
    const refused = await compileWithin(nested, names, { msMax: 1 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'script_syntax', hint: expect.stringContaining('compileMsMax') });
    expect(await evaluate('return 2')).toBe(2);
  });
});

describe('positions', () => {
  it.each([
    ['MARK()', { line: 1, column: 1 }],
    ['interface A { x: string }\n\n  MARK()', { line: 3, column: 3 }],
    ['import { memory } from "unified_api"; memory; MARK()', { line: 1, column: 47 }],
    ['import { memory } from "unified_api";\nmemory;\n\tMARK()', { line: 3, column: 2 }],
    ['type T = 1;\nexport default MARK()', { line: 2, column: 16 }],
  ])('%j', async (source, expected) => expect(await placeOfMark(source)).toEqual(expected));

  it('has none for our own wrapper', async () => {
    const { code, authorPosition } = await compileScript('return 1', names);
    expect(authorPosition({ line: code.split('\n').length + 5, column: 1 })).toBeUndefined();
  });
});
