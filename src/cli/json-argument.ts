/** A JSON value from the command line: written out, from a file (`@FILE`) or from standard input (`-`). */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf, OrchestratorError } from '../errors.ts';

/** @param name what the user calls it, for the error */
export async function jsonArgument(argument: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await source(argument));
  } catch (error) {
    throw new OrchestratorError('arguments_invalid', `${name} cannot be read as JSON: ${messageOf(error)}`, {
      hint: `Seen: ${argument.slice(0, 100)}. Quote it for the shell, or put it into a file and pass @FILE.`,
      cause: error,
    });
  }
}

function source(argument: string): string | Promise<string> {
  if (argument === '-') return text(process.stdin);
  return argument.startsWith('@') ? readFile(argument.slice(1), 'utf8') : argument;
}
