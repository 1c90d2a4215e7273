/** A stdio server's command as it is written: whether there is such a program, and the mistakes that everybody makes. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { StdioServerConfig } from '../config/types.ts';
import { failed, type Look, ok, warning } from './diagnosis.ts';

/** Programs that ask before they install something, and the flag that answers. */
const installers: Readonly<Record<string, readonly string[]>> = {
  npx: ['-y', '--yes'],
  bunx: ['-y', '--yes'],
};
/** Folders of version managers: a shell's start-up puts them on the PATH, a desktop program's does not. */
const versionManagers =
  /[/\\](?:\.nvm|\.asdf|\.volta|\.fnm|fnm_multishells|\.nodenv|\.pyenv|\.rbenv|mise)[/\\]/;

/** Starts nothing. @param defaultEnvironment what a server gets beside its own `env` */
export function lookAtCommand(
  { command, args, cwd, env }: StdioServerConfig,
  defaultEnvironment: Readonly<Record<string, string>>,
): Look[] {
  const searchPath = env.PATH ?? defaultEnvironment.PATH ?? '';
  const file = findProgram(command, cwd, searchPath);
  if (file === undefined) return [notFound(command, cwd)];
  const looks = [ok('command', file === command ? file : `${command} is ${file}`)];
  const name = path.basename(command).replace(/\.(?:cmd|exe)$/i, '');
  const flags = installers[name];
  if (flags && !args.some((arg) => flags.includes(arg)))
    looks.push(
      warning(
        'command',
        `"${name}" without "-y" asks before it installs a package, and nobody is there to answer`,
        `Write "args": ["-y", ${args.map((arg) => JSON.stringify(arg)).join(', ')}].`,
      ),
    );
  if (versionManagers.test(file))
    looks.push(
      warning(
        'command',
        `${file} belongs to a version manager, whose folder is not on the PATH of programs that a desktop starts`,
        `Write the program's whole path as "command", or start the client from a shell.`,
      ),
    );
  for (const arg of args)
    if (/^\.{1,2}[/\\]/.test(arg) && !exists(path.resolve(cwd, arg)))
      looks.push(
        failed(
          'command',
          `the argument ${arg} names no file: there is no ${path.resolve(cwd, arg)}`,
          'Relative paths start at the folder of the configuration file; mend the path, or write it from the root.',
        ),
      );
  return looks;
}

function notFound(command: string, cwd: string): Look {
  const isPath = /[/\\]/.test(command);
  const fix = isPath
    ? 'Mend the path; relative ones start at the folder of the configuration file.'
    : `Install it, or write its whole path as "command" ("which ${command}" tells it in a shell where it works).`;
  const where = isPath ? path.resolve(cwd, command) : 'any folder of the PATH';
  return failed(
    'command',
    `there is no program ${JSON.stringify(command)}${isPath ? `: no ${where}` : ` in ${where}`}`,
    fix,
  );
}

/** As the system looks for it. */
function findProgram(command: string, cwd: string, searchPath: string): string | undefined {
  const endings =
    process.platform === 'win32' ? ['', ...(process.env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  const folders = /[/\\]/.test(command) ? [cwd] : searchPath.split(path.delimiter);
  for (const folder of folders)
    for (const ending of endings) {
      const file = path.resolve(folder || '.', command + ending);
      if (isProgram(file)) return resolved(file);
    }
  return undefined;
}

function resolved(file: string): string {
  // The link is what is told: what it leads to changes with each version.
  return versionManagers.test(file)
    ? file
    : versionManagers.test(realpathSync(file))
      ? realpathSync(file)
      : file;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
