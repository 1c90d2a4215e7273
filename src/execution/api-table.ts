/** The names that a script's sandbox is told: those of the servers and tools that it can call. */
import type { ApiTable } from '../../sandbox/protocol.ts';
import type { CatalogServer } from '../catalog/tool.ts';

/** The same servers give the same text. */
const made = new WeakMap<readonly CatalogServer[], string>();

/** ApiTable as JSON. */
export function apiTableText(servers: readonly CatalogServer[]): string {
  const known = made.get(servers);
  if (known !== undefined) return known;
  const rows = servers.map(({ identifier, tools }) => [identifier, tools.map((tool) => tool.identifier)]);
  const table: ApiTable = { servers: Object.fromEntries(rows) };
  const text = JSON.stringify(table);
  made.set(servers, text);
  return text;
}
