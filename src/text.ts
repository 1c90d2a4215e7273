/** Text for people and agents: what may go to a terminal, and how many there are of something. */
import { stripVTControlCharacters } from 'node:util';

/**
 * Text that is not ours (a server's names, descriptions, results and errors, a script's output), fit for its stream.
 * A terminal gets neither escape sequences nor control characters, except newline and tab: they could rewrite what
 * stands above. Anything else gets it as it is, so that a pipe holds the exact result.
 */
export function printable(text: string, stream: NodeJS.WriteStream): string {
  return stream.isTTY ? stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, '') : text;
}

/** `1 call`, `2 calls`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
