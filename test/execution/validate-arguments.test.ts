import { describe, expect, it } from 'vitest';
import { argumentsProblem } from '../../src/execution/validate-arguments.ts';

const tool = (inputSchema: object) => ({ name: 't', inputSchema: { type: 'object', ...inputSchema } });
const draft07 = 'http://json-schema.org/draft-07/schema#';

describe('a problem names path, rule and value', () => {
  const nested = tool({
    properties: {
      path: { type: 'string', minLength: 1 },
      items: {
        type: 'array',
        items: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
      },
      mode: { enum: ['a', 'b'] },
    },
    required: ['path'],
    additionalProperties: false,
  });
  it.each([
    [{}, 'args.path is missing'],
    [{ path: 5 }, 'args.path must be string, not 5'],
    [{ path: '' }, 'args.path must NOT have fewer than 1 characters, not ""'],
    [{ path: 'x', items: [{ id: 1 }, { id: 'y' }] }, 'args.items[1].id must be integer, not "y"'],
    [{ path: 'x', items: [{}] }, 'args.items[0].id is missing'],
    [{ path: 'x', mode: 'c' }, 'args.mode must be one of ["a","b"], not "c"'],
    [{ path: 'x', extra: 1 }, 'args.extra is not a known property'],
    [{ path: { big: 1 } }, 'args.path must be string, not an object'],
    [{ path: ['x'] }, 'args.path must be string, not an array of 1'],
    [{ path: 'x' }, undefined],
  ])('%j', (args, expected) => expect(argumentsProblem(nested, args)).toBe(expected));
});

describe("the dialect is the schema's own", () => {
  it('2020-12 where unstamped: prefixItems counts', () => {
    const schema = tool({ properties: { pair: { prefixItems: [{ type: 'string' }, { type: 'number' }] } } });
    expect(argumentsProblem(schema, { pair: ['a', 'b'] })).toBe('args.pair[1] must be number, not "b"');
  });
  it('draft-07 where stamped: items as a tuple counts, prefixItems does not', () => {
    const schema = tool({
      $schema: draft07,
      properties: {
        pair: { items: [{ type: 'string' }, { type: 'number' }], prefixItems: [{ type: 'null' }] },
      },
    });
    expect(argumentsProblem(schema, { pair: ['a', 'b'] })).toBe('args.pair[1] must be number, not "b"');
    expect(argumentsProblem(schema, { pair: ['a', 1] })).toBeUndefined();
  });
});

describe('what cannot be checked is left to the server', () => {
  it.each([
    ['a reference to the network', { properties: { a: { $ref: 'https://x.example/schema.json' } } }],
    ['a broken schema', { properties: { a: { type: 'nonsense' } } }],
    ['a pattern that no linear engine knows', { properties: { a: { pattern: '(?=y)y' } } }],
    [
      'an unknown dialect keyword',
      { $schema: 'https://x.example/mine', properties: { a: { myRule: true } } },
    ],
  ])('%s', (_, schema) => expect(argumentsProblem(tool(schema), { a: 'x' })).toBeUndefined());

  it('two tools may use the same $id for different schemas', () => {
    expect(argumentsProblem(tool({ $id: 'https://x.example/same', required: ['a'] }), {})).toBe(
      'args.a is missing',
    );
    expect(argumentsProblem(tool({ $id: 'https://x.example/same', required: ['b'] }), {})).toBe(
      'args.b is missing',
    );
  });
});

it('a pattern made to hang is answered in linear time', () => {
  const schema = tool({ properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
  const started = process.cpuUsage().user;
  expect(argumentsProblem(schema, { a: `${'a'.repeat(5_000)}!` })).toContain('must match pattern');
  // A backtracking engine needs longer than the age of the universe: any bound will do.
  expect(process.cpuUsage().user - started).toBeLessThan(20_000_000);
});

describe('a schema made to take for ever', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, level) => [
      `d${level}`,
      level === 39
        ? { type: 'number' }
        : { allOf: [{ $ref: `#/$defs/d${level + 1}` }, { $ref: `#/$defs/d${level + 1}` }] },
    ]),
  );
  it.each([
    ['references that double', { $defs: doubling, properties: { a: { $ref: '#/$defs/d0' } } }, { a: 1 }],
    [
      'unique items, of which there are many',
      { properties: { a: { uniqueItems: true } } },
      { a: Array.from({ length: 20_000 }, (_, id) => ({ id })) },
    ],
    [
      'thousands of alternatives',
      { properties: { a: { anyOf: Array.from({ length: 9_000 }, (_, n) => ({ const: { n } })) } } },
      { a: 1 },
    ],
  ])('%s is left to the server', (_, schema, args) => {
    const started = performance.now();
    const definition = tool(schema);
    argumentsProblem(definition, args);
    argumentsProblem(definition, args);
    // Twice bounded by 80 and 50 ms; without the bound, minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
