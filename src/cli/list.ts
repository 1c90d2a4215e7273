/** `list`: every server, its state and its tools. */
import { unknownServer } from '../catalog/lookup-errors.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { type Detail, type ToolListing, toolListing } from '../server/list-available-tools.ts';
import { exitCodes } from './exit-codes.ts';
import { refreshWithProgress } from './refresh.ts';
import { type CommonOptions, withSession } from './session.ts';
import { paint } from './terminal.ts';

export interface ListOptions extends CommonOptions {
  readonly detail: Detail;
  readonly json?: boolean;
}

export async function list(server: string | undefined, options: ListOptions): Promise<void> {
  await withSession(options, async ({ orchestrator, signal }) => {
    const { catalog } = orchestrator;
    if (server !== undefined && !catalog.server(server)) throw unknownServer(server, catalog.servers());
    if (server === undefined) await refreshWithProgress(catalog, signal);
    else await catalog.refresh(server).catch(() => {});
    if (signal.aborted) return exitCodes.interrupted;
    const listing = wholeListing(catalog, { server, detail: options.detail });
    if (options.json) process.stdout.write(`${JSON.stringify(listing)}\n`);
    else print(listing, catalog.servers());
    return exitCodes.success;
  });
}

/** All pages: a terminal scrolls. */
function wholeListing(
  catalog: Parameters<typeof toolListing>[0],
  request: { server: string | undefined; detail: Detail },
): ToolListing {
  const whole = toolListing(catalog, request);
  while (whole.next_cursor !== undefined) {
    const { servers, next_cursor } = toolListing(catalog, { ...request, cursor: whole.next_cursor });
    for (const [name, row] of Object.entries(servers)) {
      const known = whole.servers[name];
      if (known) known.tools.push(...row.tools);
      else whole.servers[name] = row;
    }
    if (next_cursor === undefined) delete whole.next_cursor;
    else whole.next_cursor = next_cursor;
  }
  return whole;
}

function print(listing: ToolListing, servers: readonly CatalogServer[]): void {
  const { stdout } = process;
  for (const [name, { status, problem, tools, set_aside = [] }] of Object.entries(listing.servers)) {
    const colour =
      status === 'ready' ? 'green' : status === 'cached' || status === 'disabled' ? 'yellow' : 'red';
    const original = servers.find(({ identifier }) => identifier === name)?.name;
    stdout.write(
      `${paint('bold', name, stdout)}${original === name ? '' : ` (${original})`}: ${paint(colour, status, stdout)}, ${tools.length} tools\n`,
    );
    if (problem !== undefined) stdout.write(`  ${problem.replaceAll('\n', '\n  ')}\n`);
    for (const tool of tools) stdout.write(`  ${toolLine(tool)}\n`);
    for (const { name: tool, reason } of set_aside)
      stdout.write(`  ${paint('yellow', `set aside: ${tool}`, stdout)}: ${reason}\n`);
  }
  stdout.write(`${listing.total_servers} servers, ${listing.total_tools} tools\n`);
}

function toolLine(tool: unknown): string {
  if (typeof tool === 'string') return tool;
  const { name, description, ...rest } = tool as { name: string; description: string };
  const schemas = Object.keys(rest).length > 0 ? `\n    ${JSON.stringify(rest)}` : '';
  return `${name}  ${paint('dim', description, process.stdout)}${schemas}`;
}
