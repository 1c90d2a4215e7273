/** One server entry of the file -> the configuration of a server, or the reason why it cannot be used. */

import { authFields } from './auth-fields.ts';
import { isForAuthType, withAuthType } from './auth-type.ts';
import { type KeyPath, keyText } from './document.ts';
import type { RawEntry } from './entries.ts';
import { forwardedHeaders, ofTheCallers } from './forward-fields.ts';
import { createFindings, isObject, kindOf, shown, unknownKeys } from './report.ts';
import {
  ignoredServerKeys,
  type ServerEntry,
  serverSchema,
  translatedServerKeys,
  transportNames,
  unfollowedServerKeys,
} from './schema.ts';
import {
  clientFields,
  httpFields,
  type Reading,
  type ServerContext,
  stdioFields,
  urlKeys,
} from './server-fields.ts';
import { readToolRules, toolRuleKeys } from './tool-rules.ts';
import type { ServerConfig, UnusableServer } from './types.ts';
import { clientVariable } from './variables.ts';

/** @param warn is given what is odd about the entry but not wrong */
export function readServer(
  entry: RawEntry,
  name: string,
  context: ServerContext,
  warn: (text: string) => void,
): ServerConfig | UnusableServer {
  const { document } = context;
  const findings = createFindings();
  const reading: Reading = {
    ...context,
    entry,
    findings,
    secrets: new Set(),
    report(kind, key, text) {
      const path = [...entry.path, ...key];
      findings[kind](`${document.at(path)}: ${keyText(path)} ${text}`);
    },
  };
  const server = buildServer(name, reading);
  if (server !== undefined && 'status' in server) return server;
  for (const warning of findings.warnings) warn(warning);
  if (server !== undefined && findings.problems.length === 0) return server;
  return { name, status: 'invalid', reason: findings.problems.join('\n') };
}

function buildServer(name: string, reading: Reading): ServerConfig | UnusableServer | undefined {
  const { entry, document, limits } = reading;
  if (!isObject(entry.value)) {
    reading.report(
      'problem',
      [],
      `must be an object such as { "command": "npx", "args": ["-y", "some-server"] }, but is ${kindOf(entry.value)}.`,
    );
    return undefined;
  }
  const off =
    entry.value.disabled === true ? 'disabled' : entry.value.enabled === false ? 'enabled' : undefined;
  if (off !== undefined) {
    const reason = `${document.at([...entry.path, off])}: the entry says "${off}": ${off === 'disabled'}. Remove that to use the server.`;
    return { name, status: 'disabled', reason };
  }
  checkKeys(entry.value, reading);
  const written = parseEntry(entry.value, reading);
  if (written === undefined) return undefined;
  const parsed = ofTheCallers(withAuthType(written, entry.value, reading), reading);
  const toolRules = readToolRules(parsed, reading);
  const common = {
    name,
    callMsMax: duration('timeout', parsed, reading) ?? limits.callMsDefault,
    connectMsMax: duration('connect_timeout', parsed, reading) ?? limits.connectMsMax,
    callsMax: parsed.concurrency ?? limits.callsPerServerMax,
    ...upkeepFields(parsed, reading),
    ...(!learnsTypes(parsed, reading) && { learnTypes: false as const }),
    ...(parsed.prefix === false && { prefix: false as const }),
    ...(toolRules && { toolRules }),
  };
  if (common.callMsMax > limits.callMsMax) {
    reading.report(
      'warning',
      ['timeout'],
      `is longer than any call may take: callMsMax is ${limits.callMsMax} ms. Raise orchestrator.limits.callMsMax too.`,
    );
  }
  const client = parsed.via && clientFields(reading);
  if (client) return { ...common, ...client };
  const transport = chooseTransport(parsed, reading);
  if (transport === undefined) return undefined;
  if (transport === 'stdio') {
    const server = { ...common, transport, ...stdioFields(parsed, reading) };
    return { ...server, secrets: [...reading.secrets] };
  }
  const fields = httpFields(parsed, reading);
  const auth = authFields(parsed, fields.headers, reading);
  const forwarded = forwardedHeaders(parsed, fields.headers, reading);
  const server = { ...common, transport, ...fields, ...auth, ...forwarded };
  return { ...server, secrets: [...reading.secrets] };
}

function checkKeys(value: Readonly<Record<string, unknown>>, reading: Reading): void {
  const { document, entry, findings } = reading;
  const keys = Object.keys(value);
  const unfollowed = Object.keys(unfollowedServerKeys);
  const known = Object.keys(serverSchema.shape);
  const harmless = [...ignoredServerKeys, ...translatedServerKeys, ...unfollowed];
  unknownKeys(
    { document, path: entry.path, keys: keys.filter((key) => !harmless.includes(key)), known },
    findings,
  );
  for (const key of keys) {
    if (!Object.hasOwn(unfollowedServerKeys, key) || isEmpty(value[key]) || isForAuthType(key, value))
      continue;
    reading.report(
      'warning',
      [key],
      `is a setting of another program that has no effect here. ${unfollowedServerKeys[key]}`,
    );
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function parseEntry(value: Readonly<Record<string, unknown>>, reading: Reading): ServerEntry | undefined {
  // Programs that write such files put null for what is not set.
  const written = Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));
  const parsed = serverSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    const keys = path.map((key) => (typeof key === 'number' ? key : String(key)));
    const seen = keys.reduce<unknown>(
      (inner, key) => (inner as Record<string | number, unknown>)?.[key],
      value,
    );
    reading.report('problem', keys, `${message}, but is ${mayShow(keys) ? shown(seen) : kindOf(seen)}.`);
  }
  return undefined;
}

/** Tokens are found in arguments and addresses too, not only where they belong. */
function mayShow(keys: KeyPath): boolean {
  return [
    'type',
    'transport',
    'disabled',
    'enabled',
    'timeout',
    'connect_timeout',
    'concurrency',
    'idle_timeout',
    'scope',
    'forward_headers',
    'unsafe_passthrough',
    'health_check',
    'learnTypes',
    'prefix',
    'via',
    ...toolRuleKeys,
  ].includes(String(keys[0]));
}

/** What one principal's results teach would show in the types of all the others. */
function learnsTypes(parsed: ServerEntry, reading: Reading): boolean {
  if ((parsed.scope ?? reading.connectionScope) !== 'principal')
    return parsed.learnTypes ?? reading.learnTypes;
  if (parsed.learnTypes)
    reading.report(
      'warning',
      ['learnTypes'],
      'has no effect with "scope": "principal": types learned from the results of one principal would be seen by the others.',
    );
  return false;
}

function upkeepFields(
  parsed: ServerEntry,
  reading: Reading,
): Pick<ServerConfig, 'idleMs' | 'healthMs' | 'scope'> {
  const { serverIdleMs, healthCheckMs } = reading.limits;
  const idleMs = duration('idle_timeout', parsed, reading) ?? serverIdleMs;
  const healthMs = duration('health_check', parsed, reading) ?? healthCheckMs;
  const own = parsed.scope ?? reading.connectionScope;
  const scope = own === 'shared' ? undefined : own;
  return { ...(idleMs > 0 && { idleMs }), ...(healthMs > 0 && { healthMs }), ...(scope && { scope }) };
}

function duration(
  key: 'timeout' | 'connect_timeout' | 'idle_timeout' | 'health_check',
  parsed: ServerEntry,
  reading: Reading,
): number | undefined {
  const value = parsed[key];
  if (value === 0) return 0;
  if (value === undefined || value >= 1_000) return value === undefined ? undefined : Math.round(value);
  const milliseconds = Math.round(value * 1_000);
  reading.report(
    'warning',
    [key],
    `is in milliseconds; ${value} is so short that it is taken for seconds. Write ${milliseconds} to mean that.`,
  );
  return milliseconds;
}

function chooseTransport(parsed: ServerEntry, reading: Reading): 'stdio' | 'http' | 'sse' | undefined {
  const typeKey = parsed.type === undefined ? 'transport' : 'type';
  const word = parsed[typeKey];
  const declared = word && transportNames[word];
  if (parsed.type && parsed.transport && transportNames[parsed.type] !== transportNames[parsed.transport]) {
    reading.report(
      'problem',
      ['transport'],
      `is "${parsed.transport}", but type is "${parsed.type}". Keep the right one.`,
    );
    return undefined;
  }
  const urls = urlKeys.filter((key) => parsed[key] !== undefined);
  const hasCommand = parsed.command !== undefined;
  if (hasCommand && urls[0] !== undefined) {
    // The seed gateways' array entries carry a url besides the command, and their transport decides.
    if (reading.entry.fromArray && declared === 'stdio') return declared;
    reading.report(
      'problem',
      [],
      `has both "command" and "${urls[0]}". Keep "command" for a program to start, or "${urls[0]}" for a server that runs already.`,
    );
    return undefined;
  }
  if (!hasCommand && urls.length === 0 && parsed.via) {
    reading.report(
      'problem',
      ['via'],
      `needs the environment variable ${clientVariable}, which a client sets that calls its servers for us. Start this program from such a client, or add "command" (and "args") for a program to start.`,
    );
    return undefined;
  }
  if (!hasCommand && urls.length === 0) {
    reading.report(
      'problem',
      [],
      'has neither "command" nor "url". Add "command" (and "args") for a program to start, or "url" for a server that runs already.',
    );
    return undefined;
  }
  if (new Set(urls.map((key) => parsed[key])).size > 1) {
    reading.report('problem', [urls[1] ?? 'url'], `says another address than ${urls[0]}. Keep one of them.`);
    return undefined;
  }
  if (declared !== undefined && (declared === 'stdio') !== hasCommand) {
    const missing = hasCommand ? '"url"' : '"command"';
    reading.report(
      'problem',
      [typeKey],
      `is "${word}", which needs ${missing}, but the entry has ${hasCommand ? '"command"' : `"${urls[0]}"`}. Remove "${typeKey}", or add ${missing} instead.`,
    );
    return undefined;
  }
  return declared ?? (hasCommand ? 'stdio' : 'http');
}
