/** Edits of JSON with comments: one value more or less, and everything else as it was. */
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { insertChild, removeChild } from '../../src/config/json-children.ts';

const value = (text: string) => parse(text.replace(/^\ufeff/, ''), [], { allowTrailingComma: true });

describe('one more', () => {
  it.each<[string, string]>([
    [
      '{\n  "s": {\n    "a": 1\n  }\n}\n',
      '{\n  "s": {\n    "a": 1,\n    "new": {\n      "x": 1\n    }\n  }\n}\n',
    ],
    [
      '{\n\t"s": {\n\t\t"a": 1, // one\n\t},\n}\n',
      '{\n\t"s": {\n\t\t"a": 1, // one\n\t\t"new": {\n\t\t\t"x": 1\n\t\t},\n\t},\n}\n',
    ],
    [
      '{\n  "s": {\n    "a": 1 // one\n    // two\n  }\n}',
      '{\n  "s": {\n    "a": 1, // one\n    "new": {\n      "x": 1\n    }\n    // two\n  }\n}',
    ],
    ['{"s":{"a":1}}', '{"s":{"a":1,\n  "new": {\n    "x": 1\n  }\n}}'],
    ['{\n  "s": { "a": 1 }\n}', '{\n  "s": { "a": 1, "new": {"x":1} }\n}'],
    ['{\n  "s": {}\n}', '{\n  "s": {\n    "new": {\n      "x": 1\n    }\n  }\n}'],
    ['{ "s": { /* none yet */ } }', '{ "s": { /* none yet */\n  "new": {\n    "x": 1\n  }\n} }'],
    ['{\r\n  "s": {\r\n  }\r\n}', '{\r\n  "s": {\r\n    "new": {\r\n      "x": 1\r\n    }\r\n  }\r\n}'],
  ])('in %j', (before, after) => {
    const written = insertChild(before, ['s'], 'new', { x: 1 });
    expect(value(written)).toEqual({ s: { ...value(before).s, new: { x: 1 } } });
    expect(written).toBe(after);
  });

  it('in a list, behind a byte order mark', () => {
    const written = insertChild(
      '\ufeff{\n  "servers": [\n    { "name": "a" } // a\n  ]\n}',
      ['servers'],
      undefined,
      {
        name: 'b',
      },
    );
    expect(written).toBe(
      '\ufeff{\n  "servers": [\n    { "name": "a" }, // a\n    {\n      "name": "b"\n    }\n  ]\n}',
    );
  });
});

describe('one less', () => {
  it.each<[string, string]>([
    ['{\n  "a": 1, // one\n  "x": 2, // two\n  "b": 3\n}', '{\n  "a": 1, // one\n  "b": 3\n}'],
    ['{\n  "a": 1, // one\n  "x": 2 // two\n}', '{\n  "a": 1 // one\n}'],
    ['{\n  "a": 1, // one\n  "x": 2,\n}', '{\n  "a": 1, // one\n}'],
    ['{\n  // about x\n  "x": {\n    "y": [1,\n 2]\n  }\n}', '{\n  // about x\n}'],
    ['{ "a": 1, "x": 2, "b": 3 }', '{ "a": 1, "b": 3 }'],
    ['{ "a": 1, "x": 2 }', '{ "a": 1 }'],
    ['{"x":2}', '{}'],
  ])('of %j', (before, after) => {
    expect(removeChild(before, ['x'])).toBe(after);
  });
});

it('what is put in and taken out again leaves the text that was there, whatever it is', () => {
  const layout = fc.record({
    keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'weird "key"'), { maxLength: 3 }),
    newline: fc.constantFrom('\n', '\r\n'),
    indent: fc.constantFrom('  ', '    ', '\t'),
    comment: fc.constantFrom('', ' // it, is', ' /* {"x": 1}, */'),
    trailing: fc.boolean(),
  });
  fc.assert(
    fc.property(layout, ({ keys, newline, indent, comment, trailing }) => {
      const lines = keys.map((key, index) => {
        const comma = trailing || index < keys.length - 1 ? ',' : '';
        return `${indent}${indent}${JSON.stringify(key)}: { "v": [${index}] }${comma}${comment}`;
      });
      const text = ['{', `${indent}"s": {${comment}`, ...lines, `${indent}}`, '}'].join(newline);
      const added = insertChild(text, ['s'], 'new key', { command: 'x', args: ['//', ','] });
      expect(value(added)).toEqual({
        s: { ...value(text).s, 'new key': { command: 'x', args: ['//', ','] } },
      });
      expect(removeChild(added, ['s', 'new key'])).toBe(text);
      for (const key of keys) {
        const { [key]: _, ...rest } = value(text).s;
        expect(value(removeChild(text, ['s', key]))).toEqual({ s: rest });
      }
    }),
  );
});
