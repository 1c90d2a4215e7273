/** Which tools of a server: the keys in every spelling, and what is wrong with them. */
import { expect, test } from 'vitest';
import { matchesPattern } from '../../src/config/pattern.ts';
import { load } from './folder.ts';

const loadOne = (keys: object) => load({ mcpServers: { one: { command: 'x', ...keys } } });

test.each<[object, object | undefined]>([
  [{}, undefined],
  [{ includeTools: ['read_*'] }, { include: ['read_*'] }],
  [{ include_tools: ['a'] }, { include: ['a'] }],
  [{ enabledTools: ['a'] }, { include: ['a'] }],
  [{ enabled_tools: ['a'] }, { include: ['a'] }],
  [{ excludeTools: ['rm'] }, { exclude: ['rm'] }],
  [{ exclude_tools: ['rm'] }, { exclude: ['rm'] }],
  [{ disabledTools: ['rm'] }, { exclude: ['rm'] }],
  [{ disabled_tools: ['rm'] }, { exclude: ['rm'] }],
  [{ renameTools: { a: 'b' } }, { rename: { a: 'b' } }],
  [{ rename_tools: { a: 'b' } }, { rename: { a: 'b' } }],
  [{ describeTools: { a: 'Does.' } }, { descriptions: { a: 'Does.' } }],
  [{ describe_tools: { a: 'Does.' } }, { descriptions: { a: 'Does.' } }],
  [{ disabledTools: null }, undefined],
])('%j', async (keys, rules) => {
  const { servers, warnings } = await loadOne(keys);
  expect(servers[0]?.toolRules).toEqual(rules);
  expect(warnings).toEqual([]);
});

test.each<[object, RegExp]>([
  [{ excludeTools: 'rm' }, /one\.excludeTools must be a list of names of tools, .* but is "rm"/],
  [{ excludeTools: [1] }, /one\.excludeTools\[0\] must be a text in double quotes, but is 1/],
  [{ includeTools: [''] }, /one\.includeTools\[0\] must name a tool/],
  [
    { excludeTools: ['a'], disabledTools: ['b'] },
    /one\.disabledTools says the same as "excludeTools"\. Keep one/,
  ],
  [{ renameTools: { a: 'x y' } }, /one\.renameTools\.a must be a name of 1 to 128 letters/],
  [{ renameTools: { a: 'x', b: 'x' } }, /one\.renameTools\.b gives a second tool the name "x"/],
  [{ describeTools: ['a'] }, /one\.describeTools must be an object of texts/],
])('%j leaves no tool of the server', async (keys, reason) => {
  const { servers, unusableServers } = await loadOne(keys);
  expect(servers).toEqual([]);
  expect(unusableServers[0]?.reason).toMatch(reason);
});

test('an empty list of what is included is followed, and warned about', async () => {
  const { servers, warnings } = await loadOne({ enabledTools: [] });
  expect(servers[0]?.toolRules).toEqual({ include: [] });
  expect(warnings[0]).toMatch(/one\.enabledTools is empty: no tool of this server can be used/);
});

test.each<[string, string, boolean]>([
  ['read_file', 'read_file', true],
  ['read_file', 'read_*', true],
  ['read_file', '*', true],
  ['read_file', '*file', true],
  ['read_file', 'r*d*e', true],
  ['read_file', 'read?file', true],
  ['read_file', 'read', false],
  ['read_file', 'READ_FILE', false],
  ['read_file', 'read_file?', false],
  ['read_file', '*files', false],
  ['read.file', 'read?file', true],
  ['a+b', 'a+b', true],
  ['aab', 'a+b', false],
  ['', '*', true],
  ['', '', true],
  ['a', '', false],
])('%s by %s: %s', (text, pattern, matches) => {
  expect(matchesPattern(text, pattern)).toBe(matches);
});

test('a pattern that is made to take long does not', () => {
  const startedAt = process.cpuUsage();
  expect(matchesPattern('a'.repeat(128), `${'*a'.repeat(60)}b`)).toBe(false);
  expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(50);
});
