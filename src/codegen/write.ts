/** Writes a generated file: whole or not at all, and only when its bytes differ. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, OrchestratorError } from '../errors.ts';

/**
 * Writes to a new file beside `file` and renames it, so that a reader, or a second writer at the same moment, sees
 * one whole text or the other. Creates the folder.
 *
 * @throws OrchestratorError `config_invalid` where the file cannot be written
 */
export async function writeIfChanged(file: string, text: string): Promise<'written' | 'unchanged'> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(Buffer.from(text))) return 'unchanged';
  const directory = dirname(file);
  const temporary = join(
    directory,
    `.${basename(file)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    await mkdir(directory, { recursive: true });
    // `wx`: never through a link that somebody put there.
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, file);
    return 'written';
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new OrchestratorError('config_invalid', `cannot write ${file}: ${messageOf(cause)}`, {
      hint: `Make the folder ${directory} writable, or name another place for the file.`,
      cause,
    });
  }
}
