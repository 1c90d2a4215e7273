/** URL: https://url.spec.whatwg.org/#url-class, without international host names. */
import { searchParams, URLSearchParams } from './guest-search-params.ts';
import {
  formatUrl,
  isSpecial,
  parseUrl,
  setHash,
  setHostAndPort,
  setPath,
  setPort,
  setSearch,
  type UrlParts,
} from './guest-url-parse.ts';
import { encodeSets, percentEncode } from './guest-url-text.ts';

export { URLSearchParams };

export class URL {
  #parts: UrlParts;
  readonly #searchParams: URLSearchParams;

  constructor(url: unknown, base?: unknown) {
    const parts = parse(url, base);
    if (!parts) {
      const reason =
        'an absolute URL starts with a scheme such as https:; international host names have to be in punycode';
      throw new TypeError(
        `Invalid URL: ${JSON.stringify(`${url}`)}${base === undefined ? '' : ` on ${JSON.stringify(`${base}`)}`} (${reason})`,
      );
    }
    this.#parts = parts;
    this.#searchParams = searchParams.linked(parts.search, (query) => {
      this.#parts.search = query && `?${query}`;
    });
  }

  static canParse(url: unknown, base?: unknown): boolean {
    return parse(url, base) !== undefined;
  }

  static parse(url: unknown, base?: unknown): URL | null {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  get href(): string {
    return formatUrl(this.#parts);
  }
  set href(value: string) {
    const parts = parseUrl(`${value}`);
    if (!parts) throw new TypeError(`Invalid URL: ${JSON.stringify(`${value}`)}`);
    this.#parts = parts;
    searchParams.replace(this.#searchParams, parts.search);
  }

  get origin(): string {
    return isSpecial(this.protocol) && this.protocol !== 'file:' ? `${this.protocol}//${this.host}` : 'null';
  }

  get protocol(): string {
    return this.#parts.protocol;
  }
  set protocol(value: string) {
    const protocol = /^[a-z][a-z\d+.-]*/i.exec(`${value}`)?.[0].toLowerCase();
    if (protocol === undefined || isSpecial(`${protocol}:`) !== isSpecial(this.protocol)) return;
    this.#parts.protocol = `${protocol}:`;
    setPort(this.#parts, this.port);
  }

  get username(): string {
    return this.#parts.username;
  }
  set username(value: string) {
    if (this.#parts.host) this.#parts.username = percentEncode(`${value}`, encodeSets.userinfo);
  }

  get password(): string {
    return this.#parts.password;
  }
  set password(value: string) {
    if (this.#parts.host) this.#parts.password = percentEncode(`${value}`, encodeSets.userinfo);
  }

  get host(): string {
    return `${this.hostname}${this.port && `:${this.port}`}`;
  }
  set host(value: string) {
    if (!this.#parts.opaque) setHostAndPort(this.#parts, `${value}`.replace(/[/?#][^]*$/, ''));
  }

  get hostname(): string {
    return this.#parts.host ?? '';
  }
  set hostname(value: string) {
    if (!this.#parts.opaque && !/^[^[]*:/.test(`${value}`))
      setHostAndPort(this.#parts, `${value}`.replace(/[/?#][^]*$/, ''));
  }

  get port(): string {
    return this.#parts.port;
  }
  set port(value: string) {
    const digits = /^(?:\d+|$)/.exec(`${value}`)?.[0];
    if (digits !== undefined && this.#parts.host && this.protocol !== 'file:') setPort(this.#parts, digits);
  }

  get pathname(): string {
    return this.#parts.pathname;
  }
  set pathname(value: string) {
    if (!this.#parts.opaque) setPath(this.#parts, `${value}`);
  }

  get search(): string {
    return this.#parts.search === '?' ? '' : this.#parts.search;
  }
  set search(value: string) {
    setSearch(this.#parts, `${value}`);
    searchParams.replace(this.#searchParams, this.#parts.search);
  }

  get searchParams(): URLSearchParams {
    return this.#searchParams;
  }

  get hash(): string {
    return this.#parts.hash === '#' ? '' : this.#parts.hash;
  }
  set hash(value: string) {
    setHash(this.#parts, `${value}`);
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }
}

function parse(url: unknown, base: unknown): UrlParts | undefined {
  if (base === undefined) return parseUrl(`${url}`);
  const parsed = parseUrl(`${base}`);
  return parsed && parseUrl(`${url}`, parsed);
}
