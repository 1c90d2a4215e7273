/** What a server is reached by, to be shown: the whole command line, or the address, without what is secret. */
import type { ServerConfig } from '../config/types.ts';
import { cleanText, createRedact } from './problem.ts';

const charactersMax = 4_000;

/** A command line as a shell would take it; of an address nothing behind the path. */
export function endpointOf(config: ServerConfig): string {
  const text =
    config.transport === 'stdio' ? [config.command, ...config.args].map(quoted).join(' ') : place(config.url);
  return cleanText(createRedact(config)(text), charactersMax);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function place(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
