/**
 * Values -> JSON text, built inside the isolate: converts what has one sensible form, and refuses the rest with
 * the path to it. Nothing is dropped silently; the text is bounded while it grows.
 */
import { Entries, kindOf, Unconvertible } from './guest-json-kinds.ts';
import {
  getPrototypeOf,
  isArray,
  isFiniteNumber,
  isSafeInteger,
  jsonStringify,
  objectKeys,
  objectPrototype,
  readData,
  regExpTest,
  SafeMap,
  stringSlice,
} from './guest-primordials.ts';

export { Unconvertible };

export interface JsonOptions {
  /** What the path to a refused value starts with: `result`, `arguments`. */
  readonly root: string;
  readonly charactersMax: number;
  /** BigInt becomes a number where that is exact, else a decimal string; otherwise it is refused. */
  readonly bigints: boolean;
  /** For our own messages: `toJSON` methods are not asked, wherever a script may have put them. */
  readonly plain?: boolean;
}

const depthMax = 1_000;
/** Deeper values may be cycles. */
const plainDepthMax = 50;
const arrayPrototype = Array.prototype;
const pathCharactersMax = 500;
const keysCachedMax = 1_000;

/**
 * @returns undefined where the value is undefined
 * @throws Unconvertible with a sentence that names the path
 */
export function toJson(value: unknown, options: JsonOptions): string | undefined {
  return nativeJson(value, options) ?? writtenJson(value, options);
}

/** Nearly all values are plain: those V8 writes itself, many times faster than the interpreter without JIT. */
function nativeJson(value: unknown, { charactersMax, plain }: JsonOptions): string | undefined {
  if (plain || typeof value !== 'object') return undefined;
  try {
    if (plainCharactersLeft(value, charactersMax, 0) < 0) return undefined;
    const text = jsonStringify(value);
    return typeof text === 'string' && text.length <= charactersMax ? text : undefined;
  } catch {
    return undefined;
  }
}

/** @returns what is left of the budget, or -1 where something has to be converted, refused or looked at closely */
function plainCharactersLeft(value: unknown, budget: number, depth: number): number {
  if (typeof value === 'string') return budget - value.length;
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null)
    return budget - 1;
  if (
    typeof value !== 'object' ||
    depth > plainDepthMax ||
    (value as { toJSON?: unknown }).toJSON !== undefined
  )
    return -1;
  const prototype = getPrototypeOf(value) as object | null;
  let left = budget - 2;
  if (prototype === arrayPrototype && isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index++)
      left = plainCharactersLeft(value[index], left, depth + 1);
    return left;
  }
  if (prototype !== objectPrototype && prototype !== null) return -1;
  const keys = objectKeys(value);
  for (let index = 0; index < keys.length && left >= 0; index++) {
    const key = keys[index] as string;
    left = plainCharactersLeft((value as Record<string, unknown>)[key], left - key.length, depth + 1);
  }
  return left;
}

function writtenJson(value: unknown, options: JsonOptions): string | undefined {
  const writer = new Writer(options);
  try {
    return writer.write(value, options.root);
  } catch (thrown) {
    if (thrown instanceof Unconvertible) throw thrown;
    throw new Unconvertible(`${writer.path()} could not be read: ${shortReason(thrown)}`);
  }
}

class Writer {
  readonly #options: JsonOptions;
  /** Containers from the root down, with the depth at which each stands. */
  readonly #ancestors = new SafeMap<object, number>();
  readonly #keys: (string | number)[] = [];
  readonly #quotedKeys = new SafeMap<string, string>();
  #depth = 0;
  #characters = 0;

  constructor(options: JsonOptions) {
    this.#options = options;
    this.#keys[0] = options.root;
  }

  /** @param key where the value stands in its container; `#keys` holds it from before it is read */
  write(value: unknown, key: string | number): string | undefined {
    switch (typeof value) {
      case 'string':
        return this.#quote(value);
      case 'number':
        return this.#count(isFiniteNumber(value) ? `${value}` : 'null');
      case 'boolean':
        return this.#count(value ? 'true' : 'false');
      case 'undefined':
        return undefined;
      case 'bigint':
        return this.#bigint(value);
      case 'object':
        return value === null ? this.#count('null') : this.#container(value, key);
      default:
        throw new Unconvertible(`${this.path()} is a ${typeof value}`);
    }
  }

  path(end = this.#depth): string {
    let path = '';
    for (let depth = 0; depth <= end; depth++) {
      const key = this.#keys[depth] ?? '';
      if (depth === 0) path = `${key}`;
      else if (typeof key === 'number') path += `[${key}]`;
      else
        path += regExpTest(/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u, key)
          ? `.${key}`
          : `[${jsonStringify(key)}]`;
    }
    const half = pathCharactersMax / 2;
    return path.length <= pathCharactersMax
      ? path
      : `${stringSlice(path, 0, half)} ... ${stringSlice(path, -half)}`;
  }

  #container(value: object, key: string | number): string | undefined {
    if (this.#depth >= depthMax)
      throw new Unconvertible(`${this.path()} is nested more than ${depthMax} levels deep`);
    const seenAt = this.#ancestors.get(value);
    if (seenAt !== undefined)
      throw new Unconvertible(`${this.path()} refers back to ${this.path(seenAt)}: a cycle`);
    this.#ancestors.set(value, this.#depth);
    const text = this.#object(value, key);
    this.#ancestors.delete(value);
    return text;
  }

  #object(value: object, key: string | number): string | undefined {
    const toJSON = this.#options.plain ? undefined : (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === 'function')
      return this.write((value as { toJSON(key: string): unknown }).toJSON(`${key}`), key);
    if (isArray(value)) return this.#array(value);
    const kind = kindOf(value);
    if (kind === undefined) return this.#properties(value);
    const other = kind(value);
    if (other instanceof Unconvertible) throw new Unconvertible(`${this.path()} is ${other.message}`);
    if (other instanceof Entries) return this.#properties(other.record);
    return isArray(other) ? this.#array(other) : this.write(other, key);
  }

  #array(items: readonly unknown[]): string {
    this.#count('[]');
    let text = '[';
    this.#depth++;
    for (let index = 0; index < items.length; index++) {
      this.#keys[this.#depth] = index;
      const item = this.write(items[index], index) ?? this.#count('null');
      text += index === 0 ? item : `,${item}`;
      this.#characters++;
    }
    this.#depth--;
    return `${text}]`;
  }

  #properties(record: object): string {
    this.#count('{}');
    let text = '';
    const keys = objectKeys(record);
    this.#depth++;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      this.#keys[this.#depth] = key;
      const item = this.write((record as Record<string, unknown>)[key], key);
      if (item === undefined) continue;
      text += text === '' ? this.#quoteKey(key) : `,${this.#quoteKey(key)}`;
      text += item;
    }
    this.#depth--;
    return `{${text}}`;
  }

  #bigint(value: bigint): string {
    if (!this.#options.bigints) {
      throw new Unconvertible(`${this.path()} is a BigInt: use Number(value) or String(value)`);
    }
    const number = Number(value);
    return isSafeInteger(number) ? this.#count(`${number}`) : this.#quote(`${value}`);
  }

  #quote(text: string): string {
    this.#expect(text.length);
    return this.#count(jsonStringify(text));
  }

  #quoteKey(key: string): string {
    const known = this.#quotedKeys.get(key);
    if (known !== undefined) return this.#count(known);
    const quoted = `${this.#quote(key)}:`;
    if (this.#quotedKeys.size < keysCachedMax) this.#quotedKeys.set(key, quoted);
    return quoted;
  }

  #count(text: string): string {
    this.#expect(text.length);
    this.#characters += text.length;
    return text;
  }

  #expect(characters: number): void {
    const { charactersMax, root } = this.#options;
    if (this.#characters + characters <= charactersMax) return;
    const limit = root === 'result' ? 'resultBytesMax' : 'argumentBytesMax';
    throw new Unconvertible(
      `${root} is larger than ${charactersMax} bytes as JSON: ${limit} (met at ${this.path()})`,
    );
  }
}

function shortReason(thrown: unknown): string {
  if (typeof thrown === 'string') return stringSlice(thrown, 0, 200);
  if (typeof thrown !== 'object' || thrown === null) return `${typeof thrown} was thrown`;
  try {
    const message = readData(thrown, 'message');
    return typeof message === 'string' ? stringSlice(message, 0, 200) : 'an object was thrown';
  } catch {
    return 'an object was thrown';
  }
}
