/**
 * What a policy file has beside the tools: `definePolicy` and `z`. It is put in front of the compiled file and runs in
 * the same isolate; in one run it tells what the file declares, in the others it holds the file to that.
 */
import * as zod from 'zod';

// In the isolate there is no `Function` to compile with.
zod.config({ jitless: true });

/** All of zod but what does not belong here: its translations are most of it by size. */
export const z = {
  any: zod.any,
  array: zod.array,
  base64: zod.base64,
  base64url: zod.base64url,
  bigint: zod.bigint,
  boolean: zod.boolean,
  catch: zod.catch,
  check: zod.check,
  cidrv4: zod.cidrv4,
  cidrv6: zod.cidrv6,
  codec: zod.codec,
  coerce: zod.coerce,
  cuid2: zod.cuid2,
  custom: zod.custom,
  date: zod.date,
  discriminatedUnion: zod.discriminatedUnion,
  e164: zod.e164,
  email: zod.email,
  emoji: zod.emoji,
  endsWith: zod.endsWith,
  enum: zod.enum,
  float32: zod.float32,
  float64: zod.float64,
  gt: zod.gt,
  gte: zod.gte,
  guid: zod.guid,
  hash: zod.hash,
  hex: zod.hex,
  hostname: zod.hostname,
  httpUrl: zod.httpUrl,
  includes: zod.includes,
  int: zod.int,
  int32: zod.int32,
  intersection: zod.intersection,
  ipv4: zod.ipv4,
  ipv6: zod.ipv6,
  iso: zod.iso,
  json: zod.json,
  jwt: zod.jwt,
  keyof: zod.keyof,
  lazy: zod.lazy,
  length: zod.length,
  literal: zod.literal,
  looseObject: zod.looseObject,
  lowercase: zod.lowercase,
  lt: zod.lt,
  lte: zod.lte,
  mac: zod.mac,
  map: zod.map,
  maxLength: zod.maxLength,
  minLength: zod.minLength,
  multipleOf: zod.multipleOf,
  nan: zod.nan,
  nanoid: zod.nanoid,
  nativeEnum: zod.nativeEnum,
  negative: zod.negative,
  never: zod.never,
  nonnegative: zod.nonnegative,
  nonoptional: zod.nonoptional,
  nonpositive: zod.nonpositive,
  normalize: zod.normalize,
  null: zod.null,
  nullable: zod.nullable,
  nullish: zod.nullish,
  number: zod.number,
  object: zod.object,
  optional: zod.optional,
  overwrite: zod.overwrite,
  partialRecord: zod.partialRecord,
  pipe: zod.pipe,
  positive: zod.positive,
  prefault: zod.prefault,
  preprocess: zod.preprocess,
  prettifyError: zod.prettifyError,
  readonly: zod.readonly,
  record: zod.record,
  refine: zod.refine,
  regex: zod.regex,
  set: zod.set,
  size: zod.size,
  startsWith: zod.startsWith,
  strictObject: zod.strictObject,
  string: zod.string,
  stringFormat: zod.stringFormat,
  stringbool: zod.stringbool,
  superRefine: zod.superRefine,
  symbol: zod.symbol,
  templateLiteral: zod.templateLiteral,
  toJSONSchema: zod.toJSONSchema,
  toLowerCase: zod.toLowerCase,
  toUpperCase: zod.toUpperCase,
  transform: zod.transform,
  trim: zod.trim,
  tuple: zod.tuple,
  uint32: zod.uint32,
  ulid: zod.ulid,
  undefined: zod.undefined,
  union: zod.union,
  unknown: zod.unknown,
  uppercase: zod.uppercase,
  url: zod.url,
  uuid: zod.uuid,
  uuidv4: zod.uuidv4,
  uuidv7: zod.uuidv7,
  void: zod.void,
  xor: zod.xor,
  ZodError: zod.ZodError,
};

interface Declaration {
  readonly input: zod.ZodType;
  readonly output?: zod.ZodType;
  readonly [key: string]: unknown;
}

/** A policy file's exports, whatever they are. */
interface PolicyFile {
  readonly policy?: unknown;
  readonly default?: unknown;
}

const made = new WeakSet<object>();
const issuesShownMax = 5;

export function definePolicy(declaration: unknown): unknown {
  if (typeof declaration !== 'object' || declaration === null)
    throw new PolicyError('definePolicy takes one object: { description, input, tools, ... }.');
  made.add(declaration);
  return declaration;
}

/** @returns the declaration as JSON, its schemas as JSON Schemas */
export function describe(file: PolicyFile): object {
  const { input, output, ...rest } = declarationOf(file);
  return {
    ...rest,
    input: schemaOf('input', input, 'input'),
    ...(output !== undefined && { output: schemaOf('output', output, 'output') }),
  };
}

/** Runs the file's function between the two schemas. */
export async function run(file: PolicyFile, given: unknown): Promise<unknown> {
  const { input, output } = declarationOf(file);
  const action = file.default as (input: unknown) => unknown;
  const result = await action(await fitting(input, given ?? {}, 'input'));
  return output === undefined ? result : fitting(output, result, 'result');
}

class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

function declarationOf(file: PolicyFile): Declaration {
  const { policy } = file;
  if (typeof policy !== 'object' || policy === null || !made.has(policy))
    throw new PolicyError(
      'The file exports no policy: write `export const policy = definePolicy({ description, input, tools });`',
    );
  if (typeof file.default !== 'function')
    throw new PolicyError('The file exports no function: write `export default async (input) => { ... };`');
  return policy as Declaration;
}

function schemaOf(name: string, schema: unknown, io: 'input' | 'output'): unknown {
  if (typeof schema !== 'object' || schema === null || !('_zod' in schema))
    throw new PolicyError(`policy.${name} is no schema: write z.object({ ... }).`);
  try {
    const { $schema, '~standard': standard, ...plain } = zod.toJSONSchema(schema as zod.ZodType, { io });
    return plain;
  } catch (error) {
    throw new PolicyError(`policy.${name} cannot be written as JSON Schema: ${(error as Error).message}`);
  }
}

async function fitting(schema: zod.ZodType, value: unknown, name: string): Promise<unknown> {
  const parsed = await schema.safeParseAsync(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const shown = issues.slice(0, issuesShownMax).map(({ path, message }) => {
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${name}${place}: ${message}`;
  });
  const more = issues.length > issuesShownMax ? ` (and ${issues.length - issuesShownMax} more)` : '';
  throw new PolicyError(`The ${name} does not fit the policy: ${shown.join('; ')}${more}`);
}
