/** Schemas for readers: what says nothing goes, whatever it is called by goes not. */
import { expect, test } from 'vitest';
import { compactSchema } from '../../src/catalog/compact-schema.ts';

test('what says nothing is left out, at every depth', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      days: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      count: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: 7 },
      any: { type: 'object', additionalProperties: {}, propertyNames: { type: 'string' } },
      rows: { type: 'array', items: { type: 'object', properties: {}, additionalProperties: false } },
    },
    anyOf: [{ additionalProperties: false }, { additionalProperties: { type: 'string' } }],
    propertyNames: { pattern: '^x' },
    additionalProperties: false,
  };
  const before = structuredClone(schema);
  expect(compactSchema(schema)).toEqual({
    type: 'object',
    properties: {
      days: { type: 'integer', minimum: 1 },
      count: { type: 'integer', maximum: 7 },
      any: { type: 'object' },
      rows: { type: 'array', items: { type: 'object', properties: {} } },
    },
    anyOf: [{}, { additionalProperties: { type: 'string' } }],
    propertyNames: { pattern: '^x' },
  });
  expect(schema).toEqual(before);
});

test('names and values stay, whatever they look like', () => {
  const schema = {
    type: 'object',
    properties: {
      additionalProperties: { type: 'boolean' },
      maximum: { const: { additionalProperties: false } },
      minimum: { enum: [{ propertyNames: { type: 'string' } }], default: { maximum: 9007199254740991 } },
    },
    $defs: { propertyNames: { type: 'string' } },
    required: ['maximum'],
  };
  expect(compactSchema(schema)).toEqual(schema);
});
