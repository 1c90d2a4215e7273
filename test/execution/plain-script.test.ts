/** Which scripts go to the sandbox as they stand, and that no other does. */
import { describe, expect, it } from 'vitest';
import { isPlainScript } from '../../src/execution/plain-script.ts';

describe('a script that is JavaScript', () => {
  it.each([
    'return 1',
    'const { files } = await server.list({ path: "." });\nreturn files.filter((file) => file.size > 1e6).length;',
    'for (let i = 0; i < 3; i++) { if (i > 1) break; }',
    'return [1, 2].map((x) => (x > 1 ? x : -x));',
    'try { await a.b() } catch (error) { if (!(error instanceof ToolError)) throw error }',
    '',
  ])('%j goes as it stands', (source) => {
    expect(isPlainScript(source)).toBe(true);
  });
});

describe('a script for the compiler', () => {
  it.each([
    ['types', 'const x: number = 1;'],
    ['types', 'return value as string'],
    ['types', 'type A = { a: 1 }'],
    ['types', 'const all = new Map<string, number>();'],
    ['what JavaScript reads differently', 'return parse<Item>(text)'],
    ['what JavaScript reads differently', 'return make<A, B>`text`'],
    ['what only might be type arguments', 'if (a < b && c > (d)) return 1'],
    ['modules', 'export default 1'],
    ['modules', 'import { memory } from "unified_api"; return memory'],
    ['modules', 'return import("node:fs")'],
    ['a syntax error', 'if (x {'],
    ['a hashbang', '#!/usr/bin/env node\nreturn 1'],
    ['what closes our wrapper', '}); $0(2, async function () { evil(); '],
    ['what closes our wrapper', '}) /* '],
    ['what closes our wrapper', '}; evil(); {'],
    ['what V8 cannot read', '('.repeat(16_000)],
    ['length', `return 1${' '.repeat(16_384)}`],
  ])('%s: %.60j', (_, source) => {
    expect(isPlainScript(source)).toBe(false);
  });
});
