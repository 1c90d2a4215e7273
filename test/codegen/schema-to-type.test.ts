// One schema -> one type: precise where the schema is, closed where that helps, and never an error.
import { describe, expect, test } from 'vitest';
import { typesOfTool } from '../../src/codegen/schema-to-type.ts';

const typeOf = async (schema: object): Promise<string> => {
  const { args } = await typesOfTool(schema, undefined);
  return args.type.replace(/\s+/g, ' ');
};
const property = (schema: unknown): Promise<string> => typeOf({ type: 'object', properties: { p: schema } });

describe('drafts and forms', () => {
  test.each<[string, unknown, string]>([
    ['type arrays', { type: ['string', 'null'] }, '{ p?: string | null; }'],
    ['nullable', { type: 'integer', nullable: true }, '{ /** (integer) */ p?: number | null; }'],
    ['enums', { type: 'string', enum: ['a', 'b c', 'q"'] }, '{ p?: "a" | "b c" | "q\\""; }'],
    ['lists of enums', { type: 'array', items: { enum: ['a', 'b'] } }, '{ p?: ("a" | "b")[]; }'],
    ['const', { const: 5 }, '{ p?: 5; }'],
    [
      'draft-07 tuples',
      { type: 'array', items: [{ type: 'string' }, { type: 'number' }] },
      '{ p?: [string, number]; }',
    ],
    [
      'prefixItems',
      { prefixItems: [{ type: 'string' }], items: { type: 'number' } },
      '{ p?: [string, ...(number)[]]; }',
    ],
    [
      'at least one item',
      { type: 'array', minItems: 1, items: { type: 'string' } },
      '{ /** (min items 1) */ p?: string[]; }',
    ],
    ['no type', {}, '{ p?: unknown; }'],
    ['true', true, '{ p?: unknown; }'],
    ['false', false, '{ p?: never; }'],
    [
      'maps',
      { type: 'object', additionalProperties: { type: 'number' } },
      '{ p?: { [key: string]: number }; }',
    ],
    [
      'patterns',
      { type: 'object', patternProperties: { '^x': { type: 'number' } } },
      '{ p?: { [key: string]: number }; }',
    ],
    ['any object', { type: 'object' }, '{ p?: { [key: string]: unknown }; }'],
    ['required without properties', { required: ['a'] }, '{ p?: { a: unknown; }; }'],
    ['unions', { anyOf: [{ type: 'string' }, { type: 'null' }] }, '{ p?: string | null; }'],
    [
      'facts a type cannot hold',
      { type: 'number', default: 5, maximum: 9 },
      '{ /** (default 5, max 9) */ p?: number; }',
    ],
    [
      'other documents',
      { $ref: 'https://x.example/s.json' },
      '{ /** (not typed: this schema refers to another document) */ p?: unknown; }',
    ],
  ])('%s', async (_, schema, expected) => {
    expect(await property(schema)).toBe(expected);
  });

  test('properties that are not declared are allowed only where the schema says so', async () => {
    const properties = { a: { type: 'string' } };
    expect(await typeOf({ properties })).toBe('{ a?: string; }');
    expect(await typeOf({ properties, additionalProperties: true })).toBe(
      '{ a?: string; [key: string]: unknown; }',
    );
    expect(await typeOf({ properties, additionalProperties: false })).toBe('{ a?: string; }');
    expect(await typeOf({ type: 'object', properties: {} })).toBe('{ [key: string]: never }');
    expect(await typeOf({ type: 'object' })).toBe('{ [key: string]: unknown }');
    expect(await typeOf({})).toBe('{ [key: string]: unknown }');
  });

  test('recursion and pointers into properties give named sub-types', async () => {
    const { args } = await typesOfTool(
      {
        type: 'object',
        properties: { filter: { type: 'object', properties: { not: { $ref: '#/properties/filter' } } } },
      },
      undefined,
    );
    expect(args.subTypes.map(({ name, text }) => [name, text.replace(/\s+/g, ' ')])).toEqual([
      ['Filter', '{ not?: \uE000Filter\uE001; }'],
    ]);
  });

  test('arguments are optional exactly where nothing is required', async () => {
    const optional = async (schema: object) => (await typesOfTool(schema, undefined)).argsOptional;
    const properties = { a: {}, b: {} };
    expect(await optional({ type: 'object', properties })).toBe(true);
    expect(await optional({ type: 'object', properties, required: ['a'] })).toBe(false);
    expect(await optional({ properties, anyOf: [{ required: ['a'] }, { required: ['b'] }] })).toBe(false);
    expect(await optional({ properties, anyOf: [{ required: ['a'] }, { properties: {} }] })).toBe(true);
  });
});

describe('bounds', () => {
  test.each<[string, object]>([
    [
      '20,000 properties',
      { properties: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`p${i}`, {}])) },
    ],
    ['2 MB', { properties: { a: { enum: Array.from({ length: 200_000 }, (_, i) => `value ${i}`) } } }],
  ])('%s is not typed, with a reason', async (_, schema) => {
    const types = await typesOfTool(schema, undefined);
    expect(types.note === undefined ? types.args.type : types.note).toMatch(/too large/);
  });

  test('a thousand enum values become their type', async () => {
    const values = Array.from({ length: 1_000 }, (_, i) => `v${i}`);
    expect(await property({ enum: values })).toBe('{ /** (one of 1000 values) */ p?: string; }');
  });

  test('long descriptions are cut, hidden characters and tags are not kept', async () => {
    const description = `@deprecated a\u202eb\u200bc\u{E0041} ${'x'.repeat(13_000)}`;
    const type = await property({ type: 'string', description });
    expect(type).toContain('\\@deprecated abc xxx');
    expect(type).toContain('…');
    expect(type.length).toBeLessThan(400);
  });
});
