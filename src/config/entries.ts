/** The server entries of a file, in whichever of the shapes they are written. */
import type { ConfigDocument, KeyPath } from './document.ts';
import { type Findings, isObject, shown, unknownKeys } from './report.ts';
import { fileKeys, ignoredFileKeys } from './schema.ts';

export interface RawEntry {
  /** As written; may be anything in the array shape. */
  readonly name: unknown;
  readonly path: KeyPath;
  readonly value: unknown;
  /** Of the seed gateways' `servers: [...]`. */
  readonly fromArray: boolean;
}

/**
 * Reads `mcpServers: {name: {...}}`, VS Code's `servers: {name: {...}}` and the seed gateways' `servers: [{name, ...}]`.
 * A file may have both keys.
 */
export function collectEntries(document: ConfigDocument, findings: Findings): RawEntry[] {
  const { value } = document;
  if (!isObject(value)) {
    findings.problem(
      `${document.at([])}: the file must hold an object such as { "mcpServers": {} }, but holds ${shown(value)}.`,
    );
    return [];
  }
  unknownKeys(
    { document, path: [], keys: Object.keys(value), known: [...fileKeys, ...ignoredFileKeys] },
    findings,
  );
  const { mcpServers, servers } = value;
  if (mcpServers === undefined && servers === undefined) {
    findings.warning(
      `${document.file}: the file names no servers. Add "mcpServers": { "some-name": { "command": "...", "args": [] } }.`,
    );
  }
  const entries: RawEntry[] = [];
  if (isObject(mcpServers)) entries.push(...fromObject('mcpServers', mcpServers));
  else if (mcpServers !== undefined) {
    findings.problem(
      `${document.at(['mcpServers'])}: mcpServers must be an object of servers by name, but is ${shown(mcpServers)}. ` +
        'Write { "some-name": { "command": "..." } }.',
    );
  }
  if (Array.isArray(servers)) entries.push(...fromArray(servers));
  else if (isObject(servers)) entries.push(...fromObject('servers', servers));
  else if (servers !== undefined) {
    findings.problem(
      `${document.at(['servers'])}: servers must be an object of servers by name or a list of servers, but is ${shown(servers)}. ` +
        'Write "mcpServers": { "some-name": { "command": "..." } }.',
    );
  }
  return entries;
}

function fromObject(key: string, servers: Readonly<Record<string, unknown>>): RawEntry[] {
  return Object.entries(servers).map(([name, value]) => ({
    name,
    path: [key, name],
    value,
    fromArray: false,
  }));
}

function fromArray(servers: readonly unknown[]): RawEntry[] {
  return servers.map((value, index) => ({
    name: isObject(value) ? value.name : undefined,
    path: ['servers', index],
    value,
    fromArray: true,
  }));
}
