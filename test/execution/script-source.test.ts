import { describe, expect, it } from 'vitest';
import { leadingImports, looksLikeModule, mentionedNames } from '../../src/execution/script-source.ts';

const namesOf = (source: string) => leadingImports(source).names.map(({ name }) => name);
const restOf = (source: string) => source.slice(leadingImports(source).end);

describe('leadingImports', () => {
  it.each([
    ['import { a, b as c } from "unified_api"; rest', ['a', 'b'], ' rest'],
    ["import { a } from 'unified_api'\nrest", ['a'], '\nrest'],
    ['/* import { x } from "y" */ // more\nimport { a } from "m";\nimport b from "n";rest', ['a'], 'rest'],
    ['import type { T } from "m"; import { type U, v } from "m";', ['v'], ''],
    ['import * as api from "m"; api', [], ' api'],
    ['import "side-effect"; rest', [], ' rest'],
    ['import { "a-b" as c } from "m"; rest', ['a-b'], ' rest'],
    ['import data from "./x.json" with { type: "json" }; rest', [], ' rest'],
    ['#!/usr/bin/env node\nimport { a } from "m"; rest', ['a'], ' rest'],
    ['import {\n  a, // first, not b\n  c,\n} from "m";\nrest', ['a', 'c'], '\nrest'],
    ['import("fs")', [], 'import("fs")'],
    ['import.meta.url', [], 'import.meta.url'],
    ['importantThing()', [], 'importantThing()'],
    ['const x = 1; import { a } from "m"', [], 'const x = 1; import { a } from "m"'],
    ['import fs = require("fs"); rest', [], 'import fs = require("fs"); rest'],
    ['import { a } from "m', [], 'import { a } from "m'],
    ['', [], ''],
  ])('%j', (source, names, rest) => {
    expect(namesOf(source)).toEqual(names);
    expect(restOf(source)).toBe(rest);
  });

  it('gives the place of each name', () => {
    const source = 'import { aa as a,\n  type b, a } from "m";';
    expect(leadingImports(source).names.map(({ offset }) => source.slice(offset, offset + 2))).toEqual([
      'aa',
      'a ',
    ]);
  });
});

describe('looksLikeModule', () => {
  it.each([
    ['export default 1', true],
    ['x;\n  export const a = 1', true],
    ['x;\nimport { a } from "m"', true],
    ['await import("m")', false],
    ['exported(1)', false],
    ['return 1', false],
  ])('%j: %s', (source, expected) => expect(looksLikeModule(source, 0)).toBe(expected));
});

it('finds every word that could be a name', () => {
  expect(mentionedNames('await my_server.tool({ x: "other" }); // é')).toEqual(
    new Set(['await', 'my_server', 'tool', 'x', 'other', 'é']),
  );
});

it('reads hostile text in linear time', () => {
  const started = process.cpuUsage().user;
  expect(leadingImports('/* '.repeat(83_000)).end).toBe(0);
  expect(leadingImports(`import { ${'a, '.repeat(80_000)}`).end).toBe(0);
  expect(process.cpuUsage().user - started).toBeLessThan(5_000_000);
});
