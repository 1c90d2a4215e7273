/** Files for the user alone, written whole or not at all. */
import { stat } from 'node:fs/promises';
import { writeWhole } from '../whole-file.ts';

/**
 * Creates the folder. Rejects with the system's error.
 *
 * @param options.onWritten is told the file's stamp (`stampOf`) just before it takes its place
 */
export function writePrivately(
  file: string,
  text: string,
  { onWritten }: { onWritten?: (stamp: string) => void } = {},
): Promise<void> {
  return writeWhole(file, text, {
    mode: 0o600,
    folderMode: 0o700,
    ...(onWritten && {
      beforeReplacing: async (temporary) => onWritten((await stampOf(temporary)) ?? ''),
    }),
  });
}

/** Tells one writing of a file from another; undefined where there is no such file. */
export async function stampOf(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.ino}:${found.mtimeNs}:${found.size}`;
}
