/** Our own entry in a client's file, and the entries that we took over out of it: the new text of the file. */
import { parse as parseToml, stringify as stringifyToml } from 'smol-toml';
import { editJson } from '../edit-json.ts';
import type { Client, JsonObject, Machine } from './client.ts';

export interface EntryChange {
  /** The key of our entry. */
  readonly name: string;
  /** Absolute. */
  readonly configFile: string;
  /** Servers that now stand behind us. */
  readonly remove: readonly string[];
}

/**
 * @param text '' for a file that is to be made
 * @returns the text itself where nothing has to change
 * @throws Error with what is wrong with the file
 */
export function withOurEntry(
  text: string,
  client: Client,
  machine: Machine,
  { name, configFile, remove }: EntryChange,
): string {
  const entry = ourEntry(client, machine, configFile);
  if (client.syntax === 'toml') return editedToml(text, client.serversKey, { name, entry, remove });
  const edits = [
    ...remove.map((gone) => ({ path: [client.serversKey, gone], value: undefined })),
    { path: [client.serversKey, name], value: entry },
  ];
  return editJson(text, edits);
}

/** How a client starts us. */
export function ourEntry(client: Client, { platform }: Machine, configFile: string): JsonObject {
  const args = ['-y', 'mcp-tools-orchestrator', '--config', configFile];
  // On Windows npx is a script, which only a shell can start.
  return platform === 'win32'
    ? client.stdioEntry('cmd', ['/c', 'npx', ...args])
    : client.stdioEntry('npx', args);
}

/** By its sections: what stands between their headers is left alone, comments too. */
function editedToml(
  text: string,
  key: string,
  { name, entry, remove }: { name: string; entry: JsonObject; remove: readonly string[] },
): string {
  readTables(text, key);
  let edited = text;
  for (const gone of [...remove, name]) edited = withoutTable(edited, key, gone);
  const table = stringifyToml({ [key]: { [name]: entry } }).trimEnd();
  const before = edited.trimEnd();
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const added = table.replaceAll('\n', eol);
  const result = `${before}${before === '' ? '' : eol + eol}${added}${eol}`;
  const tables = readTables(result, key);
  if (JSON.stringify(tables[name]) !== JSON.stringify(entry) || remove.some((gone) => gone in tables))
    throw new Error(`its servers are not written as tables [${key}.NAME]: add the entry by hand`);
  return result;
}

function readTables(text: string, key: string): JsonObject {
  try {
    return (parseToml(text)[key] ?? {}) as JsonObject;
  } catch (error) {
    throw new Error(`it is not TOML: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** The table's header and all up to the next header of another table, sub-tables of its own included. */
function withoutTable(text: string, key: string, name: string): string {
  const lines = text.split(/(?<=\n)/);
  let inside = false;
  return lines
    .filter((line) => {
      const header = /^\s*\[{1,2}([^\]]+)\]{1,2}/.exec(line)?.[1];
      if (header !== undefined) inside = isOf(header, key, name);
      return !inside;
    })
    .join('');
}

function isOf(header: string, key: string, name: string): boolean {
  const parts = header.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+/g) ?? [];
  const [table, server] = parts.map((part) => part.replace(/^["']|["']$/g, ''));
  return table === key && server === name;
}
