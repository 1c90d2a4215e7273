/** The script that a command was given: a file, or `-` for standard input. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf, OrchestratorError } from '../errors.ts';

/** @throws OrchestratorError `arguments_invalid` where the file cannot be read */
export async function readScript(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new OrchestratorError(
      'arguments_invalid',
      `The script ${file} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
