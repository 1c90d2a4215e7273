/** structuredClone: https://html.spec.whatwg.org/#structuredserializeinternal, without transfer. */

const errorClasses = new Map<unknown, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((constructor) => [
    constructor.name,
    constructor as ErrorConstructor,
  ]),
);

export function structuredClone<Value>(value: Value): Value {
  return clone(value, new Map()) as Value;
}

function clone(value: unknown, seen: Map<object, object>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol')
    throw cloneError(`a ${typeof value} cannot be cloned`);
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known) return known;
  const leaf = cloneLeaf(value);
  if (leaf) {
    seen.set(value, leaf);
    return leaf;
  }
  if (Array.isArray(value)) return cloneProperties(value, new Array(value.length), seen);
  if (value instanceof Map) {
    const copy = new Map();
    seen.set(value, copy);
    for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set();
    seen.set(value, copy);
    for (const item of [...value]) copy.add(clone(item, seen));
    return copy;
  }
  if (ArrayBuffer.isView(value)) return cloneView(value, seen);
  if (value instanceof Error) return cloneErrorValue(value, seen);
  for (const refused of [Promise, WeakMap, WeakSet, WeakRef]) {
    if (value instanceof refused) throw cloneError(`a ${refused.name} cannot be cloned`);
  }
  return cloneProperties(value, {}, seen);
}

function cloneLeaf(value: object): object | undefined {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (
    value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
  ) {
    return Object(value.valueOf()) as object;
  }
  return undefined;
}

function cloneProperties(value: object, copy: object, seen: Map<object, object>): object {
  seen.set(value, copy);
  for (const key of Object.keys(value)) {
    const item = clone((value as Record<string, unknown>)[key], seen);
    Object.defineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

function cloneView(view: ArrayBufferView, seen: Map<object, object>): object {
  const buffer = clone(view.buffer, seen) as ArrayBuffer;
  const Constructor = view.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => object;
  const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
  const copy = new Constructor(buffer, view.byteOffset, length);
  seen.set(view, copy);
  return copy;
}

function cloneErrorValue(error: Error, seen: Map<object, object>): Error {
  const Constructor = errorClasses.get(error.name) ?? Error;
  const copy = new Constructor(error.message);
  seen.set(error, copy);
  Object.defineProperty(copy, 'stack', { value: error.stack, writable: true, configurable: true });
  if (Object.hasOwn(error, 'cause')) {
    Object.defineProperty(copy, 'cause', {
      value: clone(error.cause, seen),
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

function cloneError(message: string): Error {
  const error = new Error(`structuredClone: ${message}`);
  Object.defineProperty(error, 'name', { value: 'DataCloneError', writable: true, configurable: true });
  return error;
}
