/** A value in a line of TypeScript, without anything that it holds. */
import { expect, it } from 'vitest';
import { valueShape } from '../../src/execution/value-shape.ts';

it.each([
  ['"hello"', 'a string of 5 characters'],
  ['[]', 'an empty array'],
  ['3', 'number'],
  ['null', 'null'],
  ['{}', '{}'],
  ['no JSON', undefined],
  [
    '{"a":1,"b":["x"],"c":null,"d":{"e":{"f":{"g":1}}}}',
    '{ a: number; b: string[]; c: null; d: { e: { f: {…} } } }',
  ],
  ['[{"id":1,"name":"a"},{"id":null,"more":true}]', '{ id: number | null; name?: string; more?: boolean }[]'],
  ['[1,"a",{"b":1}]', '(number | string | { b: number })[]'],
  ['{"a-b":1,"1":2,"ok":[]}', '{ "1": number; "a-b": number; ok: unknown[] }'],
  ['[{"a":[{"b":1}]},{"a":[{"c":2}]}]', '{ a: { b: number }[] | { c: number }[] }[]'],
])('%s', (text, shape) => {
  expect(valueShape(text)).toBe(shape);
});

it.each([
  [
    'wide',
    JSON.stringify(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`field_${i}`, { a: i }]))),
  ],
  ['long', JSON.stringify(Array.from({ length: 5_000 }, (_, i) => ({ [`key${i}`]: i })))],
  ['deep', `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`],
])('is short of what is %s', (_, text) => {
  expect(valueShape(text)?.length).toBeLessThan(270);
});
