/** All server entries of the file: those that can be used, and those that cannot with the reason. */
import { type KeyPath, keyText } from './document.ts';
import { collectEntries, type RawEntry } from './entries.ts';
import { type Findings, shown } from './report.ts';
import { readServer } from './server.ts';
import type { ServerContext } from './server-fields.ts';
import type { ServerConfig, UnusableServer } from './types.ts';

const nameLengthMax = 128;

/**
 * @param findings gets the problems of the file as a whole, and all warnings; an entry with a problem
 *   becomes an UnusableServer and does not concern the rest
 */
export function readServers(
  context: ServerContext,
  findings: Findings,
): { servers: ServerConfig[]; unusableServers: UnusableServer[] } {
  const servers: ServerConfig[] = [];
  const unusableServers: UnusableServer[] = [];
  const places = new Map<string, KeyPath>();
  for (const entry of collectEntries(context.document, findings)) {
    const nameProblem = checkName(entry);
    if (nameProblem !== undefined) {
      // Such a name cannot be listed; the entry's place in the file can.
      unusableServers.push({
        name: keyText(entry.path),
        status: 'invalid',
        reason: `${context.document.at(entry.path, 'key')}: ${nameProblem}`,
      });
      continue;
    }
    const name = String(entry.name);
    const earlier = places.get(name);
    if (earlier !== undefined) {
      // Listing it as unusable would put two servers of one name into every list.
      findings.warning(
        `${context.document.at(entry.path, 'key')}: ${keyText(entry.path)} has the name ${shown(name)}, which ${keyText(earlier)} ` +
          `at ${context.document.at(earlier, 'key')} has already; this entry is left out. Rename one of them.`,
      );
      continue;
    }
    places.set(name, entry.path);
    const server = readServer(entry, name, context, findings.warning);
    if ('status' in server) unusableServers.push(server);
    else servers.push(server);
  }
  return { servers, unusableServers };
}

function checkName(entry: RawEntry): string | undefined {
  const { name, path } = entry;
  const where = entry.fromArray ? `${keyText(path)}.name` : `the name of ${keyText(path)}`;
  if (name === undefined) return `${keyText(path)} has no name. Add "name": "some-name".`;
  if (typeof name !== 'string') return `${where} must be a text, but is ${shown(name)}.`;
  if (name.trim() === '') return `${where} is empty. Give the server a name.`;
  if (name.length > nameLengthMax)
    return `${where} has ${name.length} characters; at most ${nameLengthMax} are possible. Shorten it.`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name))
    return `${where} holds a line break or another control character. Remove it.`;
  if (name === '__proto__')
    return `${where} is "__proto__", which JavaScript gives a meaning of its own. Rename the server.`;
  return undefined;
}
