/** Text -> the parts of a URL, as https://url.spec.whatwg.org/#url-parsing does for what scripts meet. */
import { parseHost } from './guest-url-host.ts';
import { encodeSets, percentEncode } from './guest-url-text.ts';

export interface UrlParts {
  /** With the colon. */
  protocol: string;
  username: string;
  password: string;
  /** null where the URL has no authority (`mailto:`, `data:`). */
  host: string | null;
  port: string;
  /** An opaque path (`mailto:a@b`) is a string that starts without a slash. */
  pathname: string;
  opaque: boolean;
  /** With `?`, or empty; a lone `?` is kept. */
  search: string;
  /** With `#`, or empty; a lone `#` is kept. */
  hash: string;
}

const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
  'ftp:': '21',
  'file:': '',
};

export function isSpecial(protocol: string): boolean {
  return Object.hasOwn(defaultPorts, protocol);
}

/** @returns undefined where the text is no URL, or is relative without a base */
export function parseUrl(text: string, base?: UrlParts): UrlParts | undefined {
  const input = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
  const [, scheme, afterScheme = ''] = /^([a-z][a-z\d+.-]*:)([^]*)$/i.exec(input) ?? [];
  const protocol = scheme?.toLowerCase() ?? base?.protocol;
  if (protocol === undefined) return undefined;
  const [, path = '', query, fragment] =
    /^([^?#]*)(\?[^#]*)?(#[^]*)?$/.exec(scheme ? afterScheme : input) ?? [];
  const special = isSpecial(protocol);
  const parts: UrlParts = {
    protocol,
    username: '',
    password: '',
    host: null,
    port: '',
    pathname: '',
    opaque: false,
    search: '',
    hash: '',
  };
  if (fragment) setHash(parts, fragment);
  if (query) setSearch(parts, query);
  const slashed = special ? path.replaceAll('\\', '/') : path;
  const usesBase =
    base &&
    (!scheme || (special && protocol === base.protocol && !slashed.startsWith('//') && scheme !== 'file:'));
  if (usesBase && !slashed.startsWith('//')) return resolve(parts, slashed, base, query);
  if (!scheme && base?.opaque) return undefined;
  const hasAuthority = slashed.startsWith('//') || (special && protocol !== 'file:');
  if (!hasAuthority) return withoutAuthority(parts, slashed);
  // Special URLs have an authority however many slashes there are; `file:` and others exactly behind two.
  const rest = special && protocol !== 'file:' ? slashed.replace(/^\/*/, '') : slashed.slice(2);
  const end = rest.indexOf('/');
  if (!setAuthority(parts, end < 0 ? rest : rest.slice(0, end))) return undefined;
  setPath(parts, end < 0 ? '' : rest.slice(end));
  return parts;
}

export function formatUrl(parts: UrlParts): string {
  const { protocol, username, password, host, port, pathname, search, hash } = parts;
  const credentials = username || password ? `${username}${password && `:${password}`}@` : '';
  const authority = host === null ? '' : `//${credentials}${host}${port && `:${port}`}`;
  // Without an authority a path that starts with two slashes would read as one.
  const guarded = host === null && pathname.startsWith('//') ? `/.${pathname}` : pathname;
  return `${protocol}${authority}${guarded}${search}${hash}`;
}

/** @returns false where the port is no port */
export function setPort(parts: UrlParts, text: string): boolean {
  if (!/^\d*$/.test(text) || Number(text) > 65_535) return false;
  const port = text === '' ? '' : `${Number(text)}`;
  parts.port = port === defaultPorts[parts.protocol] ? '' : port;
  return true;
}

export function setPath(parts: UrlParts, text: string): void {
  const special = isSpecial(parts.protocol);
  const segments: string[] = [];
  const given = (special ? text.replaceAll('\\', '/') : text).replace(/^\//, '').split('/');
  for (const [index, segment] of given.entries()) {
    const last = index === given.length - 1;
    const plain = segment.replace(/%2e/gi, '.');
    if (plain === '..') segments.pop();
    if (plain === '.' || plain === '..') {
      if (last) segments.push('');
    } else segments.push(percentEncode(segment, encodeSets.path));
  }
  const empty = text === '' && !special;
  parts.pathname = empty ? '' : `/${segments.join('/')}`;
}

export function setSearch(parts: UrlParts, text: string): void {
  const query = text.replace(/^\?/, '');
  parts.search =
    text &&
    `?${percentEncode(query, isSpecial(parts.protocol) ? encodeSets.specialQuery : encodeSets.query)}`;
}

export function setHash(parts: UrlParts, text: string): void {
  const fragment = text.replace(/^#/, '');
  parts.hash = text && `#${percentEncode(fragment, encodeSets.fragment)}`;
}

function withoutAuthority(parts: UrlParts, path: string): UrlParts {
  if (parts.protocol === 'file:') {
    parts.host = '';
    setPath(parts, path);
  } else if (path.startsWith('/')) setPath(parts, path);
  else {
    parts.opaque = true;
    parts.pathname = percentEncode(path, encodeSets.control);
  }
  return parts;
}

function resolve(
  parts: UrlParts,
  path: string,
  base: UrlParts,
  query: string | undefined,
): UrlParts | undefined {
  if (base.opaque)
    return path === '' && query === undefined && parts.hash ? { ...base, hash: parts.hash } : undefined;
  const { username, password, host, port } = base;
  Object.assign(parts, { username, password, host, port });
  if (path === '') {
    parts.pathname = base.pathname;
    if (query === undefined) parts.search = base.search;
  } else
    setPath(
      parts,
      path.startsWith('/') ? path : base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1) + path,
    );
  return parts;
}

function setAuthority(parts: UrlParts, text: string): boolean {
  const at = text.lastIndexOf('@');
  const [, username = '', password = ''] = /^([^:]*):?([^]*)$/.exec(at < 0 ? '' : text.slice(0, at)) ?? [];
  parts.username = percentEncode(username, encodeSets.userinfo);
  parts.password = percentEncode(password, encodeSets.userinfo);
  return setHostAndPort(parts, text.slice(at + 1));
}

/** @returns false where the host or port is not valid; then nothing has changed */
export function setHostAndPort(parts: UrlParts, text: string): boolean {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([^]*))?$/.exec(text) ?? [];
  const file = parts.protocol === 'file:';
  if (name === '' && (text !== '' || (isSpecial(parts.protocol) && !file))) return false;
  const host = name === '' ? '' : parseHost(name, isSpecial(parts.protocol));
  if (host === undefined || (port !== undefined && (file || !setPort(parts, port)))) return false;
  parts.host = file && host === 'localhost' ? '' : host;
  return true;
}
