/** Servers of other clients' files, put together for our own: which are new, which stand there already, what is odd about them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client, JsonObject, Machine } from '../config/clients/client.ts';
import { knownClients } from '../config/clients/known-clients.ts';
import { readClientFile } from '../config/clients/read-client.ts';
import { parseDocument } from '../config/document.ts';
import { editJson } from '../config/edit-json.ts';
import { OrchestratorError } from '../errors.ts';

export interface FoundFile {
  readonly file: string;
  readonly client: Client | undefined;
  readonly servers: readonly FoundServer[];
  readonly problems: readonly string[];
}

export interface FoundServer {
  readonly name: string;
  readonly entry: JsonObject;
  /** What was changed or left out, and what is odd: one sentence each. */
  readonly notes: readonly string[];
}

export interface Takeover {
  readonly added: readonly (FoundServer & { readonly from: string })[];
  /** Left alone, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly from: string; readonly reason: string }[];
  readonly problems: readonly string[];
}

/** Files that there are, of one client or of all of them. */
export async function findClientFiles(
  machine: Machine,
  ourFile: string,
  clients: readonly Client[] = knownClients,
): Promise<FoundFile[]> {
  const candidates = clients.flatMap((client) => client.files(machine).map((file) => ({ client, ...file })));
  const found = await Promise.all(
    candidates.map(async ({ client, path: file, scope }) => {
      const content = await readFile(file).catch(() => undefined);
      if (content === undefined || file === ourFile) return [];
      return [readFound(file, content, machine, ourFile, { client, scope })];
    }),
  );
  return found.flat();
}

/** @throws OrchestratorError config_not_found */
export async function readNamedFile(file: string, machine: Machine, ourFile: string): Promise<FoundFile> {
  const absolute = path.resolve(machine.directory, file);
  const content = await readFile(absolute).catch((error: NodeJS.ErrnoException) => {
    const names = knownClients.map(({ name }) => name).join(', ');
    const wrong = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new OrchestratorError('config_not_found', `${absolute} ${wrong}.`, {
      hint: `--from takes the path of a file, or one of: ${names}.`,
      cause: error,
    });
  });
  return readFound(absolute, content, machine, ourFile, {});
}

function readFound(
  file: string,
  content: Uint8Array,
  { directory }: Machine,
  ourFile: string,
  { client, scope }: { client?: Client; scope?: 'project' | 'user' },
): FoundFile {
  const ourFolder = path.dirname(ourFile);
  const { servers, problems } = readClientFile(file, content, {
    client,
    scope,
    ourFolder,
    project: directory,
  });
  return {
    file,
    client,
    problems,
    servers: servers
      .filter(({ entry }) => !isOurselves(entry))
      .map(({ name, entry, notes }) => ({ name, entry, notes: [...notes, ...plainSecrets(entry)] })),
  };
}

/** We behind ourselves would never end. */
function isOurselves({ args, command }: JsonObject): boolean {
  return JSON.stringify([command, args]).includes('mcp-tools-orchestrator');
}

function plainSecrets(entry: JsonObject): string[] {
  const pairs = [entry.env, entry.headers].flatMap((texts) => Object.entries((texts ?? {}) as JsonObject));
  return pairs
    .filter(
      ([key, value]) =>
        /key|token|secret|passw|credential|authorization/i.test(key) &&
        typeof value === 'string' &&
        value !== '' &&
        !value.includes('${'),
    )
    .map(([key]) => {
      const name = key.replace(/\W+/g, '_').toUpperCase();
      return `"${key}" stands there in plain text: better write "\${${name}}" and set the variable`;
    });
}

/** What comes of taking them all over into a file that has `ourText`. */
export function planTakeover(
  ourFile: string,
  ourText: string | undefined,
  found: readonly FoundFile[],
  force: boolean,
): Takeover {
  const known = new Map(Object.entries(serversIn(ourFile, ourText)));
  const added: (FoundServer & { from: string })[] = [];
  const skipped: Takeover['skipped'][number][] = [];
  for (const { file, servers } of found) {
    for (const server of servers) {
      const there = known.get(server.name);
      if (there === undefined || (force && JSON.stringify(there) !== JSON.stringify(server.entry))) {
        known.set(server.name, server.entry);
        const twin = added.findIndex(({ name }) => name === server.name);
        if (twin >= 0) added.splice(twin, 1);
        added.push({ ...server, from: file });
        continue;
      }
      const isSame = JSON.stringify(there) === JSON.stringify(server.entry);
      const reason = isSame
        ? 'it is there already'
        : 'another server of that name is there: rename one of them, or take --force to replace it';
      skipped.push({ name: server.name, from: file, reason });
    }
  }
  return { added, skipped, problems: found.flatMap(({ problems }) => problems) };
}

function serversIn(ourFile: string, text: string | undefined): JsonObject {
  if (text === undefined || text.trim() === '') return {};
  const { value, problems } = parseDocument(ourFile, Buffer.from(text));
  if (problems.length > 0)
    throw new OrchestratorError('config_invalid', `The configuration cannot be used: ${problems[0]}`, {
      hint: 'Mend it first: nothing was changed.',
    });
  const { mcpServers, servers } = (value ?? {}) as JsonObject;
  if (servers !== undefined && mcpServers === undefined)
    throw new OrchestratorError(
      'config_invalid',
      `${ourFile} has its servers under "servers", which other programs write.`,
      { hint: 'Name a file of our own with --config, and import from this one with --from.' },
    );
  return (mcpServers ?? {}) as JsonObject;
}

/** Our file with the servers in it. */
export function withServers(ourText: string | undefined, { added }: Pick<Takeover, 'added'>): string {
  const edits = added.map(({ name, entry }) => ({ path: ['mcpServers', name], value: entry }));
  const text = ourText === undefined || ourText.trim() === '' ? '{\n  "mcpServers": {}\n}\n' : ourText;
  return edits.length === 0 ? text : editJson(text, edits);
}
