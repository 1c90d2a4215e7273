/**
 * A value that a tool could have given, by the schema of its results: what a script gets where a plan holds a call back.
 * Texts and ids in it are marks, each of them once, so that a plan can tell where a script used them again.
 */
import type { JsonObject } from '../catalog/tool.ts';

export interface Plausible {
  readonly schema: JsonObject | undefined;
  /** Of the call: a property of the same name is most likely what was sent. */
  readonly args: JsonObject;
  /** Of the call among those held back. */
  readonly number: number;
}

const depthMax = 6;
const propertiesMax = 100;
const itemsMax = 20;
const firstMarkedNumber = 900_000_000;
const markedNumbers = 1_000_000;
const markedText = /planned-\d+(?:-\d+)?/g;

const formats: Readonly<Record<string, string>> = {
  'date-time': '2000-01-01T00:00:00Z',
  date: '2000-01-01',
  time: '00:00:00Z',
  duration: 'PT1S',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
};

export function plausibleValue({ schema, args, number }: Plausible): unknown {
  // A text can be taken apart in every way that text allows, and has no properties: it does least harm to a script.
  if (!schema) return `planned-${number}`;
  return new Inventor(schema, args, number).value(schema, '', 0);
}

/** What of a value that was made up stands for a real one, with what that turned out to be. */
export function marksIn(planned: unknown, real: unknown, found: Map<string | number, unknown> = new Map()) {
  if (isMark(planned)) {
    if (typeof real === 'string' || typeof real === 'number') found.set(planned, real);
  } else if (typeof planned === 'object' && planned !== null && typeof real === 'object' && real !== null) {
    for (const [key, value] of Object.entries(planned)) {
      if (Object.hasOwn(real, key)) marksIn(value, (real as JsonObject)[key], found);
    }
  }
  return found;
}

/** The value with each mark replaced by what it stood for, inside texts too. */
export function withReal(value: unknown, real: ReadonlyMap<string | number, unknown>): unknown {
  if (typeof value === 'number') return real.get(value) ?? value;
  if (typeof value === 'string')
    return real.get(value) ?? value.replace(markedText, (mark) => String(real.get(mark) ?? mark));
  if (Array.isArray(value)) return value.map((item) => withReal(item, real));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReal(item, real)]));
}

/** @param text JSON */
export function hasMarks(text: string): boolean {
  return /planned-\d|900\d{6}/.test(text);
}

function isMark(value: unknown): value is string | number {
  if (typeof value === 'number')
    return value >= firstMarkedNumber && value < firstMarkedNumber + markedNumbers;
  return typeof value === 'string' && value.replace(markedText, '') === '';
}

class Inventor {
  readonly #root: JsonObject;
  readonly #args: JsonObject;
  readonly #number: number;
  #marks = 0;

  constructor(root: JsonObject, args: JsonObject, number: number) {
    this.#root = root;
    this.#args = args;
    this.#number = number;
  }

  value(given: unknown, key: string, depth: number): unknown {
    const schema = this.#resolved(given, 0);
    for (const known of ['const', 'default'] as const) if (known in schema) return schema[known];
    for (const several of [schema.enum, schema.examples])
      if (Array.isArray(several) && several.length > 0) return several[0];
    const type = typeOf(schema);
    const echoed = depth === 1 && Object.hasOwn(this.#args, key) ? this.#args[key] : undefined;
    if (echoed !== undefined && isOfType(echoed, type)) return echoed;
    if (type === 'object') return this.#object(schema, depth);
    if (type === 'array') return this.#array(schema, key, depth);
    if (type === 'boolean') return true;
    if (type === 'null') return null;
    if (type === 'integer' || type === 'number') return this.#numeric(schema, key);
    return this.#text(schema);
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema.properties) ? schema.properties : {};
    if (depth >= depthMax) return {};
    const entries = Object.entries(properties).slice(0, propertiesMax);
    return Object.fromEntries(entries.map(([key, inner]) => [key, this.value(inner, key, depth + 1)]));
  }

  #array(schema: JsonObject, key: string, depth: number): unknown[] {
    if (depth >= depthMax || schema.maxItems === 0) return [];
    const tuple = Array.isArray(schema.prefixItems) ? schema.prefixItems.slice(0, itemsMax) : [];
    const least = Math.max(1, Math.min(Number(schema.minItems) || 1, itemsMax));
    const more = Array.from({ length: Math.max(0, least - tuple.length) }, () => schema.items ?? {});
    return [...tuple, ...more].map((inner) => this.value(inner, key, depth + 1));
  }

  /** Only ids are marks: a count must not send a loop round for ever. */
  #numeric({ minimum, maximum }: JsonObject, key: string): number {
    const [least, most] = [boundOf(minimum) ?? -Infinity, boundOf(maximum) ?? Infinity];
    const hasRoom = least <= firstMarkedNumber && most >= firstMarkedNumber + markedNumbers;
    if (/(?:^|_|[a-z])(?:id|Id|ID)$/.test(key) && hasRoom)
      return firstMarkedNumber + this.#number * 100 + (this.#marks++ % 100);
    return Math.min(least >= 0 ? least : 1, most);
  }

  #text({ format, minLength, maxLength, pattern }: JsonObject): string {
    const known = typeof format === 'string' ? formats[format] : undefined;
    if (known !== undefined) return known;
    const mark = `planned-${this.#number}-${++this.#marks}`;
    if (format === 'uri' || format === 'url') return `https://example.com/${mark}`;
    if (format === 'email') return `${mark}@example.com`;
    if (typeof pattern === 'string' && /^\^?\[?(?:0-9|\\d)/.test(pattern)) return '1';
    const least = typeof minLength === 'number' ? Math.min(minLength, 1_000) : 0;
    const text = mark.padEnd(least, '-');
    return typeof maxLength === 'number' && text.length > maxLength ? text.slice(0, maxLength) : text;
  }

  /** References within the schema followed, alternatives decided for the first that is not null, parts put together. */
  #resolved(given: unknown, hops: number): JsonObject {
    const schema = isObject(given) ? given : {};
    if (hops > 10) return {};
    if (typeof schema.$ref === 'string') return this.#resolved(this.#at(schema.$ref), hops + 1);
    for (const several of [schema.anyOf, schema.oneOf]) {
      if (!Array.isArray(several)) continue;
      const chosen = several.find((one) => isObject(one) && one.type !== 'null') ?? several[0];
      return { ...schema, anyOf: undefined, oneOf: undefined, ...this.#resolved(chosen, hops + 1) };
    }
    if (!Array.isArray(schema.allOf)) return schema;
    const parts = schema.allOf.map((part) => this.#resolved(part, hops + 1));
    const properties = Object.assign({}, schema.properties, ...parts.map((part) => part.properties));
    return Object.assign({}, schema, ...parts, { allOf: undefined, properties });
  }

  #at(reference: string): unknown {
    if (!reference.startsWith('#')) return {};
    const steps = reference
      .slice(1)
      .split('/')
      .filter((step) => step !== '')
      .map((step) => decodeURIComponentSafely(step).replaceAll('~1', '/').replaceAll('~0', '~'));
    let at: unknown = this.#root;
    for (const step of steps) at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
    return at;
  }
}

function typeOf({ type, properties, items }: JsonObject): unknown {
  if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? 'null';
  if (type !== undefined) return type;
  return isObject(properties) ? 'object' : items === undefined ? 'string' : 'array';
}

/** That a number is one that can be told from its neighbours says nothing; many schemas say it of every whole number. */
function boundOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

function isOfType(value: unknown, type: unknown): boolean {
  if (Array.isArray(value)) return type === 'array';
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type && value !== null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
