/** What a program is that has MCP servers in a file of its own: where the file is, and how its entries become ours. */
import path from 'node:path';

export type JsonObject = { readonly [key: string]: unknown };

/** The computer as far as files of clients are concerned; given, so that every platform can be tested on any. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The project's folder. */
  readonly directory: string;
}

export interface ClientFile {
  readonly path: string;
  /** `project` goes with a folder, `user` with the person. */
  readonly scope: 'project' | 'user';
}

export interface Client {
  /** As `--from` takes it. */
  readonly name: string;
  readonly title: string;
  /** Where its servers may be written, the project's files first. */
  files(machine: Machine): readonly ClientFile[];
  readonly syntax: 'json' | 'toml';
  /** Takes comments in its JSON. */
  readonly comments: boolean;
  /** The key whose object holds the servers by name. */
  readonly serversKey: string;
  /** How an entry is written here that starts a program. */
  stdioEntry(command: string, args: readonly string[]): JsonObject;
  /** What of an entry differs from the shape that most have; nothing where all is as usual. */
  readonly dialect: Dialect;
}

/** How one client's entries differ from ours. */
export interface Dialect {
  /** Unit of `timeout`. */
  readonly timeout?: 'ms' | 's';
  /** Its `url` means SSE, and another key Streamable HTTP. */
  readonly urlIsSse?: boolean;
  /** Its own spelling of variables, beside `${VAR}`: `$VAR`. */
  readonly bareVariables?: boolean;
}

/** Joins by the machine's own rules, not by those of the computer that this runs on. */
export function joined(machine: Machine, ...parts: string[]): string {
  return pathOf(machine).join(...parts);
}

/** Paths as that machine writes them, which may not be the one we run on. */
export function pathOf({ platform }: Machine): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

/** Where programs keep what is the user's: `~/.config`, `~/Library/Application Support`, `%APPDATA%`. */
export function settingsFolder(machine: Machine): string {
  const { platform, home, environment } = machine;
  if (platform === 'win32') return environment.APPDATA || joined(machine, home, 'AppData', 'Roaming');
  if (platform === 'darwin') return joined(machine, home, 'Library', 'Application Support');
  return environment.XDG_CONFIG_HOME || joined(machine, home, '.config');
}

/** The folder of the user's settings of VS Code, of its open build, and of its Insiders edition. */
export function codeFolders(machine: Machine): readonly string[] {
  return ['Code', 'Code - Insiders', 'VSCodium'].map((edition) =>
    joined(machine, settingsFolder(machine), edition, 'User'),
  );
}

/** What most clients have in common. */
export const usual = {
  syntax: 'json',
  comments: false,
  serversKey: 'mcpServers',
  stdioEntry: (command: string, args: readonly string[]): JsonObject => ({ command, args }),
  dialect: {},
} as const satisfies Partial<Client>;

/** One place under the project's folder, and the same one under the user's. */
export function projectAndUser(...parts: string[]): Client['files'] {
  return (machine) => [
    { path: joined(machine, machine.directory, ...parts), scope: 'project' },
    { path: joined(machine, machine.home, ...parts), scope: 'user' },
  ];
}
