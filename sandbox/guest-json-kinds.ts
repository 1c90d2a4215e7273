/** What objects of the builtin classes become on their way to JSON. */
import {
  defineProperty,
  getPrototypeOf,
  mapForEach,
  objectKeys,
  objectPrototype,
  readData,
  SafeMap,
  setForEach,
} from './guest-primordials.ts';

/** Why a value has no JSON. Not an Error: nothing here may run code of the script. */
export class Unconvertible {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** A Map whose keys are all strings, or an Error, to be written as an object. */
export class Entries {
  readonly record: object;

  constructor(record: object) {
    this.record = record;
  }
}

/** What stands for an object of a builtin class: an array, Entries, another value, or why there is nothing. */
type Kind = (value: object) => unknown;

const refuse =
  (what: string): Kind =>
  () =>
    new Unconvertible(what);
const elements = (value: ArrayLike<unknown>) => {
  const items: unknown[] = [];
  for (let index = 0; index < value.length; index++) items[index] = value[index];
  return items;
};
const boxed = (value: { valueOf(): unknown }) => value.valueOf();

const kinds = new SafeMap<object, Kind>();
/** The prototype says what the value is. */
function addKind<Value extends object>(prototype: object, kind: (value: Value) => unknown): void {
  kinds.set(prototype, kind as unknown as Kind);
}
const IteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]())) as object;
addKind(Map.prototype, mapEntries);
addKind(Set.prototype, (value: Set<unknown>) => {
  const items: unknown[] = [];
  setForEach(value, (item) => {
    items[items.length] = item;
  });
  return items;
});
addKind(Error.prototype, errorEntries);
addKind(getPrototypeOf(Uint8Array.prototype) as object, elements);
addKind(ArrayBuffer.prototype, (value: ArrayBuffer) => elements(new Uint8Array(value)));
addKind(RegExp.prototype, (value: RegExp) => `/${value.source}/${value.flags}`);
addKind(Number.prototype, boxed);
addKind(String.prototype, boxed);
addKind(Boolean.prototype, boxed);
addKind(BigInt.prototype, boxed);
addKind(Symbol.prototype, boxed);
addKind(Promise.prototype, refuse('a Promise: await it first'));
addKind(IteratorPrototype, refuse('an iterator: spread it into an array, [...it]'));
addKind(WeakMap.prototype, refuse('a WeakMap'));
addKind(WeakSet.prototype, refuse('a WeakSet'));
addKind(WeakRef.prototype, refuse('a WeakRef'));

/** By prototype, so that ordinary objects cost one look-up; a class that extends a builtin is found through its chain. */
export function kindOf(value: object): Kind | undefined {
  let prototype = getPrototypeOf(value) as object | null;
  for (let depth = 0; prototype !== null && prototype !== objectPrototype && depth < 100; depth++) {
    const kind = kinds.get(prototype);
    if (kind !== undefined) return kind;
    prototype = getPrototypeOf(prototype) as object | null;
  }
  return undefined;
}

function mapEntries(map: Map<unknown, unknown>): unknown {
  const record = {};
  const pairs: unknown[] = [];
  let named = true;
  mapForEach(map, (value, key) => {
    pairs[pairs.length] = [key, value];
    if (typeof key === 'string') define(record, key, value);
    else named = false;
  });
  return named ? new Entries(record) : pairs;
}

function errorEntries(error: object): Entries {
  const record = {};
  define(record, 'name', readData(error, 'name'));
  define(record, 'message', readData(error, 'message'));
  const keys = objectKeys(error);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    define(record, key, (error as Record<string, unknown>)[key]);
  }
  return new Entries(record);
}

/** Also right for `__proto__`. */
function define(record: object, key: string, value: unknown): void {
  defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
