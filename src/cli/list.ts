/** `list`: every server, its state and its tools. */
import { unknownServer } from '../catalog/lookup-errors.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { type Detail, type ToolListing, toolListing, unbounded } from '../server/list-available-tools.ts';
import { counted, printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { refreshWithProgress } from './refresh.ts';
import { type CommonOptions, interruptible, withSession } from './session.ts';
import { paint } from './terminal.ts';

export interface ListOptions extends CommonOptions {
  readonly detail: Detail;
  readonly json?: boolean;
}

/** Exit code 0 also where servers fail: each row says it. @throws OrchestratorError `server_unknown` */
export async function list(server: string | undefined, options: ListOptions): Promise<void> {
  await withSession(options, async ({ orchestrator, signal }) => {
    const { catalog } = orchestrator;
    if (server !== undefined && !catalog.server(server)) throw unknownServer(server, catalog.servers());
    if (server === undefined) await refreshWithProgress(catalog, signal);
    else await interruptible(catalog.refresh(server), signal).catch(() => {});
    if (signal.aborted) return exitCodes.interrupted;
    // All of it on one page: a terminal scrolls.
    const listing = toolListing(catalog, { server, detail: options.detail, bounds: unbounded });
    if (options.json) process.stdout.write(`${printable(JSON.stringify(listing), process.stdout)}\n`);
    else print(listing, catalog.servers());
    return exitCodes.success;
  });
}

function print(listing: ToolListing, servers: readonly CatalogServer[]): void {
  const { stdout } = process;
  for (const [name, { status, problem, tools, set_aside = [], warnings = [] }] of Object.entries(
    listing.servers,
  )) {
    const colour =
      status === 'ready' ? 'green' : status === 'cached' || status === 'disabled' ? 'yellow' : 'red';
    const original = servers.find(({ identifier }) => identifier === name)?.name;
    stdout.write(
      `${paint('bold', name, stdout)}${original === name ? '' : printable(` (${original})`, stdout)}: ${paint(colour, status, stdout)}, ${counted(tools.length, 'tool')}\n`,
    );
    if (problem !== undefined) stdout.write(`  ${printable(problem, stdout).replaceAll('\n', '\n  ')}\n`);
    for (const tool of tools) stdout.write(`  ${toolLine(tool)}\n`);
    for (const { tool, problem: odd } of warnings)
      stdout.write(`  ${paint('yellow', `look at ${tool}`, stdout)}: ${printable(odd, stdout)}\n`);
    for (const { name: tool, reason } of set_aside)
      stdout.write(`  ${paint('yellow', `set aside: ${tool}`, stdout)}: ${printable(reason, stdout)}\n`);
  }
  stdout.write(`${counted(listing.total_servers, 'server')}, ${counted(listing.total_tools, 'tool')}\n`);
}

function toolLine(tool: unknown): string {
  const { stdout } = process;
  if (typeof tool === 'string') return printable(tool, stdout);
  const { name, description, ...rest } = tool as { name: string; description: string };
  const schemas = Object.keys(rest).length > 0 ? `\n    ${JSON.stringify(rest)}` : '';
  return `${printable(name, stdout)}  ${paint('dim', description, stdout)}${printable(schemas, stdout)}`;
}
