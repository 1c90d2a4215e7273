/** Our schemas as clients see them: without what says nothing, because every character of them sits in an agent's context. */
import * as z from 'zod';

const made = new WeakMap<z.ZodObject, object>();

/** Its JSON Schema without the dialect's stamp (2020-12 is what unstamped means in MCP), open ends and closed ones. */
export function compactSchema(schema: z.ZodObject, io: 'input' | 'output'): object {
  const known = made.get(schema);
  if (known) return known;
  const { $schema, ...rest } = withoutOpenEnds(z.toJSONSchema(schema, { io })) as Record<string, unknown>;
  made.set(schema, rest);
  return rest;
}

/**
 * `additionalProperties: {}` and `propertyNames: {type: "string"}` allow what is allowed anyway; that nothing further is
 * allowed need not be said, because an argument that is not there says it when it is used.
 */
function withoutOpenEnds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOpenEnds);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, child]) =>
      key !== 'propertyNames' && !(key === 'additionalProperties' && (child === false || isEmpty(child))),
  );
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutOpenEnds(child)]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
