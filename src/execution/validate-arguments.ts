/** Checks a call's arguments by the tool's own schema before they leave us: the agent gets the path, not a server's guess. */
import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { JsonObject, ToolDefinition } from '../catalog/tool.ts';
import { bounded } from './bounded.ts';

/** What is only needed for the first call: a hundred files, which no start has to wait for. */
const load = createRequire(import.meta.url);

/** A server's `pattern` must not hang us: it runs in a linear-time engine, and one that engine cannot read is not checked. */
function linearTimePattern(pattern: string): { test(text: string): boolean; toString(): string } {
  // Ajv tells patterns apart by their text.
  const toString = () => pattern;
  const { RE2JS } = load('re2js') as typeof import('re2js');
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text) => compiled.matcher(text).find(), toString };
  } catch {
    return { test: () => true, toString };
  }
}
linearTimePattern.code = 'linearTimePattern';

const options = {
  strict: false,
  logger: false,
  // A schema that is no schema fails to compile or lets all pass; checking it first costs thirty times as much.
  validateSchema: false,
  meta: false,
  validateFormats: false,
  // Types are the agent's business: nothing is coerced, defaulted or removed on the way.
  allErrors: false,
  verbose: true,
  addUsedSchema: false,
  code: { regExp: linearTimePattern },
} as const;

const compilers = {
  draft07: () => {
    const { Ajv } = load('ajv') as typeof import('ajv');
    return new Ajv(options);
  },
  draft2019: () => {
    const { Ajv2019 } = load('ajv/dist/2019.js') as typeof import('ajv/dist/2019.js');
    return new Ajv2019(options);
  },
  draft2020: () => {
    // The compiler writes `new (load(...) as ...).Ajv2020()` without its parentheses, which is something else.
    const { Ajv2020 } = load('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
    return new Ajv2020(options);
  },
};

/** Loads what the first call needs, while its server starts. */
export function prepareValidation(): void {
  load('ajv/dist/2020.js');
}

/** The dialect by the schema's own `$schema`; unstamped means 2020-12. Older drafts are read as draft-07, their superset here. */
function dialectOf(schema: JsonObject): keyof typeof compilers {
  const stamp = String(schema.$schema ?? '');
  if (/draft-0[3-7]/.test(stamp)) return 'draft07';
  return stamp.includes('2019-09') ? 'draft2019' : 'draft2020';
}

interface Validator {
  readonly validate: ValidateFunction;
  /** A small schema without references takes no time worth measuring. */
  readonly isSimple: boolean;
}

const validators = new WeakMap<ToolDefinition, Validator | 'unchecked'>();

/** Compiling and checking may each hold the event loop this long; what takes longer is left to the server. */
const compileMsMax = 250;
const checkMsMax = 50;
const simpleCharactersMax = 8_000;

/** Compiled at a tool's first call; a schema that does not compile forwards unchecked rather than refusing a legal tool. */
function validatorOf(definition: ToolDefinition): Validator | 'unchecked' {
  const known = validators.get(definition);
  if (known) return known;
  const validator = compile(definition.inputSchema) ?? 'unchecked';
  validators.set(definition, validator);
  return validator;
}

function compile(inputSchema: JsonObject): Validator | undefined {
  try {
    const { $schema, ...schema } = inputSchema;
    const text = JSON.stringify(schema);
    const isSimple =
      text.length <= simpleCharactersMax && !/"\$(?:dynamic|recursive)?[Rr]ef"|"uniqueItems"/.test(text);
    // One compiler a tool: two servers may use the same `$id` for different schemas.
    // Made before the clock runs: loading it may take as long, and must not be cut off half way.
    const compiler = compilers[dialectOf(inputSchema)]();
    if (text.includes('"pattern')) load('re2js');
    const validate = bounded(() => compiler.compile(schema), compileMsMax);
    return validate && { validate, isSimple };
  } catch {
    return undefined;
  }
}

/**
 * @param value the parsed arguments
 * @param characters how long they are as JSON
 * @returns undefined where the arguments fit, else one sentence with the path, the rule and the value's type
 */
export function argumentsProblem(
  definition: ToolDefinition,
  value: unknown,
  characters: number = JSON.stringify(value).length,
): string | undefined {
  const validator = validatorOf(definition);
  if (validator === 'unchecked') return undefined;
  const { validate, isSimple } = validator;
  const fits =
    isSimple && characters <= simpleCharactersMax
      ? validate(value)
      : bounded(() => validate(value), checkMsMax);
  if (fits === undefined) validators.set(definition, 'unchecked');
  if (fits !== false) return undefined;
  const [error] = validate.errors ?? [];
  return error && describe(error);
}

/** The path that a sentence of `argumentsProblem` begins with: `args.items[0].name`. */
export function problemPath(problem: string): string | undefined {
  return /^args\S*/.exec(problem)?.[0];
}

function describe({ instancePath, keyword, params, message, data }: ErrorObject): string {
  const path = `args${instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.')}`;
  if (keyword === 'required') return `${path}.${params.missingProperty} is missing`;
  if (keyword === 'additionalProperties')
    return `${path}.${params.additionalProperty} is not a known property`;
  if (keyword === 'enum')
    return `${path} must be one of ${shorten(JSON.stringify(params.allowedValues))}, not ${shown(data)}`;
  return `${path} ${message ?? `fails ${keyword}`}, not ${shown(data)}`;
}

function shown(data: unknown): string {
  if (Array.isArray(data)) return `an array of ${data.length}`;
  if (typeof data === 'object' && data !== null) return 'an object';
  return shorten(JSON.stringify(data) ?? 'undefined');
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
