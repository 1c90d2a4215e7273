/** Takes away what a script must not have: code from strings, shared memory, memory outside the heap limit. */
import { construct, defineProperty } from './guest-primordials.ts';

const stackFramesMax = 20;

/** Runs once, before any script. Nearly each line answers a measured escape, hang or crash. */
export function harden(): void {
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'eval']) {
    Reflect.deleteProperty(globalThis, name);
  }
  // V8's own, of no standard: native code that few have ever looked at.
  Reflect.deleteProperty(Intl, 'v8BreakIterator');
  refuseFunctionConstructors();
  refuseResizableBuffers();
  // A function here would run whenever a stack is read, also by us.
  defineProperty(Error, 'prepareStackTrace', { value: undefined, writable: false, configurable: false });
  defineProperty(Error, 'stackTraceLimit', { value: stackFramesMax, writable: false, configurable: false });
}

/** Compiling deep in the stack kills the process (isolated-vm leaves the compiler too little room). */
function refuseFunctionConstructors(): void {
  const samples = [() => {}, async () => {}, function* () {}, async function* () {}];
  for (const sample of samples) {
    const prototype = Object.getPrototypeOf(sample) as object;
    const name = (sample.constructor as { name: string }).name;
    // biome-ignore lint/complexity/useArrowFunction: it has to answer `new Function()` too
    const refuse = function (): never {
      throw new TypeError(
        `${name}() cannot make code from a string here. Write the function itself in the script, or choose among functions by a key of an object.`,
      );
    };
    defineProperty(refuse, 'name', { value: name });
    defineProperty(refuse, 'prototype', { value: prototype, writable: false });
    defineProperty(prototype, 'constructor', { value: refuse, writable: false, configurable: false });
    if (name === 'Function') {
      defineProperty(globalThis, 'Function', { value: refuse, writable: true, configurable: true });
    }
  }
}

/** Resizable buffers are not counted by the heap limit: `maxByteLength` is ignored and `resize` is gone. */
function refuseResizableBuffers(): void {
  const Native = ArrayBuffer;
  const FixedArrayBuffer = function (this: unknown, length?: unknown): ArrayBuffer {
    if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'");
    return construct(Native, [length], new.target) as ArrayBuffer;
  };
  defineProperty(FixedArrayBuffer, 'name', { value: 'ArrayBuffer' });
  defineProperty(FixedArrayBuffer, 'prototype', { value: Native.prototype, writable: false });
  defineProperty(FixedArrayBuffer, 'isView', { value: Native.isView, writable: true, configurable: true });
  defineProperty(FixedArrayBuffer, Symbol.species, {
    get(this: unknown) {
      return this;
    },
    configurable: true,
  });
  defineProperty(Native.prototype, 'constructor', {
    value: FixedArrayBuffer,
    writable: true,
    configurable: true,
  });
  Reflect.deleteProperty(Native.prototype, 'resize');
  defineProperty(globalThis, 'ArrayBuffer', { value: FixedArrayBuffer, writable: true, configurable: true });
}
