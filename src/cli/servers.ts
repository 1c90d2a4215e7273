/** `servers list|add|remove`: the set of servers, from the command line. */
import { OrchestratorError } from '../errors.ts';
import { type ServerRow, serverListing } from '../server/list-servers.ts';
import { register } from '../server/register-server.ts';
import { counted, printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { refreshWithProgress } from './refresh.ts';
import { type CommonOptions, withSession } from './session.ts';
import { paint } from './terminal.ts';

interface JsonOption extends CommonOptions {
  readonly json?: boolean;
}

export interface AddOptions extends JsonOption {
  readonly url?: string;
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly entry?: string;
  readonly runtime?: boolean;
}

/** `servers list`. */
export async function listServers(options: JsonOption): Promise<void> {
  await withSession(options, async ({ orchestrator, signal }) => {
    await refreshWithProgress(orchestrator.catalog, signal);
    if (signal.aborted) return exitCodes.interrupted;
    const listing = serverListing(orchestrator);
    if (options.json) printJson(listing);
    else for (const row of listing.servers) printRow(row);
    return exitCodes.success;
  });
}

/**
 * `servers add NAME`: exit code 1 where it is kept but does not answer.
 *
 * @param words the command line behind `--`
 */
export async function addServer(name: string, words: readonly string[], options: AddOptions): Promise<void> {
  const entry = entryOf(words, options);
  await withSession(options, async ({ config, orchestrator, signal }) => {
    if (options.runtime && config.storage.driver === 'memory') {
      throw wrong('With the storage in memory, nothing would be left of it when this command ends.', {
        hint: 'Leave --runtime out, or set orchestrator.storage to "file" or "redis".',
      });
    }
    const { runtime } = options;
    const added = await register(
      { name, entry, principal: 'local', isOperator: !runtime, ...(!runtime && { persist: 'config' }) },
      { view: orchestrator, signal },
    );
    if (options.json) printJson(added);
    else {
      printRow(added);
      for (const warning of added.warnings ?? []) process.stderr.write(`${warning}\n`);
      process.stdout.write(`kept ${added.kept}\n`);
    }
    return added.status === 'failed' ? exitCodes.failed : exitCodes.success;
  });
}

/** `servers remove NAME`. @throws OrchestratorError `server_unknown` */
export async function removeServer(name: string, options: JsonOption): Promise<void> {
  await withSession(options, async ({ orchestrator }) => {
    const { catalog, servers } = orchestrator;
    const own = catalog.server(name)?.name ?? name;
    await servers.remove(own, 'config');
    if (options.json) printJson({ removed: own, servers: catalog.servers().length });
    else process.stdout.write(`removed ${printable(own, process.stdout)}\n`);
    return exitCodes.success;
  });
}

function entryOf(words: readonly string[], options: AddOptions): Record<string, unknown> {
  const { url, env, header, entry } = options;
  const [command, ...args] = words;
  if ([entry, url, command].filter((one) => one !== undefined).length !== 1)
    throw wrong('Give either a command behind --, or --url, or --entry.');
  if (entry !== undefined) return parsedEntry(entry);
  if (url !== undefined) return { url, ...(header && { headers: pairs(header, '--header') }) };
  return { command, ...(args.length > 0 && { args }), ...(env && { env: pairs(env, '--env') }) };
}

function parsedEntry(text: string): Record<string, unknown> {
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry === 'object' && entry !== null && !Array.isArray(entry))
      return entry as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw wrong(
    '--entry must be a JSON object, such as \'{"command": "npx", "args": ["-y", "some-server"]}\'.',
  );
}

function pairs(texts: readonly string[], option: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      // What stands there may be a secret.
      if (at < 1) throw wrong(`${option} takes NAME=value.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function printRow({
  name,
  status,
  transport,
  endpoint,
  tools,
  source,
  problem,
  latency_ms,
}: ServerRow): void {
  const { stdout } = process;
  const colour =
    status === 'ready' ? 'green' : status === 'cached' || status === 'disabled' ? 'yellow' : 'red';
  const latency = latency_ms === undefined ? '' : `, ${latency_ms} ms`;
  stdout.write(
    `${paint('bold', name, stdout)}: ${paint(colour, status, stdout)}, ${counted(tools, 'tool')}${latency} (${source}${transport === undefined ? '' : `, ${transport}`})\n`,
  );
  if (endpoint !== undefined) stdout.write(`  ${printable(endpoint, stdout)}\n`);
  if (problem !== undefined) stdout.write(`  ${printable(problem, stdout).replaceAll('\n', '\n  ')}\n`);
}

function printJson(value: object): void {
  process.stdout.write(`${printable(JSON.stringify(value), process.stdout)}\n`);
}

function wrong(message: string, details: { hint?: string } = {}): OrchestratorError {
  return new OrchestratorError('arguments_invalid', message, details);
}
