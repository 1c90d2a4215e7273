/** A text file read or replaced as a whole: readers see the old text or the new one, never a part. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

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
    await mkdir(folder, { recursive: true, ...(folderMode !== undefined && { mode: folderMode }) });
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
