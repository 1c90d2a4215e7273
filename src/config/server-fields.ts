/** The fields of a server entry by its transport: filled in, checked, with what is wrong reported at its place. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Limits } from '../limits.ts';
import type { KeyStoreMode } from './auth-types.ts';
import type { ConfigDocument, KeyPath } from './document.ts';
import type { RawEntry } from './entries.ts';
import { type ExpansionScope, expand } from './expand.ts';
import { resolvePath } from './paths.ts';
import { type Findings, shown } from './report.ts';
import type { ServerEntry } from './schema.ts';
import type { ConnectionScope, HttpServerConfig } from './types.ts';
import { clientVariable } from './variables.ts';

export interface ServerContext {
  readonly document: ConfigDocument;
  /** The file's folder. */
  readonly directory: string;
  readonly scope: ExpansionScope;
  readonly limits: Limits;
  /** For entries that do not say themselves. */
  readonly learnTypes: boolean;
  readonly connectionScope: ConnectionScope;
  /** Absolute; undefined where the user has no folder of their own. */
  readonly tokenFolder: string | undefined;
  readonly keyStore: KeyStoreMode;
}

/** The entry under way. */
export interface Reading extends ServerContext {
  readonly entry: RawEntry;
  readonly findings: Findings;
  /** Gathers what variables put into the entry. */
  readonly secrets: Set<string>;
  /** Adds a problem or warning with the place of the key, or of the entry itself. */
  report(kind: 'problem' | 'warning', key: KeyPath, text: string): void;
}

/** The names under which clients write a server's address. */
export const urlKeys = ['url', 'serverUrl', 'httpUrl'] as const;

/** What a server that is started has beyond the common fields, filled in. */
export function stdioFields(parsed: ServerEntry, reading: Reading) {
  const command = expandAt(['command'], parsed.command ?? '', reading);
  const args = (parsed.args ?? []).map((text, index) => expandAt(['args', index], text, reading));
  const env = { ...variablesOfFile(parsed, reading), ...expandAll('env', parsed.env, reading) };
  const cwdText = expandAt(['cwd'], parsed.cwd ?? '.', reading);
  const cwd = resolvePath(cwdText, reading.directory, reading.scope.userHome);
  warnOfUnused(
    ['headers', 'auth_headers', 'auth', 'forward_headers'],
    parsed,
    'a server that is started by "command"',
    reading,
  );
  if (args.length === 0 && /^[\w.-]+\s+\S/.test(parsed.command ?? '')) {
    reading.report(
      'warning',
      ['command'],
      'holds spaces and is taken for the name of one program. Put what follows the name into "args".',
    );
  }
  if (reading.findings.problems.length > 0) return { command, args, env, cwd };
  if (command.trim() === '')
    reading.report(
      'problem',
      ['command'],
      'is empty once its variables are filled in. Name a program, such as "npx".',
    );
  // Without this check the system says that the command was not found.
  if (parsed.cwd !== undefined && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    reading.report(
      'problem',
      ['cwd'],
      `is ${shown(parsed.cwd)}, and there is no folder ${resolvePath(parsed.cwd, reading.directory, undefined)}. Create it, or mend the path.`,
    );
  }
  for (const name of Object.keys(env)) {
    if (name === '' || /[=\0]/.test(name))
      reading.report(
        'problem',
        ['env', name],
        'is no name for an environment variable. Write it without "=".',
      );
  }
  return { command, args, env, cwd };
}

/** What a server that is reached by address has beyond the common fields, filled in. */
export function httpFields(parsed: ServerEntry, reading: Reading) {
  const key = urlKeys.find((candidate) => parsed[candidate] !== undefined) ?? 'url';
  const headersKey = parsed.headers === undefined ? 'auth_headers' : 'headers';
  const url = expandAt([key], parsed[key] ?? '', reading);
  const headers = expandAll(headersKey, parsed[headersKey], reading);
  warnOfUnused(
    ['args', 'env', 'envFile', 'env_file', 'cwd'],
    parsed,
    'a server that is reached by its address',
    reading,
  );
  if (reading.findings.problems.length > 0) return { url, headers };
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^https?:\/\//i.test(url.trim())) {
    reading.report(
      'problem',
      [key],
      `must be an address that starts with http:// or https://, but is ${shown(withoutSecrets(parsed[key] ?? ''))}.`,
    );
  } else if (address.username !== '' || address.password !== '') {
    reading.report(
      'problem',
      [key],
      'holds a user name or password before the "@", which HTTP clients refuse. Write "headers": { "Authorization": "Basic ${...}" } instead.',
    );
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeader(name, value)) {
      reading.report(
        'problem',
        [headersKey, name],
        'is no valid HTTP header: the name must be letters, digits and dashes, the value without line breaks. Check both, and the variables in the value.',
      );
    }
  }
  return { url: url.trim(), headers };
}

/** What it holds is secret, as what variables hold. */
function variablesOfFile(parsed: ServerEntry, reading: Reading): Record<string, string> {
  const key = parsed.envFile === undefined ? 'env_file' : 'envFile';
  const written = parsed[key];
  if (written === undefined) return {};
  const file = resolvePath(expandAt([key], written, reading), reading.directory, reading.scope.userHome);
  try {
    const variables = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
    for (const value of Object.values(variables)) if (value !== '') reading.secrets.add(value);
    return variables;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const wrong = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    reading.report(
      'problem',
      [key],
      `is ${shown(written)}, and ${file} ${wrong}. Create it, or mend the path.`,
    );
    return {};
  }
}

/**
 * For a server that the client which started us has running: nothing else of its entry is read, since nothing is started.
 *
 * @returns undefined where there is no such client
 */
export function clientFields(
  reading: Reading,
): Pick<HttpServerConfig, 'transport' | 'url' | 'headers'> | undefined {
  const url = reading.scope.environment[clientVariable]?.trim();
  if (!url) return undefined;
  const isAddress = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isAddress) {
    reading.report(
      'problem',
      ['via'],
      `calls the client at ${clientVariable}, which must be an address that starts with http:// or https://, but is ${shown(withoutSecrets(url))}.`,
    );
  }
  return { transport: 'client', url, headers: {} };
}

function expandAll(
  key: 'env' | 'headers' | 'auth_headers',
  texts: Readonly<Record<string, string>> | undefined,
  reading: Reading,
) {
  const pairs = Object.entries(texts ?? {}).map(
    ([name, text]) => [name, expandAt([key, name], text, reading)] as const,
  );
  return Object.fromEntries(pairs);
}

/** The text with its variables filled in; a variable that is not there is a problem of the reading. */
export function expandAt(key: KeyPath, written: string, reading: Reading): string {
  const { text, problems, secrets } = expand(written, reading.scope);
  for (const secret of secrets) reading.secrets.add(secret);
  for (const problem of problems) reading.report('problem', key, `cannot be filled in: ${problem}`);
  if (text.includes('\0')) reading.report('problem', key, 'holds a NUL character. Remove it.');
  return text;
}

function warnOfUnused(
  keys: readonly (keyof ServerEntry)[],
  parsed: ServerEntry,
  kind: string,
  reading: Reading,
): void {
  for (const key of keys) {
    if (parsed[key] !== undefined) reading.report('warning', [key], `has no effect for ${kind}. Remove it.`);
  }
}

// As written, its variables unfilled, and no further than the host: tokens are found in paths and queries too.
function withoutSecrets(url: string): string {
  const start = /^(?:[a-z][\w+.-]*:)?\/*[^/?#]*/i.exec(url)?.[0] ?? '';
  return start.replace(/[^/]*@/, '…@') + (start.length < url.length ? '…' : '');
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}
