/** `pins status|approve`: what has changed since tools were pinned, and that it is right. */
import type { Catalog } from '../catalog/catalog.ts';
import { unknownServer, unknownTool } from '../catalog/lookup-errors.ts';
import type { PinStatus } from '../catalog/pins.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { OrchestratorError } from '../errors.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { counted, printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { refreshWithProgress } from './refresh.ts';
import { type CommonOptions, interruptible, withSession } from './session.ts';
import { paint } from './terminal.ts';

interface PinsOptions extends CommonOptions {
  readonly json?: boolean;
}

interface ServerPins {
  readonly server: string;
  /** Why it could not be asked. */
  readonly problem?: string;
  readonly tools: readonly PinStatus[];
}

/** `pins status [SERVER]`: exit code 1 where something has changed. */
export async function pinsStatus(only: string | undefined, options: PinsOptions): Promise<void> {
  await withSession(options, async ({ orchestrator, signal }) => {
    requirePins(orchestrator);
    const servers = await asked(orchestrator.catalog, only, signal);
    if (signal.aborted) return exitCodes.interrupted;
    const rows = servers.map((server) => pinsOf(server, orchestrator));
    if (options.json)
      printJson({ file: orchestrator.pins.file, mode: orchestrator.pins.mode, servers: rows });
    else for (const row of rows) printRow(row);
    return rows.some(({ tools }) => tools.some(isOdd)) ? exitCodes.failed : exitCodes.success;
  });
}

/** `pins approve [SERVER[.TOOL]]`: exit code 1 where a server did not answer. */
export async function approvePins(target: string | undefined, options: PinsOptions): Promise<void> {
  await withSession(options, async ({ orchestrator, signal }) => {
    requirePins(orchestrator);
    const { catalog, pins } = orchestrator;
    const [serverName, toolName] = split(target, catalog);
    const servers = await asked(catalog, serverName, signal);
    if (signal.aborted) return exitCodes.interrupted;
    const approved: string[] = [];
    const problems: string[] = [];
    for (const server of servers) {
      const received = catalog.received(server.name);
      // What could not be asked just now must not be approved as it was once.
      if (!received || server.status !== 'ready') {
        problems.push(`${server.name}: ${server.problem ?? 'it has not answered'}`);
        continue;
      }
      const isPinned = pins.status(server.name, received.tools).some(({ tool }) => tool === toolName);
      if (toolName !== undefined && !isPinned) throw unknownTool(server, toolName);
      const names = await pins.approve(server.name, received.tools, toolName);
      approved.push(...names.map((name) => `${server.name}.${name}`));
    }
    if (options.json) printJson({ file: pins.file, approved, problems });
    else {
      for (const name of approved) process.stdout.write(`approved ${printable(name, process.stdout)}\n`);
      if (approved.length === 0) process.stdout.write('nothing has changed\n');
      for (const problem of problems) process.stderr.write(`${printable(problem, process.stderr)}\n`);
    }
    return problems.length > 0 ? exitCodes.failed : exitCodes.success;
  });
}

function requirePins({ pins, config }: Orchestrator): void {
  if (pins.mode !== 'off') return;
  throw new OrchestratorError(
    'arguments_invalid',
    config.file === undefined ? 'Without a configuration file nothing is pinned.' : 'Pins are off.',
    { hint: 'Set orchestrator.pins to "warn" or "enforce" in mcp_servers_config.json.' },
  );
}

async function asked(
  catalog: Catalog,
  only: string | undefined,
  signal: AbortSignal,
): Promise<readonly CatalogServer[]> {
  if (only === undefined) {
    await refreshWithProgress(catalog, signal);
    return catalog.servers().filter(({ status }) => status !== 'disabled' && status !== 'invalid');
  }
  if (!catalog.server(only)) throw unknownServer(only, catalog.servers());
  await interruptible(catalog.refresh(only), signal).catch(() => {});
  const server = catalog.server(only);
  return server ? [server] : [];
}

function pinsOf(server: CatalogServer, { catalog, pins }: Orchestrator): ServerPins {
  const received = catalog.received(server.name);
  return {
    server: server.name,
    ...(server.problem !== undefined && { problem: server.problem }),
    tools: received ? pins.status(server.name, received.tools) : [],
  };
}

/** `server` or `server.tool`; both may hold dots. */
function split(target: string | undefined, catalog: Catalog): [server: string | undefined, tool?: string] {
  if (target === undefined || catalog.server(target)) return [target];
  for (const { index } of target.matchAll(/\./g)) {
    const server = target.slice(0, index);
    if (catalog.server(server)) return [server, target.slice(index + 1)];
  }
  return [target];
}

function isOdd({ status }: PinStatus): boolean {
  return status === 'changed' || status === 'new';
}

function printRow({ server, problem, tools }: ServerPins): void {
  const { stdout } = process;
  const odd = tools.filter(({ status }) => status !== 'pinned');
  const state = problem !== undefined ? 'not asked' : odd.length === 0 ? 'unchanged' : 'changed';
  const colour = state === 'unchanged' ? 'green' : state === 'changed' ? 'red' : 'yellow';
  stdout.write(
    `${paint('bold', server, stdout)}: ${paint(colour, state, stdout)}, ${counted(tools.length, 'tool')}\n`,
  );
  if (problem !== undefined) stdout.write(`  ${printable(problem, stdout).replaceAll('\n', '\n  ')}\n`);
  for (const { tool, status, differences = [] } of odd) {
    stdout.write(`  ${printable(tool, stdout)}: ${status}\n`);
    for (const line of differences) stdout.write(`    ${printable(line, stdout)}\n`);
  }
}

function printJson(value: object): void {
  process.stdout.write(`${printable(JSON.stringify(value), process.stdout)}\n`);
}
