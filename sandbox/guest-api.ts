/** The tools as a script sees them: one Proxy per server, and `server__tool` for each tool. */
import { type Callee, newCallee, type TraceHolder, traceHolder } from './guest-call-sites.ts';
import {
  captureStackTrace,
  defineProperty,
  hasOwn,
  NativeProxy,
  objectCreate,
  objectKeys,
} from './guest-primordials.ts';
import type { ApiTable } from './protocol.ts';

export interface CallMaker {
  call(callee: Callee, args: unknown, trace: TraceHolder): Promise<unknown>;
}

type CallFunction = ((args?: unknown) => Promise<unknown>) & { raw: (args?: unknown) => Promise<unknown> };

/** Names by which the language probes any object (catalog/names.ts keeps tools off them): absent unless there is such a tool. */
const probes = objectCreate(null) as Record<string, true>;
for (const name of [
  'then',
  'toJSON',
  'prototype',
  '__esModule',
  ...Object.getOwnPropertyNames(Object.prototype),
]) {
  defineProperty(probes, name, { value: true });
}

export class Api {
  readonly #calls: CallMaker;
  #installed: string[] = [];

  constructor(calls: CallMaker) {
    this.#calls = calls;
  }

  /** Replaces what the table before installed; names that the language or the guest already has stay as they are. */
  install(table: ApiTable): void {
    for (const name of this.#installed) Reflect.deleteProperty(globalThis, name);
    this.#installed = [];
    for (const server of objectKeys(table.servers)) this.#installServer(server, table.servers[server] ?? []);
  }

  #installServer(server: string, tools: readonly string[]): void {
    const known = objectCreate(null) as Record<string, true>;
    for (const tool of tools) known[tool] = true;
    const functions = objectCreate(null) as Record<string, CallFunction>;
    const find = (tool: string): CallFunction => {
      const made = functions[tool] ?? this.#callFunction(server, tool);
      functions[tool] = made;
      return made;
    };
    this.#define(server, { value: serverProxy(server, known, find), configurable: true });
    for (const tool of tools)
      this.#define(`${server}__${tool}`, { get: () => find(tool), configurable: true });
  }

  #define(name: string, property: PropertyDescriptor): void {
    if (name in globalThis) return;
    defineProperty(globalThis, name, property);
    this.#installed[this.#installed.length] = name;
  }

  #callFunction(server: string, tool: string): CallFunction {
    const calls = this.#calls;
    const callee = newCallee(server, tool, false);
    const rawCallee = newCallee(server, tool, true);
    const call = (args?: unknown): Promise<unknown> => {
      const trace = traceHolder();
      captureStackTrace(trace, call);
      return calls.call(callee, args, trace);
    };
    const raw = (args?: unknown): Promise<unknown> => {
      const trace = traceHolder();
      captureStackTrace(trace, raw);
      return calls.call(rawCallee, args, trace);
    };
    defineProperty(call, 'name', { value: `${server}.${tool}`, configurable: true });
    defineProperty(raw, 'name', { value: `${server}.${tool}.raw`, configurable: true });
    return defineProperty(call, 'raw', { value: raw }) as CallFunction;
  }
}

function serverProxy(
  server: string,
  known: Record<string, true>,
  find: (tool: string) => CallFunction,
): object {
  const readOnly = (): never => {
    throw new TypeError(`${server} is a server's tools: it cannot be changed`);
  };
  const get = (_target: object, name: string | symbol) => {
    if (typeof name !== 'string' || (hasOwn(probes, name) && !hasOwn(known, name))) return undefined;
    return find(name);
  };
  // Shown by the console as the server's name.
  const target = objectCreate({ constructor: namedFunction(server) }) as object;
  return new NativeProxy(target, {
    get,
    has: (_target, name) => hasOwn(known, name),
    ownKeys: () => objectKeys(known),
    getOwnPropertyDescriptor: (_target, name) =>
      typeof name === 'string' && hasOwn(known, name)
        ? { value: find(name), enumerable: true, configurable: true, writable: false }
        : undefined,
    set: readOnly,
    deleteProperty: readOnly,
    defineProperty: readOnly,
    setPrototypeOf: readOnly,
    preventExtensions: readOnly,
  });
}

function namedFunction(name: string): object {
  return defineProperty(() => {}, 'name', { value: name });
}
