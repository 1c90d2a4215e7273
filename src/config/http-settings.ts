/** Reads `orchestrator.http` and its variables: what is written there, expanded and checked, with defaults filled in. */
import type * as z from 'zod';
import type { ConfigDocument, KeyPath } from './document.ts';
import { keyText } from './document.ts';
import { type ExpansionScope, expand } from './expand.ts';
import { httpSchema, oauthSchema, tokenSchema } from './http-schema.ts';
import type { HttpConfig, HttpToken } from './http-types.ts';
import { resolvePath } from './paths.ts';
import { type Findings, isObject, kindOf, shown, unknownKeys } from './report.ts';
import { httpVariables } from './variables.ts';

export interface HttpOverrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

export interface HttpInput {
  readonly document: ConfigDocument | undefined;
  /** Where relative paths of the file start. */
  readonly fileDirectory: string;
  readonly scope: ExpansionScope;
  readonly overrides: HttpOverrides;
}

/** Everything that may not be in a message, by its key. */
const secretKeys: readonly unknown[] = ['token', 'sha256'];
const root: KeyPath = ['orchestrator', 'http'];
/** Shorter ones can be guessed. */
const tokenCharactersMin = 16;

/** @param written the value of `orchestrator.http` */
export function readHttp(written: unknown, input: HttpInput, findings: Findings): HttpConfig {
  const inFile = readFile(written, input, findings);
  const variables = readVariables(input, findings);
  const { host, port } = input.overrides;
  const flags = { ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
  const merged = {
    ...inFile,
    ...variables,
    ...checked(flags, (key) => `the option --${String(key)}`, findings),
  };
  const { token } = variables;
  const tokens = [...(inFile.tokens ?? []), ...(token === undefined ? [] : [{ name: 'environment', token }])];
  const { publicUrl, oauth } = merged;
  return {
    host: merged.host ?? '127.0.0.1',
    port: merged.port ?? 8080,
    allowedHosts: merged.allowedHosts ?? [],
    allowedOrigins: (merged.allowedOrigins ?? []).map((origin) => new URL(origin).origin),
    sessions: merged.sessions ?? 'auto',
    tokens: tokens.flatMap((entry, index) => readToken(entry, index, input, findings) ?? []),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(oauth !== undefined && { oauth }),
  };
}

type Written = z.infer<typeof httpSchema>;

function readFile(written: unknown, input: HttpInput, findings: Findings): Written {
  const { document } = input;
  if (document === undefined || written === undefined) return {};
  if (!isObject(written)) {
    findings.problem(
      `${document.at(root)}: ${keyText(root)} must be an object such as { "port": 8080 }, but is ${shown(written)}.`,
    );
    return {};
  }
  nameUnknownKeys(written, document, findings);
  const place = (path: KeyPath) => `${document.at([...root, ...path])}: ${keyText([...root, ...path])}`;
  const expanded = expandTexts(written, [], { scope: input.scope, place, findings });
  warnOfPlainTokens(written, place, findings);
  return checked(expanded as object, (...path) => place(path as KeyPath), findings);
}

/** Of what says who may do what, a part that is not understood could give more than was meant. */
function nameUnknownKeys(
  written: Readonly<Record<string, unknown>>,
  document: ConfigDocument,
  findings: Findings,
): void {
  unknownKeys(
    { document, path: root, keys: Object.keys(written), known: Object.keys(httpSchema.shape) },
    findings,
  );
  const strict = { ...findings, warning: findings.problem };
  const check = (value: unknown, path: KeyPath, known: object) => {
    if (!isObject(value)) return;
    unknownKeys(
      { document, path: [...root, ...path], keys: Object.keys(value), known: Object.keys(known) },
      strict,
    );
  };
  check(written.oauth, ['oauth'], oauthSchema.shape);
  if (!Array.isArray(written.tokens)) return;
  for (const [index, token] of written.tokens.entries()) check(token, ['tokens', index], tokenSchema.shape);
}

interface Expanding {
  readonly scope: ExpansionScope;
  readonly place: (path: KeyPath) => string;
  readonly findings: Findings;
}

function expandTexts(value: unknown, path: KeyPath, how: Expanding): unknown {
  if (typeof value === 'string') {
    const { text, problems } = expand(value, how.scope);
    for (const problem of problems) how.findings.problem(`${how.place(path)}: ${problem}`);
    return text;
  }
  if (Array.isArray(value)) return value.map((item, index) => expandTexts(item, [...path, index], how));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expandTexts(item, [...path, key], how)]),
  );
}

function warnOfPlainTokens(
  written: Readonly<Record<string, unknown>>,
  place: (path: KeyPath) => string,
  findings: Findings,
): void {
  if (!Array.isArray(written.tokens)) return;
  for (const [index, entry] of written.tokens.entries()) {
    if (!isObject(entry) || typeof entry.token !== 'string' || entry.token.includes('${')) continue;
    findings.warning(
      `${place(['tokens', index, 'token'])} stands in the file for everyone who can read it. Write "\${NAME}" for an environment variable, or its "sha256", or a "file".`,
    );
  }
}

function readVariables(input: HttpInput, findings: Findings): Written & { token?: string } {
  const { environment } = input.scope;
  const values: Record<string, unknown> = {};
  const names: Record<string, string> = {};
  for (const [key, variables] of Object.entries(httpVariables)) {
    const name = variables.find((one) => environment[one]?.trim());
    if (name === undefined) continue;
    names[key] = name;
    values[key] = variableValue(key, environment[name]?.trim() ?? '');
  }
  const { token, ...rest } = values;
  const read: Written = checked(rest, (key) => `the environment variable ${names[String(key)]}`, findings);
  return { ...read, ...(typeof token === 'string' && { token }) };
}

function variableValue(key: string, value: string): unknown {
  if (key === 'port') return /^\d+$/.test(value) ? Number(value) : value;
  if (key === 'sessions') return value.toLowerCase();
  if (key !== 'allowedHosts' && key !== 'allowedOrigins') return value;
  return value.split(',').flatMap((part) => part.trim() || []);
}

/** What is wrong is told and left out. */
function checked(
  value: object,
  place: (...path: readonly PropertyKey[]) => string,
  findings: Findings,
): Written {
  const parsed = httpSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    const seen = path.reduce<unknown>((from, key) => (from as Record<PropertyKey, unknown>)?.[key], value);
    const word = path.some((key) => secretKeys.includes(key)) ? kindOf(seen) : shown(seen);
    findings.problem(`${place(...path)} ${message}, but is ${word}.`);
  }
  const wrong = new Set(parsed.error.issues.map(({ path }) => path[0]));
  const rest = Object.entries(value).filter(([key]) => !wrong.has(key));
  const again = httpSchema.safeParse(Object.fromEntries(rest));
  return again.success ? again.data : {};
}

function readToken(
  entry: z.infer<typeof tokenSchema>,
  index: number,
  input: HttpInput,
  findings: Findings,
): HttpToken | undefined {
  const { name, token, file, sha256, scopes = ['run'], profile } = entry;
  const path = [...root, 'tokens', index];
  const place = `${input.document?.at(path) ?? 'the environment'}: ${keyText(path)} ("${name}")`;
  const given = [token, file, sha256].filter((value) => value !== undefined).length;
  if (given !== 1) {
    findings.problem(`${place} must have one of "token", "file" and "sha256", but has ${given || 'none'}.`);
    return undefined;
  }
  if (token !== undefined && token.length < tokenCharactersMin) {
    findings.warning(
      `${place} is a token of ${token.length} characters, which can be guessed. Take at least ${tokenCharactersMin}, such as: openssl rand -hex 32`,
    );
  }
  return {
    name,
    scopes,
    ...(profile !== undefined && { profile }),
    ...(token !== undefined && { token }),
    ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }),
    ...(file !== undefined && { file: resolvePath(file, input.fileDirectory, input.scope.userHome) }),
  };
}
