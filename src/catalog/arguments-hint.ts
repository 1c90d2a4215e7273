/** For a call whose arguments do not fit: the name that was meant, and what belongs in the place that is wrong. */
import { nearestName, nearestProperty, propertiesOf, requiredOf } from './property-names.ts';
import type { JsonObject, ToolDefinition } from './tool.ts';

const fieldsMax = 20;
const shapeCharactersMax = 400;
const nameCharactersMax = 64;
const wordsMax = 8;
const wordCharactersMin = 40;
const wordsCharactersMax = 200;
const depthMax = 4;
const stepsMax = 20;

/**
 * @param args as they were sent
 * @param path of what is wrong in them, as `args.items[0].name`; absent where they are no object at all
 * @returns `Did you mean "repo"? It takes {owner: string, repo: string, title?: string}.`
 */
export function argumentsHint(
  definition: Pick<ToolDefinition, 'inputSchema'>,
  args?: unknown,
  path?: string,
): string {
  const { inputSchema } = definition;
  const steps = stepsOf(path ?? 'args');
  // What is missing, unknown or wrong is told by the object around it.
  const around = steps.slice(0, -1);
  const schema = schemaAt(inputSchema, around) ?? inputSchema;
  const isInside = schema !== inputSchema && around.length > 0;
  const given = isInside ? valueAt(args, around) : args;
  const where = isInside
    ? `${['args', ...around].join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]')} takes`
    : 'It takes';
  const shape = `${where} ${shapeOf(schema, inputSchema, 0)}.`;
  const meant =
    steps.length > 0
      ? meantBy(steps.at(-1) ?? '', schema, given, () => nearestProperty(definition, steps.at(-1) ?? ''))
      : undefined;
  return meant === undefined ? shape : `${meant} ${shape}`;
}

/**
 * What belongs into a place inside of a tool's arguments; undefined where that is not known to be an object with fields.
 *
 * @param steps names and, for items of lists, numbers: `['items', '0', 'owner']`
 */
export function shapeWithin(
  { inputSchema }: Pick<ToolDefinition, 'inputSchema'>,
  steps: readonly string[],
): string | undefined {
  const schema = schemaAt(inputSchema, steps.slice(0, stepsMax));
  return schema && shapeOf(schema, inputSchema, 0);
}

/** A name that the schema does not have is a misspelt one that it has; one that is missing was perhaps given under another name. */
function meantBy(
  name: string,
  schema: JsonObject,
  given: unknown,
  anywhere: () => string | undefined,
): string | undefined {
  const known = Object.keys(propertiesOf(schema));
  if (!known.includes(name)) {
    const near = nearestName(name, known) ?? anywhere();
    return near === undefined || near === name ? undefined : `Did you mean ${quoted(near)}?`;
  }
  if (typeof given !== 'object' || given === null || name in given) return undefined;
  const near = nearestName(
    name,
    Object.keys(given).filter((key) => !known.includes(key)),
  );
  return near === undefined ? undefined : `Is it what you gave as ${quoted(near)}?`;
}

/** `args.items[0].name` -> items, 0, name */
function stepsOf(path: string): string[] {
  return path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .slice(1, stepsMax);
}

function schemaAt(root: JsonObject, steps: readonly string[]): JsonObject | undefined {
  let schema: unknown = root;
  for (const step of steps) {
    const here = resolved(schema, root);
    schema = Object.hasOwn(propertiesOf(here), step) ? propertiesOf(here)[step] : itemsOf(here);
  }
  const found = resolved(schema, root);
  return Object.keys(propertiesOf(found)).length > 0 ? found : undefined;
}

function itemsOf(schema: JsonObject | undefined): unknown {
  return Array.isArray(schema?.items) ? schema.items[0] : schema?.items;
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  let found = value;
  for (const step of steps)
    found = typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined;
  return found;
}

/** Through references inside of the schema. */
function resolved(schema: unknown, root: JsonObject): JsonObject | undefined {
  let found = schema;
  for (let step = 0; step < stepsMax; step += 1) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    const reference = (found as JsonObject).$ref;
    if (typeof reference !== 'string' || !reference.startsWith('#')) return found as JsonObject;
    found = reference
      .slice(1)
      .split('/')
      .filter(Boolean)
      .reduce<unknown>(
        (node, key) =>
          typeof node === 'object' && node !== null
            ? Reflect.get(node, key.replaceAll('~1', '/').replaceAll('~0', '~'))
            : undefined,
        root,
      );
  }
  return undefined;
}

/** `{path: string, head?: number}`: the required ones first. */
function shapeOf(schema: JsonObject, root: JsonObject, depth: number): string {
  const required = requiredOf(schema);
  const fields = Object.entries(propertiesOf(schema))
    .sort(([a], [b]) => Number(required.includes(b)) - Number(required.includes(a)))
    .slice(0, fieldsMax)
    .map(([name, inner]) => {
      const mark = required.includes(name) ? '' : '?';
      return `${cut(name, nameCharactersMax)}${mark}: ${briefType(inner, root, depth)}`;
    });
  return `{${cut(fields.join(', '), shapeCharactersMax)}}`;
}

function briefType(inner: unknown, root: JsonObject, depth: number): string {
  const schema = resolved(inner, root);
  if (!schema || depth > depthMax) return 'any';
  const { type, enum: values } = schema;
  if ('const' in schema) return cut(JSON.stringify(schema.const) ?? 'any', nameCharactersMax);
  if (Array.isArray(values)) {
    const shown = values.slice(0, wordsMax);
    // A few long ones, such as addresses, cannot be guessed from their beginnings.
    const charactersMax = Math.max(wordCharactersMin, Math.floor(wordsCharactersMax / shown.length));
    const words = shown.map((value) => cut(JSON.stringify(value) ?? '', charactersMax));
    return `${words.join(' | ')}${values.length > words.length ? ' | …' : ''}`;
  }
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) {
    const kinds = alternatives.slice(0, wordsMax).map((one) => briefType(one, root, depth + 1));
    return [...new Set(kinds)].join(' | ');
  }
  if (type === 'array') {
    const item = briefType(itemsOf(schema) ?? {}, root, depth + 1);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }
  if (Array.isArray(type)) return cut(type.join(' | '), nameCharactersMax);
  if (Object.keys(propertiesOf(schema)).length > 0 && depth < 2) return shapeOf(schema, root, depth + 2);
  return typeof type === 'string' ? cut(type, nameCharactersMax) : 'any';
}

function quoted(name: string): string {
  return JSON.stringify(cut(name, nameCharactersMax));
}

function cut(text: string, charactersMax: number): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}
