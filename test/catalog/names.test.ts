// Names in scripts: legal, unique, stable, and nothing an object or a script's global already means.
import { describe, expect, test } from 'vitest';
import { assignNames, nearestNames, serverIdentifiers, toolIdentifiers } from '../../src/catalog/names.ts';

const nasty = [
  '',
  '-',
  '🤖',
  'a\u2028b',
  'a"b',
  "it's",
  '1st',
  '__proto__',
  'constructor',
  'x'.repeat(10_000),
  'then',
];

describe('identifiers', () => {
  test('characters that are not of an identifier become _', () => {
    const identifiers = serverIdentifiers(['my-server', 'a.b', '1st', '', '🤖', 'plain', 'a"b']);
    expect(Object.fromEntries(identifiers)).toEqual({
      'my-server': 'my_server',
      'a"b': 'a_b',
      'a.b': 'a_b_2',
      '1st': '_1st',
      '': '_',
      '🤖': '_2',
      plain: 'plain',
    });
  });

  test('an exact name keeps its own, the others are numbered in the order of their names', () => {
    const expected = { a_b: 'a_b', 'a-b': 'a_b_3', 'a.b': 'a_b_4', a_b_2: 'a_b_2' };
    expect(Object.fromEntries(toolIdentifiers(['a.b', 'a-b', 'a_b_2', 'a_b']))).toEqual(expected);
    expect(Object.fromEntries(toolIdentifiers(['a_b', 'a_b_2', 'a-b', 'a.b']))).toEqual(expected);
  });

  test('a server shadows nothing of a script', () => {
    const words = [
      'class',
      'await',
      'eval',
      'Promise',
      'console',
      'URL',
      'input',
      'ToolError',
      'process',
      'then',
      'onStop',
    ];
    for (const [name, identifier] of serverIdentifiers(words)) expect(identifier).toBe(`${name}_`);
    expect(serverIdentifiers(['fetch', 'time', 'memory']).get('fetch')).toBe('fetch');
  });

  test('a tool may be a reserved word, but not what an object is made of', () => {
    const identifiers = toolIdentifiers([
      'class',
      'raw',
      'then',
      '__proto__',
      'constructor',
      'toJSON',
      'toString',
    ]);
    expect([...identifiers.values()].sort()).toEqual(
      ['class', 'raw', 'then_', '__proto___', 'constructor_', 'toJSON_', 'toString_'].sort(),
    );
  });

  test('whatever a name is, every identifier can be declared', () => {
    const names = [...nasty, ...nasty.map((name) => `${name}!`)];
    const identifiers = [...serverIdentifiers(names).values()];
    expect(new Set(identifiers).size).toBe(names.length);
    // Throws where one of them is no binding's name in strict code, or stands there twice.
    expect(
      () => new Function(`'use strict'; const ${identifiers.map((name) => `${name} = 0`).join(', ')};`),
    ).not.toThrow();
    expect(Math.max(...identifiers.map((name) => name.length))).toBeLessThan(140);
  });

  test('5,000 names that all convert to the same one take no noticeable time', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    const started = performance.now();
    expect(new Set(toolIdentifiers(names).values()).size).toBe(5_000);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('flat names', () => {
  const flatNames = (servers: { name: string; tools: string[] }[]) =>
    [...assignNames(servers).values()].flatMap((server) =>
      [...server.tools.values()].map((tool) => tool.flatName),
    );

  test('one of server a cannot be taken for one of server a__b', () => {
    const names = assignNames([
      { name: 'a', tools: ['b__c', 'b', 'b_c', 'd'] },
      { name: 'a__b', tools: ['c', 'c_2'] },
      { name: 'a_', tools: ['d', '_d'] },
    ]);
    const all = [...names.values()].flatMap(({ tools }) => [...tools.values()].map((tool) => tool.flatName));
    const servers = [...names.values()].map((server) => server.identifier);
    expect(new Set([...all, ...servers]).size).toBe(8 + 3);
    expect(names.get('a__b')?.tools.get('c')?.flatName).toBe('a__b__c');
    expect(names.get('a')?.tools.get('d')?.flatName).toBe('a__d');
    for (const { identifier, tools } of names.values()) {
      for (const tool of tools.values()) expect(tool.flatName).toBe(`${identifier}__${tool.identifier}`);
    }
  });

  test('do not depend on what other servers have answered so far', () => {
    const tools = ['b__c', '_x', '-', 'then', 'then_'];
    const before = assignNames([
      { name: 'a', tools },
      { name: 'a__b', tools: [] },
      { name: 'a__then', tools: [] },
    ]);
    const after = assignNames([
      { name: 'a__then', tools },
      { name: 'a__b', tools: ['c', 'b_c'] },
      { name: 'a', tools },
    ]);
    expect(after.get('a')).toEqual(before.get('a'));
  });

  test('are unique over all combinations of awkward servers and tools', () => {
    const parts = ['a', 'a_', 'a__', 'a__a', 'a___a', '_', '__', 'a-', '__a', 'then', ...nasty];
    const flat = flatNames(parts.map((name) => ({ name, tools: parts })));
    expect(new Set(flat).size).toBe(new Set(parts).size ** 2);
  });
});

describe('nearestNames', () => {
  const known = ['read_file', 'write_file', 'list_directory', 'create_entities', 'search_nodes', 'get-sum'];

  test.each([
    ['readFile', 'read_file'],
    ['file_read', 'read_file'],
    ['read_fiel', 'read_file'],
    ['create_entity', 'create_entities'],
    ['directory', 'list_directory'],
    ['getSum', 'get-sum'],
  ])('%s means %s', (wanted, meant) => {
    expect(nearestNames(wanted, known)[0]).toBe(meant);
  });

  test('names nothing that is not near, and no more than asked for', () => {
    expect(nearestNames('launch_rocket', known)).toEqual([]);
    expect(nearestNames('', known)).toEqual([]);
    expect(nearestNames('zq', known)).toEqual([]);
    expect(nearestNames('file', known, 1)).toHaveLength(1);
    expect(nearestNames('x'.repeat(1_000_000), known)).toEqual([]);
  });
});
