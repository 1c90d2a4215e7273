/** `new server NAME`: a small working MCP server in a folder of its own, with a test, added to the configuration. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { editJson } from '../config/edit-json.ts';
import { OrchestratorError } from '../errors.ts';
import { fileProblem, makeFolder, readIfThere, writeAdvice } from '../whole-file.ts';
import { applyChanges } from './file-changes.ts';
import { ourConfigFile, thisMachine, undoRecordFile } from './machine.ts';
import { pythonServer } from './server-templates/python.ts';
import { type ServerTemplate, typescriptServer } from './server-templates/typescript.ts';

const firstPort = 3_001;

export interface NewServerOptions {
  readonly lang: 'ts' | 'python';
  readonly transport: 'stdio' | 'http';
  readonly port?: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** @throws OrchestratorError `config_invalid`: nothing was written */
export async function newServer(name: string, options: NewServerOptions): Promise<void> {
  if (!/^[a-z][a-z0-9_-]{0,63}$/i.test(name))
    throw new OrchestratorError('config_invalid', `"${name}" is no name for a server.`, {
      hint: 'It takes a letter and then letters, digits, "-" and "_": weather, my-notes.',
    });
  const machine = thisMachine();
  const configFile = await ourConfigFile(machine, options.config);
  const folder = path.join(path.dirname(configFile), name);
  const before = await readIfThere(configFile);
  const port = options.port ?? freePort(before ?? '');
  const template = (options.lang === 'ts' ? typescriptServer : pythonServer)(name, options.transport, port);
  const after = configWith(name, before, template, { ...options, port });
  if (existsSync(folder))
    throw new OrchestratorError('config_invalid', `${folder} is there already.`, {
      hint: 'Choose another name, or remove the folder. Nothing was changed.',
    });
  try {
    await writeFiles(folder, template);
    await applyChanges([{ file: configFile, before, after }], undoRecordFile(machine));
  } catch (error) {
    // It was not there before.
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ folder, files: Object.keys(template.files), config: configFile, test: template.test, set_up: template.setUp })}\n`,
    );
  else print(name, folder, template, options);
}

async function writeFiles(folder: string, { files }: ServerTemplate): Promise<void> {
  try {
    await makeFolder(folder);
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
  } catch (cause) {
    throw new OrchestratorError('config_invalid', `${folder} cannot be written: ${fileProblem(cause)}.`, {
      hint: `Nothing was changed. ${writeAdvice(cause, folder)}`,
      cause,
    });
  }
}

/** One that no server of this machine has in the configuration. */
function freePort(configuration: string): number {
  const taken = new Set([...configuration.matchAll(/:\/\/[^/"\s]*:(\d+)/g)].map(([, port]) => Number(port)));
  let port = firstPort;
  while (taken.has(port)) port += 1;
  return port;
}

/** @throws OrchestratorError config_invalid where it cannot be added */
function configWith(
  name: string,
  text: string | undefined,
  { command }: ServerTemplate,
  { transport, port }: NewServerOptions & { port: number },
): string {
  const [program, file = ''] = command;
  // By path, as the others in the file: its folder is where relative paths start.
  const entry =
    transport === 'http'
      ? { url: `http://127.0.0.1:${port}/mcp` }
      : { command: program, args: [`${name}/${file}`] };
  try {
    const parsed = text === undefined || text.trim() === '' ? '{\n  "mcpServers": {}\n}\n' : text;
    if (new RegExp(`"${name}"\\s*:`).test(parsed))
      throw new Error(`it has a server "${name}" already, or something else of that name`);
    return editJson(parsed, [{ path: ['mcpServers', name], value: entry }]);
  } catch (error) {
    throw new OrchestratorError(
      'config_invalid',
      `The configuration cannot be changed: ${(error as Error).message}.`,
      {
        hint: 'Choose another name, or mend the file. Nothing was changed.',
      },
    );
  }
}

function print(
  name: string,
  folder: string,
  { setUp, test, command }: ServerTemplate,
  { transport }: NewServerOptions,
): void {
  const { stdout } = process;
  const where = path.relative(process.cwd(), folder) || '.';
  const steps = [`cd ${where}`, ...setUp, test, ...(transport === 'http' ? [command.join(' ')] : [])];
  stdout.write(
    `${where} is a working server with one tool, "greet", and is in the configuration as "${name}".\n`,
  );
  stdout.write(`Next:\n${steps.map((step) => `  ${step}`).join('\n')}\n`);
  stdout.write(`Then: mcp-tools-orchestrator call ${name}.greet '{"name": "Ada"}'\n`);
}
