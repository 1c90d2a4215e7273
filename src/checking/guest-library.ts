/**
 * The library that scripts are checked against: what the guest has, and nothing of browsers or Node. test/checking
 * compares its names with those of a running guest.
 */

/**
 * TypeScript's library files for what the sandbox's engine knows, without shared memory, which the sandbox takes away.
 * A script that uses `Object.groupBy` runs, so it must pass.
 */
export const libraryNames = [
  ...['es5', 'es2015.core', 'es2015.collection', 'es2015.generator', 'es2015.iterable', 'es2015.promise'],
  ...['es2015.proxy', 'es2015.reflect', 'es2015.symbol', 'es2015.symbol.wellknown', 'es2016.array.include'],
  ...['es2016.intl', 'es2017.arraybuffer', 'es2017.date', 'es2017.intl', 'es2017.object', 'es2017.string'],
  ...['es2017.typedarrays', 'es2018.asyncgenerator', 'es2018.asynciterable', 'es2018.intl', 'es2018.promise'],
  ...['es2018.regexp', 'es2019.array', 'es2019.intl', 'es2019.object', 'es2019.string', 'es2019.symbol'],
  ...['es2020.bigint', 'es2020.date', 'es2020.intl', 'es2020.number', 'es2020.promise', 'es2020.string'],
  ...['es2020.symbol.wellknown', 'es2021.intl', 'es2021.promise', 'es2021.string', 'es2021.weakref'],
  ...['es2022.array', 'es2022.error', 'es2022.intl', 'es2022.object', 'es2022.regexp', 'es2022.string'],
  ...['es2023.array', 'es2023.collection', 'es2023.intl', 'es2024.collection', 'es2024.object'],
  ...['es2024.promise', 'es2024.regexp', 'es2024.string', 'es2025.collection', 'es2025.float16'],
  ...[
    'es2025.intl',
    'es2025.iterator',
    'es2025.promise',
    'es2025.regexp',
    'esnext.array',
    'esnext.disposable',
  ],
  'esnext.error',
];

/**
 * Declarations of the guest's other globals. The first part gives the library's functions `any` where nothing is known
 * of what they are given (the result of a tool without an output schema, an empty object): TypeScript's own say
 * `unknown` there, and `Object.entries(result)` could not be used.
 */
export const guestLibrary = `
interface ObjectConstructor {
  entries<T = any>(o: { [key: string]: T } | ArrayLike<T>): [string, T][];
  values<T = any>(o: { [key: string]: T } | ArrayLike<T>): T[];
  groupBy<K extends PropertyKey, T = any>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Record<K, T[]>;
}
interface ArrayConstructor {
  from<T = any>(items: Iterable<T> | ArrayLike<T>): T[];
  from<T = any, U = any>(items: Iterable<T> | ArrayLike<T>, map: (item: T, index: number) => U, self?: any): U[];
}
interface SetConstructor { new <T = any>(items?: Iterable<T> | null): Set<T> }
interface MapConstructor {
  new <K = any, V = any>(entries?: Iterable<readonly [K, V]> | null): Map<K, V>;
  groupBy<K, T = any>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]>;
}
interface PromiseConstructor {
  new <T = any>(executor: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: any) => void) => void): Promise<T>;
}

declare var input: any;
declare var console: {
  log(...values: any[]): void; info(...values: any[]): void; debug(...values: any[]): void; warn(...values: any[]): void;
  error(...values: any[]): void; trace(...values: any[]): void; dir(value?: any, options?: any): void;
  table(data?: any, columns?: string[]): void; assert(condition?: any, ...values: any[]): void; count(label?: string): void;
  countReset(label?: string): void; group(...values: any[]): void; groupCollapsed(...values: any[]): void;
  groupEnd(): void; time(label?: string): void; timeLog(label?: string, ...values: any[]): void; timeEnd(label?: string): void;
};
declare function setTimeout(callback: (...values: any[]) => unknown, ms?: number, ...values: any[]): number;
declare function setInterval(callback: (...values: any[]) => unknown, ms?: number, ...values: any[]): number;
declare function clearTimeout(id: number | null | undefined): void;
declare function clearInterval(id: number | null | undefined): void;
declare function queueMicrotask(callback: () => unknown): void;
declare function structuredClone<T = any>(value: T, options?: { transfer?: any[] }): T;
declare function atob(text: string): string;
declare function btoa(text: string): string;
/** Runs on a timeout, an abort or a limit: a function, or calls that are made even where the script had to be killed. */
declare function onStop(action: (() => unknown) | readonly { tool: string; args?: object }[]): () => void;
declare var crypto: {
  randomUUID(): string;
  getRandomValues<T extends ArrayBufferView>(into: T): T;
};
declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  href: string; readonly origin: string; protocol: string; username: string; password: string; host: string;
  hostname: string; port: string; pathname: string; search: string; readonly searchParams: URLSearchParams; hash: string;
  toString(): string;
  toJSON(): string;
}
declare class URLSearchParams {
  constructor(init?: string | URLSearchParams | Iterable<readonly [string, any]> | { [name: string]: any });
  readonly size: number;
  append(name: string, value: any): void;
  delete(name: string, value?: any): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: any): boolean;
  set(name: string, value: any): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => unknown, self?: any): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}
interface AbortEvent { readonly type: string; readonly target: AbortSignal }
declare class AbortSignal {
  private constructor();
  static abort(reason?: any): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: AbortEvent) => unknown) | null;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: (event: AbortEvent) => unknown, options?: boolean | { once?: boolean }): void;
  removeEventListener(type: "abort", listener: (event: AbortEvent) => unknown): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: any): void;
}
`;

/** What scripts reach for out of habit and the sandbox does not have: what to do instead. */
export const absentGlobals: { readonly [name: string]: string } = {
  process:
    'There is no process here: pass values in `input`; files, network and processes are reached through tools.',
  fetch: 'There is no network here: use a tool that fetches.',
  require:
    'Nothing can be loaded here: all tools are globals; files, network and processes are reached through them.',
  Buffer: 'Use Uint8Array, TextEncoder, TextDecoder, atob and btoa.',
  WebAssembly: 'WebAssembly is switched off in the sandbox.',
  SharedArrayBuffer: 'SharedArrayBuffer is switched off in the sandbox.',
  Atomics: 'Atomics is switched off in the sandbox.',
  eval: 'Code cannot be made from text here: write it out.',
};

export const importHint =
  'Import only from "unified_api" (its names are globals too). Files, network and packages are reached through tools.';
