/** A JSON value from the command line: written out, from a file (`@FILE`) or from standard input (`-`). */
import { text } from 'node:stream/consumers';
import { messageOf, OrchestratorError } from '../errors.ts';
import { readNamedFile } from './source.ts';

/**
 * @param name what the user calls it, for the error
 * @throws OrchestratorError `arguments_invalid` where it cannot be read, or is no JSON
 */
export async function jsonArgument(argument: string, name: string): Promise<unknown> {
  const source = await sourceOf(argument);
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new OrchestratorError('arguments_invalid', `${name} cannot be read as JSON: ${messageOf(error)}`, {
      hint: hintFor(argument, source),
      cause: error,
    });
  }
}

function sourceOf(argument: string): Promise<string> {
  if (argument === '-') return text(process.stdin);
  return argument.startsWith('@') ? readNamedFile(argument.slice(1), 'The file') : Promise.resolve(argument);
}

function hintFor(argument: string, source: string): string {
  if (argument === '-') return 'It came from standard input.';
  if (argument.startsWith('@')) return `It came from the file ${argument.slice(1)}.`;
  return `Seen: ${source.slice(0, 100)}. Write JSON in quotes for the shell, as '{"name": "value"}', or put it into a file and pass @FILE.`;
}
