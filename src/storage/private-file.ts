/** Files for the user alone, written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Creates the folder. Readers see the old text or the new one, never a part. Rejects with the system's error.
 *
 * @param options.onWritten is told the file's stamp (`stampOf`) just before it takes its place
 */
export async function writePrivately(
  file: string,
  text: string,
  options: { onWritten?: (stamp: string) => void } = {},
): Promise<void> {
  // A short name: that of the file may be as long as names can be.
  const temporary = join(dirname(file), `${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, text, { mode: 0o600 });
    if (options.onWritten) options.onWritten((await stampOf(temporary)) ?? '');
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Tells one writing of a file from another; undefined where there is no such file. */
export async function stampOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.ino}:${found.mtimeNs}:${found.size}`;
}
