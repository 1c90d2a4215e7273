/** Reads the servers out of a client's file, whichever of the known formats it has. */
import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parseDocument } from '../document.ts';
import { carryOver } from './carry-over.ts';
import type { Client, JsonObject } from './client.ts';

export interface ReadServer {
  readonly name: string;
  readonly entry: JsonObject;
  readonly notes: readonly string[];
}

export interface ReadClient {
  readonly servers: readonly ReadServer[];
  /** Entries that are no servers, and what else is wrong with the file: one sentence each, with its place. */
  readonly problems: readonly string[];
}

export interface ReadOptions {
  /** Undefined for a file of whatever origin. */
  readonly client?: Client | undefined;
  /** Whether its servers are started in its folder; by its place where absent. */
  readonly scope?: 'project' | 'user' | undefined;
  /** That of the configuration which the servers are for. */
  readonly ourFolder: string;
  /** The folder whose servers are wanted, of a file that holds those of several. */
  readonly project: string;
}

/** What a file without a client's name may be: entries under any of these keys are read. */
const serverKeys = ['mcpServers', 'servers', 'mcp_servers'];

/**
 * @param client undefined for a file of whatever origin
 * @param ourFolder that of the configuration which the servers are for
 */
export function readClientFile(
  file: string,
  content: Uint8Array,
  { client, scope, ourFolder, project }: ReadOptions,
): ReadClient {
  const isToml = client ? client.syntax === 'toml' : file.endsWith('.toml');
  const read = isToml ? readToml(file, content) : readJson(file, content);
  if (read.value === undefined) return { servers: [], problems: read.problems };
  const entries = entriesOf(read.value, client, project);
  if (entries === undefined) {
    const keys = client ? client.serversKey : serverKeys.join(', ');
    return { servers: [], problems: [`${file}: there is no ${keys} in it.`] };
  }
  const folder = (scope ?? scopeOf(file)) === 'project' ? workspaceOf(file) : undefined;
  const servers: ReadServer[] = [];
  const problems = [...read.problems];
  for (const [name, written] of entries) {
    try {
      const projectFolder = folder === ourFolder ? undefined : folder;
      servers.push({ name, ...carryOver(written, { dialect: client?.dialect ?? {}, projectFolder }) });
    } catch (error) {
      problems.push(`${file}: the server "${name}" ${(error as Error).message}. It was left out.`);
    }
  }
  return { servers, problems };
}

function readJson(file: string, content: Uint8Array): { value: unknown; problems: readonly string[] } {
  const { value, problems } = parseDocument(file, content);
  return { value: problems.length > 0 ? undefined : value, problems };
}

function readToml(file: string, content: Uint8Array): { value: unknown; problems: readonly string[] } {
  try {
    return { value: parseToml(new TextDecoder().decode(content)), problems: [] };
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    return { value: undefined, problems: [`${file}: it is not TOML: ${line}`] };
  }
}

function entriesOf(
  value: unknown,
  client: Client | undefined,
  project: string,
): [string, unknown][] | undefined {
  if (!isObject(value)) return undefined;
  const keys = client ? [client.serversKey] : serverKeys;
  const found = keys.map((key) => value[key]).find(isObject);
  // Claude Code keeps what was added for one project only beside the user's own.
  const forProject = isObject(value.projects) ? value.projects[project] : undefined;
  const local = isObject(forProject) && isObject(forProject.mcpServers) ? forProject.mcpServers : {};
  if (found === undefined && Object.keys(local).length === 0) return undefined;
  return Object.entries({ ...found, ...local });
}

/** Files in a folder of their client's own belong to the folder around it. */
const clientFolders = /^\.(?:vscode|cursor|roo|kilocode|gemini|codex)$/;

function workspaceOf(file: string): string {
  const folder = path.dirname(file);
  return clientFolders.test(path.basename(folder)) ? path.dirname(folder) : folder;
}

function scopeOf(file: string): 'project' | 'user' {
  const isProject =
    path.basename(file) === '.mcp.json' || clientFolders.test(path.basename(path.dirname(file)));
  return isProject ? 'project' : 'user';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
