/** Our schemas as clients see them: without what says nothing, because every character of them sits in an agent's context. */
import type * as z from 'zod';

/** A zod schema whose JSON Schema leaves out the dialect's stamp (2020-12 is what unstamped means in MCP) and open-endedness. */
export function compactSchema<Schema extends z.ZodObject>(schema: Schema): Schema {
  const standard = schema['~standard'];
  const compact = (convert: (options: never) => object) => (options: never) => {
    const { $schema, ...rest } = withoutOpenEnds(convert(options)) as Record<string, unknown>;
    return rest;
  };
  const jsonSchema = {
    input: compact(standard.jsonSchema.input),
    output: compact(standard.jsonSchema.output),
  };
  return Object.create(schema, { '~standard': { value: { ...standard, jsonSchema } } });
}

/** `additionalProperties: {}` and `propertyNames: {type: "string"}` allow what is allowed anyway. */
function withoutOpenEnds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOpenEnds);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, child]) => key !== 'propertyNames' && !(key === 'additionalProperties' && isEmpty(child)),
  );
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutOpenEnds(child)]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
