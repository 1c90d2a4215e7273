/** People's files keep all that is theirs. */
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { editJson } from '../../src/config/edit-json.ts';

const server = { command: 'npx', args: ['-y', 'x'] };

describe('adding', () => {
  it.each([
    [
      'to nothing',
      '',
      '{\n  "mcpServers": {\n    "new": {\n      "command": "npx",\n      "args": ["-y", "x"]\n    }\n  }\n}\n',
    ],
    [
      'to an empty object',
      '{}',
      '{\n  "mcpServers": {\n    "new": {\n      "command": "npx",\n      "args": ["-y", "x"]\n    }\n  }\n}',
    ],
    [
      'behind a property and its comment',
      '{\n\t// Mine\n\t"mcpServers": {\n\t\t"old": { "command": "mine" } // stays\n\t}\n}\n',
      '{\n\t// Mine\n\t"mcpServers": {\n\t\t"old": { "command": "mine" }, // stays\n\t\t"new": {\n\t\t\t"command": "npx",\n\t\t\t"args": ["-y", "x"]\n\t\t}\n\t}\n}\n',
    ],
    [
      'behind a trailing comma',
      '{\n    "mcpServers": {\n        "old": {}, /* a */\n        // b\n    },\n}\n',
      '{\n    "mcpServers": {\n        "old": {}, /* a */\n        "new": {\n            "command": "npx",\n            "args": ["-y", "x"]\n        },\n        // b\n    },\n}\n',
    ],
    [
      'with line ends of Windows',
      '{\r\n  "mcpServers": {\r\n    "old": 1\r\n  }\r\n}\r\n',
      '{\r\n  "mcpServers": {\r\n    "old": 1,\r\n    "new": {\r\n      "command": "npx",\r\n      "args": ["-y", "x"]\r\n    }\r\n  }\r\n}\r\n',
    ],
    [
      'beside other things',
      '{\n  "theme": "dark" // yes\n}\n',
      '{\n  "theme": "dark", // yes\n  "mcpServers": {\n    "new": {\n      "command": "npx",\n      "args": ["-y", "x"]\n    }\n  }\n}\n',
    ],
  ])('%s', (_, before, after) => {
    expect(editJson(before, [{ path: ['mcpServers', 'new'], value: server }])).toBe(after);
  });

  it.each(['{"mcpServers":{"a":1}}', '{"mcpServers":{}}', '{ "x": 1 }', '\uFEFF{\n}\n', '{ /* only */ }'])(
    'to %j gives JSON with all that was there',
    (before) => {
      const after = editJson(before, [{ path: ['mcpServers', 'new'], value: server }]);
      const old = parse(before.replace('\uFEFF', ''));
      expect(parse(after.replace('\uFEFF', ''))).toEqual({
        ...old,
        mcpServers: { ...old?.mcpServers, new: server },
      });
      expect(after.startsWith('\uFEFF')).toBe(before.startsWith('\uFEFF'));
      if (before.includes('only')) expect(after).toContain('/* only */');
    },
  );
});

it('replaces a value and nothing else', () => {
  const before = '{\n  "a": 1, // one\n  "b": { "old": true } // two\n}\n';
  expect(editJson(before, [{ path: ['b'], value: 2 }])).toBe('{\n  "a": 1, // one\n  "b": 2 // two\n}\n');
});

describe('removing', () => {
  it.each([
    [
      'b',
      '{\n  // one\n  "a": 1,\n  "b": 2, // two\n  // three\n  "c": 3\n}\n',
      '{\n  // one\n  "a": 1,\n  // three\n  "c": 3\n}\n',
    ],
    ['c', '{\n  "a": 1, // one\n  "c": {\n    "d": 3\n  }\n}\n', '{\n  "a": 1 // one\n}\n'],
    ['a', '{\n  "a": 1\n}\n', '{\n}\n'],
    ['a', '{\r\n  "a": 1,\r\n  "b": 2,\r\n}\r\n', '{\r\n  "b": 2,\r\n}\r\n'],
    ['b', '{"a":1,"b":2}', '{"a":1}'],
    ['a', '{"a":1,"b":2}', '{"b":2}'],
    ['x', '{"a":1}', '{"a":1}'],
  ])('%s of %j', (key, before, after) => {
    expect(editJson(before, [{ path: [key], value: undefined }])).toBe(after);
  });
});

it.each([
  ['{ "a": ', 'it is not JSON'],
  ['{ "mcpServers": [] }', '"mcpServers" is no object'],
  ['[]', '"the file" is no object'],
])('refuses %j', (text, message) => {
  expect(() => editJson(text, [{ path: ['mcpServers', 'new'], value: 1 }])).toThrow(message);
});
