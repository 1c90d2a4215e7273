// What is written down directly is what the compiler writes, byte by byte.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { typesOfTool } from '../../src/codegen/schema-to-type.ts';
import { directTypesOfTool } from '../../src/codegen/schema-types.ts';
import { hostileServer, realServers } from './support.ts';

test('real tools and hostile ones get the types that the compiler makes', async () => {
  let direct = 0;
  let all = 0;
  for (const { name, tools } of [...realServers(), hostileServer()]) {
    for (const { inputSchema, outputSchema } of tools) {
      const types = directTypesOfTool(inputSchema, outputSchema);
      if (name !== hostileServer().name) all += 1;
      if (!types) continue;
      if (name !== hostileServer().name) direct += 1;
      expect(types).toEqual(await typesOfTool(inputSchema, outputSchema));
    }
  }
  // The compiler is for the rare ones.
  expect(direct / all).toBeGreaterThan(0.7);
}, 60_000);

const word = fc.constantFrom('a', 'b', 'c-d', 'e f', '1', 'constructor', 'TypeQ0Q', 'x*/y', 'Root');
const described = (schema: fc.Arbitrary<object>) =>
  fc
    .tuple(schema, fc.option(fc.constantFrom('Text.', 'One\n\ntwo @tag', '*/')))
    .map(([own, description]) => (description === null ? own : { ...own, description }));
const { schema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: described(
    fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(
        ...['string', 'integer', 'number', 'boolean', 'null', 'object', 'array'].map((type) => ({ type })),
        ...[{}, { const: 'a' }, { type: ['string', 'null'] }, { type: 'string', nullable: true }],
        ...['#', '#/$defs/a', '#/$defs/b', '#/$defs/none', 'other.json'].map(($ref) => ({ $ref })),
      ),
      fc.uniqueArray(fc.oneof(word, fc.integer(), fc.constant(null))).map((values) => ({ enum: values })),
      fc
        .record({
          properties: fc.dictionary(word, tie('schema'), { maxKeys: 4 }),
          required: fc.subarray(['a', 'b', 'unknown']),
          additionalProperties: fc.oneof(fc.boolean(), fc.constant(undefined), tie('schema')),
        })
        .map((object) => ({ type: 'object', ...object })),
      tie('schema').map((items) => ({ type: 'array', items })),
      fc
        .tuple(fc.array(tie('schema'), { minLength: 1, maxLength: 3 }), fc.oneof(fc.boolean(), tie('schema')))
        .map(([prefixItems, items]) => ({ prefixItems, items })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((allOf) => ({ allOf })),
    ),
  ),
}));
const document = fc
  .tuple(
    schema,
    fc.dictionary(fc.constantFrom('a', 'b'), schema),
    fc.dictionary(word, schema, { maxKeys: 3 }),
  )
  .map(([root, $defs, properties]) => ({ type: 'object', properties, ...root, $defs }));

test('so do schemas of every form', async () => {
  let direct = 0;
  await fc.assert(
    fc.asyncProperty(document, async (root) => {
      const types = directTypesOfTool(root, undefined);
      if (!types) return;
      direct += 1;
      expect(types).toEqual(await typesOfTool(root, undefined));
    }),
    { numRuns: 200, seed: 20_261_125 },
  );
  expect(direct).toBeGreaterThan(50);
}, 60_000);
