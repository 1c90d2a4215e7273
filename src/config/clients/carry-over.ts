/** One entry of another client's file -> the same server in our configuration, with a word on all that is not carried over. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import type { Dialect, JsonObject } from './client.ts';

export interface CarriedEntry {
  /** For `mcpServers` of our file. */
  readonly entry: JsonObject;
  /** What was changed or left out, one sentence each. */
  readonly notes: readonly string[];
}

export interface CarryOptions {
  readonly dialect: Dialect;
  /** The folder in which the client starts the server; undefined where that is our file's folder, or nobody knows. */
  readonly projectFolder?: string | undefined;
}

/** Keys that both have, with the same meaning. */
const sameKeys = [
  ...['command', 'args', 'env', 'envFile', 'cwd', 'headers', 'disabled', 'enabled', 'concurrency'],
  ...['includeTools', 'excludeTools', 'enabledTools', 'disabledTools', 'enabled_tools', 'disabled_tools'],
];
/** Keys that only their own client has a use for. */
const silentKeys = [
  ...['autoApprove', 'alwaysAllow', 'trust', 'name', 'title', 'description', 'gallery', 'version', 'dev'],
  ...[
    'type',
    'transport',
    'timeout',
    'url',
    'httpUrl',
    'serverUrl',
    'id',
    'icon',
    'note',
    'notes',
    'comment',
  ],
];

/** @throws Error where the entry is no server at all, with what it is */
export function carryOver(written: unknown, options: CarryOptions): CarriedEntry {
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw new Error(
      `is ${Array.isArray(written) ? 'a list' : written === null ? 'null' : `a ${typeof written}`}, not an object`,
    );
  const source = written as JsonObject;
  const notes: string[] = [];
  const entry: Record<string, unknown> = {};
  for (const key of sameKeys) if (source[key] !== undefined && source[key] !== null) entry[key] = source[key];
  Object.assign(entry, address(source, options.dialect), timeouts(source, options.dialect, notes));
  Object.assign(entry, codexKeys(source, entry, notes));
  if (entry.command === undefined && entry.url === undefined)
    throw new Error('has neither a command nor an address');
  if (options.projectFolder !== undefined && entry.command !== undefined && entry.cwd === undefined)
    entry.cwd = options.projectFolder;
  const unknown = Object.keys(source).filter(
    (key) => ![...sameKeys, ...silentKeys, ...Object.keys(codexSpellings)].includes(key),
  );
  if (unknown.length > 0)
    notes.push(
      `${unknown.join(', ')} ${unknown.length === 1 ? 'has' : 'have'} no counterpart here and ${unknown.length === 1 ? 'was' : 'were'} left out`,
    );
  return { entry: withVariables(entry, options, notes) as JsonObject, notes };
}

/** One key and, where it is not Streamable HTTP with fallback, its type. */
function address(source: JsonObject, { urlIsSse }: Dialect): JsonObject {
  const type = source.type ?? source.transport;
  if (typeof source.httpUrl === 'string') return { url: source.httpUrl };
  if (typeof source.serverUrl === 'string') return { url: source.serverUrl };
  if (typeof source.url !== 'string') return {};
  const isSse = type === 'sse' || (urlIsSse === true && type === undefined);
  return { url: source.url, ...(isSse && { type: 'sse' }) };
}

function timeouts(source: JsonObject, { timeout: unit }: Dialect, notes: string[]): JsonObject {
  const { timeout } = source;
  if (timeout === undefined || timeout === null) return {};
  if (typeof timeout !== 'number' || !(timeout > 0)) {
    notes.push('its timeout is no number and was left out');
    return {};
  }
  return { timeout: unit === 's' ? timeout * 1_000 : timeout };
}

const codexSpellings = {
  env_vars: undefined,
  bearer_token_env_var: undefined,
  http_headers: undefined,
  env_http_headers: undefined,
  startup_timeout_sec: 'connect_timeout',
  startup_timeout_ms: 'connect_timeout',
  tool_timeout_sec: 'timeout',
} as const;

function codexKeys(source: JsonObject, entry: JsonObject, notes: string[]): JsonObject {
  const carried: Record<string, unknown> = {};
  for (const [key, ours] of Object.entries(codexSpellings)) {
    const value = source[key];
    if (ours === undefined || typeof value !== 'number') continue;
    carried[ours] = key.endsWith('_sec') ? value * 1_000 : value;
  }
  const { env_vars, bearer_token_env_var, http_headers, env_http_headers } = source;
  if (Array.isArray(env_vars)) {
    const names = env_vars.filter((name) => typeof name === 'string');
    carried.env = {
      ...Object.fromEntries(names.map((name) => [name, `\${${name}}`])),
      ...(entry.env as JsonObject),
    };
    if (names.length < env_vars.length) notes.push('some of its env_vars are no names and were left out');
  }
  const headers = {
    ...(entry.headers as JsonObject | undefined),
    ...(http_headers as JsonObject | undefined),
    ...Object.fromEntries(
      Object.entries((env_http_headers ?? {}) as JsonObject).map(([header, name]) => [header, `\${${name}}`]),
    ),
    ...(typeof bearer_token_env_var === 'string' && { Authorization: `Bearer \${${bearer_token_env_var}}` }),
  };
  if (Object.keys(headers).length > 0) carried.headers = headers;
  return carried;
}

/** In every text: variables as we write them, folders as they are. */
function withVariables(value: unknown, options: CarryOptions, notes: string[]): unknown {
  if (typeof value === 'string') return variablesIn(value, options, notes);
  if (Array.isArray(value)) return value.map((item) => withVariables(item, options, notes));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withVariables(item, options, notes)]),
  );
}

function variablesIn(text: string, { dialect, projectFolder }: CarryOptions, notes: string[]): string {
  const withFolders = text
    .replaceAll('${workspaceFolder}', projectFolder ?? '${workspaceFolder}')
    .replace(/\$\{input:([^}]+)\}/g, (_, id: string) => {
      const name = id.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
      const note = `it asks for \${input:${id}}: set the environment variable ${name} instead`;
      if (!notes.includes(note)) notes.push(note);
      return `\${${name}}`;
    });
  return dialect.bareVariables ? withFolders.replace(/\$([A-Za-z_]\w*)/g, '${$1}') : withFolders;
}
