/** Files that a command was given by name: a script, or `-` for standard input, and others. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { OrchestratorError } from '../errors.ts';
import { fileProblem } from '../whole-file.ts';

/** @throws OrchestratorError `arguments_invalid` where the file cannot be read */
export async function readScript(file: string): Promise<string> {
  return file === '-' ? text(process.stdin) : readNamedFile(file, 'The script');
}

/**
 * @param what what the file is to the user, for the error
 * @throws OrchestratorError `arguments_invalid` where it cannot be read
 */
export async function readNamedFile(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new OrchestratorError(
      'arguments_invalid',
      `${what} ${file} cannot be read: ${fileProblem(cause)}.`,
      {
        hint: `Looked for: ${path.resolve(file)}`,
        cause,
      },
    );
  }
}
