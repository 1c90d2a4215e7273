/** URLSearchParams: https://url.spec.whatwg.org/#interface-urlsearchparams */
import { formDecode, formEncode } from './guest-url-text.ts';

type Pairs = [string, string][];

export class URLSearchParams {
  #pairs: Pairs = [];
  #onChange: ((query: string) => void) | undefined;

  constructor(init: unknown = '') {
    this.#pairs = pairsOf(init);
  }

  /** Of a URL: changes go back to it. */
  static linked(query: string, onChange: (query: string) => void): URLSearchParams {
    const params = new URLSearchParams(query);
    params.#onChange = onChange;
    return params;
  }

  static replace(params: URLSearchParams, query: string): void {
    params.#pairs = pairsOf(query);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    this.#pairs.push([text(name), text(value)]);
    this.#changed();
  }

  delete(name: unknown, value?: unknown): void {
    this.#pairs = this.#pairs.filter(
      (pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`),
    );
    this.#changed();
  }

  get(name: unknown): string | null {
    return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
  }

  has(name: unknown, value?: unknown): boolean {
    return this.#pairs.some(
      (pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`),
    );
  }

  set(name: unknown, value: unknown): void {
    const first = this.#pairs.find((pair) => pair[0] === `${name}`);
    if (!first) return this.append(name, value);
    first[1] = text(value);
    this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== `${name}`);
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => unknown, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    for (let index = 0; index < this.#pairs.length; index++)
      yield [...(this.#pairs[index] as [string, string])];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join('&');
  }

  /** So that a result or the console shows something; the web has none. */
  toJSON(): string {
    return this.toString();
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}

const { linked, replace } = URLSearchParams;

/** The static functions where scripts cannot reach them; the class that scripts see has none. */
export const searchParams = { linked, replace };
Reflect.deleteProperty(URLSearchParams, 'linked');
Reflect.deleteProperty(URLSearchParams, 'replace');

function pairsOf(init: unknown): Pairs {
  if (typeof init !== 'object' || init === null) return parseQuery(`${init}`);
  if (Symbol.iterator in init) {
    return Array.from(init as Iterable<Iterable<unknown>>, (pair) => {
      const [name, value, ...more] = pair;
      if (value === undefined || more.length > 0)
        throw new TypeError('URLSearchParams: each pair needs a name and a value');
      return [text(name), text(value)];
    });
  }
  return Object.entries(init).map(([name, value]) => [text(name), text(value)]);
}

function parseQuery(query: string): Pairs {
  return query
    .replace(/^\?/, '')
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0
        ? [formDecode(part), '']
        : [formDecode(part.slice(0, at)), formDecode(part.slice(at + 1))];
    });
}

function text(value: unknown): string {
  return `${value}`.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    '\uFFFD',
  );
}
