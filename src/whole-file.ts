/** A text file read or replaced as a whole: readers see the old text or the new one, never a part. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from './errors.ts';

export interface WriteWholeOptions {
  /** The file's rights exactly, whatever the user's mask; as usual where absent. */
  readonly mode?: number;
  /** Of folders that are made. */
  readonly folderMode?: number;
  /** Is told the path of the new text just before it takes its place. */
  beforeReplacing?(temporary: string): Promise<void>;
}

/** Creates the folder. Rejects with the system's error, and leaves nothing behind then. */
export async function writeWhole(
  file: string,
  text: string,
  { mode, folderMode, beforeReplacing }: WriteWholeOptions = {},
): Promise<void> {
  const folder = path.dirname(file);
  // A short name: that of the file may be as long as names can be.
  const temporary = path.join(folder, `.${randomUUID()}.tmp`);
  try {
    await makeFolder(folder, folderMode);
    // `wx`: never through a link that somebody put there.
    await writeFile(temporary, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
    // The user's mask takes away what is others' only.
    if (mode !== undefined && (mode & 0o077) !== 0) await chmod(temporary, mode);
    await beforeReplacing?.(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Undefined where there is none. Rejects where it cannot be read. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Makes a folder with those above it. Unlike `mkdir` with `recursive`, it rejects with what the system says of a disk
 * that is read-only, and ends where a folder can never be made, as in /proc.
 *
 * @param mode of all that are made
 * @returns the outermost that was made; undefined where all were there
 */
export async function makeFolder(folder: string, mode?: number): Promise<string | undefined> {
  try {
    await mkdir(folder, mode);
    return folder;
  } catch (error) {
    if (await isFolder(folder)) return undefined;
    const parent = path.dirname(folder);
    const isParentMissing =
      (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder && !(await isFolder(parent));
    if (!isParentMissing) throw error;
    const made = await makeFolder(parent, mode);
    return (await makeFolder(folder, mode)) === undefined ? made : (made ?? folder);
  }
}

async function isFolder(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

const fullDisk = ['ENOSPC', 'EDQUOT'];
const refused = ['EACCES', 'EPERM', 'EROFS'];

/** What the system has against reading or writing a file, in words, with its code. */
export function fileProblem(error: unknown): string {
  const code = codeOf(error);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is no folder',
    EACCES: 'this user may not',
    EPERM: 'this user may not',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: "this user's share of the disk is full",
  };
  const known = words[code];
  return known === undefined ? messageOf(error) : `${known} (${code})`;
}

/** What to do where a file could not be written. */
export function writeAdvice(error: unknown, file: string): string {
  const code = codeOf(error);
  const folder = path.dirname(path.resolve(file));
  if (fullDisk.includes(code)) return `Make room on the disk of ${folder}.`;
  if (refused.includes(code)) return `Make the folder ${folder} writable for this user.`;
  return `See that ${folder} is a folder that this user can write to.`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
