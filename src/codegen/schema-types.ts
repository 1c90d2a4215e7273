/**
 * One JSON Schema -> one TypeScript type, without the compiler: what is plain enough is written down directly. For the
 * rest, `schema-to-type` is asked in its own process.
 */
import { layOutType } from './compiled-text.ts';
import { directType } from './direct-type.ts';
import { type PlainDocument, plainSchema } from './plain-schema.ts';
import { type PlainSchema, unknownType } from './plain-types.ts';
import { type ToolTypes, untyped } from './tool-types.ts';

/** A result larger than this helps nobody: the largest of 1,524 real tools has 75 kB. */
const typeCharactersMax = 160_000;
const schemaCharactersMax = 1_000_000;

/** Arguments and structured results are objects, even where the schema forgets to say so. */
const anyObject: ToolTypes = {
  args: { type: '{ [key: string]: unknown }', subTypes: [] },
  argsOptional: true,
};

/** The types of a tool's arguments and, where it declares one, of its result; undefined where it takes the compiler. Never throws. */
export function directTypesOfTool(inputSchema: unknown, outputSchema: unknown): ToolTypes | undefined {
  const args = directTypeOf(inputSchema);
  if (!args || outputSchema === undefined) return args;
  const result = directTypeOf(outputSchema);
  return result && withResult(args, result);
}

function directTypeOf(schema: unknown): ToolTypes | undefined {
  try {
    const read = readSchema(schema);
    if ('args' in read) return read;
    const text = directType(read.schema);
    return text === undefined ? undefined : typesFrom(text, read);
  } catch {
    return undefined;
  }
}

/** The schema as the compiler is to see it, or its types where there is nothing to compile. @throws Error where it cannot be read */
export function readSchema(schema: unknown): PlainDocument | ToolTypes {
  if ((JSON.stringify(schema) ?? '').length > schemaCharactersMax) return untyped('its schema is too large');
  const document = plainSchema(schema);
  return document.schema.tsType === unknownType ? anyObject : document;
}

/** @param compiled as json-schema-to-typescript has it. @throws Error where it is none */
export function typesFrom(compiled: string, document: PlainDocument): ToolTypes {
  const args = layOutType(compiled, document);
  const characters = args.subTypes.reduce((sum, subType) => sum + subType.text.length, args.type.length);
  if (characters > typeCharactersMax) return untyped('its type would be too large');
  return { args, argsOptional: allowsEmpty(document.schema, document.schema.$defs ?? {}, 0) };
}

/** What was made of a tool's result, beside what was made of its arguments. */
export function withResult(args: ToolTypes, { args: result, note }: ToolTypes): ToolTypes {
  return { ...args, result, ...(note === undefined ? {} : { resultNote: note }) };
}

/** Whether `{}` is valid, so that a call may leave its arguments out. */
function allowsEmpty(schema: PlainSchema, $defs: Record<string, PlainSchema>, depth: number): boolean {
  if (depth > 20) return false;
  const check = (part: PlainSchema): boolean => allowsEmpty(part, $defs, depth + 1);
  if (schema.$ref !== undefined) return check($defs[schema.$ref.slice('#/$defs/'.length)] ?? {});
  if (schema.tsType !== undefined) return schema.tsType !== 'never';
  if (schema.enum) return false;
  if (schema.type !== undefined && schema.type !== 'object') return false;
  if ((schema.required ?? []).length > 0) return false;
  return (schema.anyOf?.some(check) ?? true) && (schema.allOf?.every(check) ?? true);
}
