/** Starting a command on Windows, where `npx` and most launchers are `.cmd` files that only cmd.exe can run. */
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';

export interface WindowsCommand {
  readonly command: string;
  readonly args: string[];
  /** True where `args` are quoted already and must reach the process as they are. */
  readonly verbatim: boolean;
}

/** Finds the command by PATH and PATHEXT as cmd.exe would; a `.cmd` or `.bat` is run through cmd.exe, quoted for it. */
export function windowsCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exists: (path: string) => boolean = existsSync,
): WindowsCommand {
  const file = findCommand(command, env, exists) ?? command;
  if (!/\.(cmd|bat)$/i.test(file)) return { command: file, args: [...args], verbatim: false };
  // A batch file parses its arguments a second time, hence the double escape of their special characters.
  const line = [
    escapeMeta(win32.normalize(file)),
    ...args.map((arg) => escapeMeta(escapeMeta(quote(arg)))),
  ].join(' ');
  return {
    command: variable(env, 'COMSPEC') ?? 'cmd.exe',
    args: ['/d', '/s', '/c', `"${line}"`],
    verbatim: true,
  };
}

function findCommand(
  command: string,
  env: Readonly<Record<string, string>>,
  exists: (path: string) => boolean,
): string | undefined {
  const endings = (variable(env, 'PATHEXT') ?? '.COM;.EXE;.BAT;.CMD').split(';');
  const names =
    win32.extname(command) === '' ? endings.map((ending) => command + ending.toLowerCase()) : [command];
  const folders = /[\\/]/.test(command)
    ? ['']
    : (variable(env, 'PATH') ?? '').split(';').filter((part) => part !== '');
  return folders.flatMap((folder) => names.map((name) => win32.join(folder, name))).find(exists);
}

/** Variables are case-insensitive on Windows, and PATH is usually written `Path`. */
function variable(env: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1];
}

/** One argument as the C runtime splits it: backslashes double before a quote and at the end. */
function quote(arg: string): string {
  return `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
}

function escapeMeta(text: string): string {
  return text.replace(/([()\][%!^"`<>&|;, *?])/g, '^$1');
}
