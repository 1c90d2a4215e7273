/** An agent's conversation with the built program, written down as it happens: what is sent, and what is read back. */
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../support/folder.ts';
import { root, type Served, serve } from '../support/orchestrator.ts';

const fence = '```';
const lineCharactersMax = 110;
/** Where the transcripts say that the project lies. */
const shownFolder = '/home/you/shop';

export interface Answer {
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each tool's own.
  readonly structured: any;
  readonly isError: boolean;
}

export class Conversation {
  readonly #served: Served;
  readonly #parts: string[];
  readonly #runs = new Map<string, string>();

  constructor(title: string, served: Served) {
    this.#served = served;
    this.#parts = [`## ${title}`];
  }

  /** What a reader needs to know before the next message. */
  says(text: string): void {
    this.#parts.push(text);
  }

  /** Sends one tool call, in full, and writes its answer down in full. */
  async calls(tool: string, args: Record<string, unknown>): Promise<Answer> {
    this.#parts.push(this.#sent(tool, args));
    const { content, structuredContent, isError } = await this.#served.client.callTool(
      { name: tool, arguments: args },
      { timeout: 120_000 },
    );
    const text = content.map((block) => (block.type === 'text' ? block.text : `(${block.type})`)).join('\n');
    this.#parts.push(this.#readBack(text, isError === true));
    return { text, structured: structuredContent, isError: isError === true };
  }

  get page(): string {
    return this.#parts.join('\n\n');
  }

  /** Code reads better as code: it stands beside the other arguments. */
  #sent(tool: string, args: Record<string, unknown>): string {
    const { code, ...others } = args;
    const json = Object.keys(others).length > 0 && block('json', this.#shown(laidOut(others)));
    return [`**Sent:** \`${tool}\``, code !== undefined && block('ts', String(code)), json]
      .filter(Boolean)
      .join('\n\n');
  }

  #readBack(text: string, isError: boolean): string {
    const json = parsed(text);
    const shown =
      json === undefined
        ? block('text', this.#shown(text.trimEnd()))
        : block('json', this.#shown(laidOut(json)));
    return `**Read back${isError ? ', marked as an error' : ''}:**\n\n${shown}`;
  }

  /** Without what no two runs have in common: times, ids of runs, the folder. */
  #shown(text: string): string {
    return text
      .replaceAll(this.#served.folder, shownFolder)
      .replace(/\b\d+ ms\]/g, '… ms]')
      .replace(/run_[0-9a-z]{9}_[0-9a-f]{20}/g, (id) => {
        const name = this.#runs.get(id) ?? `run_${this.#runs.size + 1}`;
        this.#runs.set(id, name);
        return name;
      });
  }
}

/** The repository's own servers and policies, in a folder of its own in which everything may be written. */
export async function begin(
  title: string,
  servers: readonly string[],
  settings: object = {},
): Promise<Conversation> {
  const folder = temporaryFolder();
  for (const part of ['data', 'policies'])
    cpSync(path.join(root, 'examples', part), path.join(folder, 'examples', part), { recursive: true });
  const all = serverEntries(folder);
  const configFile = path.join(folder, 'mcp_servers_config.json');
  writeFileSync(
    configFile,
    JSON.stringify({
      mcpServers: Object.fromEntries(servers.map((name) => [name, all[name]])),
      orchestrator: { cache: 'cache', policies: 'examples/policies', ...settings },
    }),
  );
  return new Conversation(title, await serve({ folder, configFile }));
}

function serverEntries(folder: string): Record<string, object> {
  const example = (name: string) => ({
    command: process.execPath,
    args: [path.join(root, 'examples/servers', `${name}.ts`)],
  });
  const published = (file: string, ...args: string[]) => ({
    command: process.execPath,
    args: [path.join(root, 'node_modules', file), ...args],
    cwd: folder,
  });
  return {
    devops: example('devops'),
    weather: example('weather'),
    data_source: example('data-source'),
    database: published('node-sqlite-mcp/dist/index.js'),
    filesystem: published(
      '@modelcontextprotocol/server-filesystem/dist/index.js',
      path.join(folder, 'examples/data'),
    ),
  };
}

function block(language: string, text: string): string {
  return `${fence}${language}\n${text}\n${fence}`;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** JSON with what fits on a line on one line. */
function laidOut(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= lineCharactersMax)
    return spaced(value);
  const deeper = `${indent}  `;
  const rows = Array.isArray(value)
    ? value.map((item) => deeper + laidOut(item, deeper))
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${laidOut(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${rows.join(',\n')}\n${indent}${close}`;
}

/** On one line, with a space behind each colon and comma. */
function spaced(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
