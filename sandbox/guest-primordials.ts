/**
 * Builtins as they were before any script ran. What decides about calls, limits and outcomes uses only these, so
 * that a script which patches `Array.prototype` or `JSON` can confuse itself but not the bridge.
 */

const { bind, call } = Function.prototype;
const uncurry = bind.bind(call) as unknown as <This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => (self: This, ...args: Args) => Result;

export const NativePromise = Promise;
export const NativeError = Error;
export const NativeProxy = Proxy;
export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const {
  create: objectCreate,
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  keys: objectKeys,
  prototype: objectPrototype,
  setPrototypeOf,
} = Object;
export const { isArray } = Array;
export const { isFinite: isFiniteNumber, isSafeInteger } = Number;
export const { floor, max, min, trunc } = Math;
export const { apply, construct, ownKeys } = Reflect;
export const dateNow = Date.now;

interface StackCapturer {
  captureStackTrace(holder: object, below: unknown): void;
}
/** V8's; leaves out the frames above and of `below`. */
export const captureStackTrace = (Error as unknown as StackCapturer).captureStackTrace;
/** Reading `stack` through this accessor runs no code of a script. */
export const stackGetter = getOwnPropertyDescriptor(new Error(), 'stack')?.get;

export const promiseThen = uncurry(Promise.prototype.then) as <Value>(
  promise: Promise<Value>,
  onValue: (value: Value) => unknown,
  onError?: (error: unknown) => unknown,
) => Promise<unknown>;
export const stringIndexOf = uncurry(String.prototype.indexOf);
export const stringLastIndexOf = uncurry(String.prototype.lastIndexOf);
export const stringSlice = uncurry(String.prototype.slice);
export const stringStartsWith = uncurry(String.prototype.startsWith);
export const stringCharCodeAt = uncurry(String.prototype.charCodeAt);
export const regExpTest = uncurry(RegExp.prototype.test);
export const hasOwn = uncurry(Object.prototype.hasOwnProperty);
export const mapForEach = uncurry(Map.prototype.forEach) as (
  map: Map<unknown, unknown>,
  callback: (value: unknown, key: unknown) => void,
) => void;
export const setForEach = uncurry(Set.prototype.forEach) as (
  set: Set<unknown>,
  callback: (value: unknown) => void,
) => void;

/** A Map whose methods no script can reach. */
export class SafeMap<Key, Value> extends Map<Key, Value> {}
for (const name of ['get', 'set', 'has', 'delete', 'clear'] as const) {
  defineProperty(SafeMap.prototype, name, { value: Map.prototype[name] });
}
const sizeOf = getOwnPropertyDescriptor(Map.prototype, 'size');
if (sizeOf) defineProperty(SafeMap.prototype, 'size', sizeOf);
Object.setPrototypeOf(SafeMap.prototype, null);
freeze(SafeMap.prototype);

/** An array that a setter on `Array.prototype` does not see; it has an index and a length, and no methods. */
export function safeArray<Item>(): Item[] {
  return setPrototypeOf([], null) as Item[];
}

/** The first data property of that name on the value or its prototypes; accessors are never run. */
export function readData(value: object, name: string): unknown {
  let holder: object | null = value;
  for (let depth = 0; holder !== null && depth < 100; depth++) {
    const property = getOwnPropertyDescriptor(holder, name);
    if (property) return property.value;
    holder = getPrototypeOf(holder) as object | null;
  }
  return undefined;
}

/** Adds a global that a script may replace, like the builtin ones. */
export function defineGlobal(name: string, value: unknown): void {
  defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
