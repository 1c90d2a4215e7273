/** A JSON Schema without what says nothing, because every character of it sits in an agent's context. */
import type { JsonObject } from './tool.ts';

/** Under these keys stand schemas by name: the names are anybody's. */
const byName = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
/** What stands under these is no schema, but a value. */
const values = new Set(['default', 'const', 'enum', 'examples', 'required']);

/**
 * For readers, not for checking: gone is the dialect's stamp (2020-12 is what unstamped means in MCP); what allows that
 * which is allowed anyway (`additionalProperties: {}`, integers as large as JavaScript has them); and that nothing further
 * is allowed, because an argument that is not there says it when it is used.
 */
export function compactSchema(schema: JsonObject): JsonObject {
  const { $schema, ...rest } = schema;
  return compacted(rest) as JsonObject;
}

function compacted(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(compacted);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(([key, child]) => !saysNothing(key, child));
  return Object.fromEntries(entries.map(([key, child]) => [key, compactedChild(key, child)]));
}

function compactedChild(key: string, child: unknown): unknown {
  if (values.has(key)) return child;
  if (!byName.has(key) || typeof child !== 'object' || child === null) return compacted(child);
  return Object.fromEntries(Object.entries(child).map(([name, schema]) => [name, compacted(schema)]));
}

function saysNothing(key: string, child: unknown): boolean {
  if (key === 'additionalProperties') return child === false || isEmpty(child);
  if (key === 'propertyNames') return JSON.stringify(child) === '{"type":"string"}';
  if (key === 'minimum') return child === Number.MIN_SAFE_INTEGER;
  return key === 'maximum' && child === Number.MAX_SAFE_INTEGER;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
