/** Where things are: the configuration file, the user's home and cache folders, and paths written in settings. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OrchestratorError } from '../errors.ts';

export const configFileName = 'mcp_servers_config.json';

/** The variables that name the file, the first one set wins; the second is the seed gateway's. */
export const configFileVariables = ['MCP_ORCHESTRATOR_CONFIG', 'SERVER_CONFIG_PATH'] as const;

export interface ConfigFile {
  /** Absolute. */
  readonly file: string;
  readonly content: Uint8Array;
}

/**
 * Reads the file named by `file`, else by the environment, else the nearest `mcp_servers_config.json` from `directory`
 * upwards.
 * @returns undefined where no file was named and none was found
 * @throws OrchestratorError config_not_found where a named file cannot be read
 */
export async function readConfigFile(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<ConfigFile | undefined> {
  if (file !== undefined) return readNamed(file, 'the command line', environment, directory);
  for (const variable of configFileVariables) {
    const named = environment[variable];
    if (named) return readNamed(named, `the environment variable ${variable}`, environment, directory);
  }
  for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, configFileName);
    if (await isFile(candidate)) return readNamed(candidate, 'the search upwards', environment, directory);
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** The user's home folder, or undefined where the system knows none. */
export function homeFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const named = process.platform === 'win32' ? environment.USERPROFILE : environment.HOME;
  if (named) return named;
  try {
    return os.homedir();
  } catch {
    // A container may run under a user id that has no entry.
    return undefined;
  }
}

/** The folder for what can be made again, by the habit of each system. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const home = homeFolder(environment);
  const named = process.platform === 'win32' ? environment.LOCALAPPDATA : environment.XDG_CACHE_HOME;
  const usual = { win32: 'AppData/Local', darwin: 'Library/Caches' }[process.platform as string] ?? '.cache';
  // The XDG specification: a relative path there is to be ignored.
  const base = named && path.isAbsolute(named) ? named : home && path.join(home, usual);
  return base ? path.join(base, 'mcp-tools-orchestrator') : undefined;
}

/**
 * The folder for what a configuration's orchestrator keeps, by the habit of each system.
 *
 * @param of what tells one configuration from another: its file, or the folder where there is none
 */
export function defaultStateFolder(environment: NodeJS.ProcessEnv, of: string): string | undefined {
  const own = createHash('sha256').update(of).digest('hex').slice(0, 16);
  const base = stateFolder(environment);
  return base && path.join(base, own);
}

/** The folder for tokens that servers gave this user: the same for all configurations. */
export function defaultTokenFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const base = stateFolder(environment);
  return base && path.join(base, 'tokens');
}

function stateFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const home = homeFolder(environment);
  const named = process.platform === 'win32' ? environment.LOCALAPPDATA : environment.XDG_STATE_HOME;
  const usual =
    { win32: 'AppData/Local', darwin: 'Library/Application Support' }[process.platform as string] ??
    '.local/state';
  const base = named && path.isAbsolute(named) ? named : home && path.join(home, usual);
  return base && path.join(base, 'mcp-tools-orchestrator');
}

/** An absolute path: relative ones start at `directory`, a leading `~/` is the home folder. */
export function resolvePath(text: string, directory: string, home: string | undefined): string {
  const inHome = home !== undefined && /^~(?=$|[/\\])/.test(text);
  return inHome ? path.join(home, text.slice(1)) : path.resolve(directory, text);
}

async function readNamed(
  named: string,
  origin: string,
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<ConfigFile> {
  const file = resolvePath(named, directory, homeFolder(environment));
  try {
    return { file, content: await readFile(file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OrchestratorError(
      'config_not_found',
      `The configuration file ${file}, named by ${origin}, ${whatIsWrong(code)}.`,
      {
        hint: 'Name the file itself, by its path from the folder you start in or from the root, and see that this user may read it.',
        cause: error,
      },
    );
  }
}

function whatIsWrong(code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder, not a file';
  return `cannot be read (${code ?? 'unknown error'})`;
}

async function isFile(candidate: string): Promise<boolean> {
  try {
    return (await stat(candidate)).isFile();
  } catch {
    return false;
  }
}
