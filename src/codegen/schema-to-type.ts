/** One JSON Schema -> one TypeScript type, by json-schema-to-typescript. Runs in a process of its own: type-process. */
import { compile } from 'json-schema-to-typescript';
import { readSchema, typesFrom, withResult } from './schema-types.ts';
import { type ToolTypes, untyped } from './tool-types.ts';

/**
 * The types of a tool's arguments and, where it declares one, of its result. Never rejects: a schema that cannot
 * be converted gives `{ [key: string]: unknown }` and a note that says why.
 */
export async function typesOfTool(inputSchema: unknown, outputSchema: unknown): Promise<ToolTypes> {
  const args = await typeOfSchema(inputSchema);
  return outputSchema === undefined ? args : withResult(args, await typeOfSchema(outputSchema));
}

async function typeOfSchema(schema: unknown): Promise<ToolTypes> {
  try {
    const read = readSchema(schema);
    if ('args' in read) return read;
    const text = await compile(read.schema as object, 'Root', {
      additionalProperties: false,
      bannerComment: '',
      declareExternallyReferenced: true,
      format: false,
      ignoreMinAndMaxItems: true,
      // Nothing in a plain schema points outside; were it to, nothing would be read.
      $refOptions: { resolve: { external: false, file: false, http: false } },
    });
    return typesFrom(text, read);
  } catch {
    return untyped('its schema could not be converted');
  }
}
