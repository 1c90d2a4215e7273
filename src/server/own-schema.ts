/** Our tools' schemas as clients see them. */
import * as z from 'zod';
import { compactSchema } from '../catalog/compact-schema.ts';
import type { JsonObject } from '../catalog/tool.ts';

const made = new WeakMap<z.ZodObject, JsonObject>();

/** As JSON Schema without what says nothing; made once for each. */
export function ownSchema(schema: z.ZodObject, io: 'input' | 'output'): JsonObject {
  const known = made.get(schema);
  if (known) return known;
  const compact = compactSchema(z.toJSONSchema(schema, { io }) as JsonObject);
  made.set(schema, compact);
  return compact;
}
