/** Commands that set things up and look after them: `init`, `import`, `doctor`, `new`, `watch`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { command, examples, seconds } from './define-command.ts';

const clientNames = 'claude-desktop, claude-code, cursor, vscode, cline, roo, windsurf, gemini, codex';

export function defineSetupCommands(program: Command): void {
  command(program, 'init')
    .summary('make a configuration and add us to your MCP clients')
    .description(
      'Find the MCP clients on this machine, take over their servers, write mcp_servers_config.json, and add the orchestrator to the clients chosen. On a terminal it asks; otherwise the flags decide. Each file that is touched gets a backup beside it.',
    )
    .option('--import <clients>', `take over the servers of these: ${clientNames}, all or none`, list)
    .option('--clients <clients>', 'add the orchestrator to these (as above)', list)
    .option('--name <name>', 'the name of our entry there', 'orchestrator')
    .option('--move', 'remove what is imported from the files of the chosen clients')
    .option('--force', 'replace servers of the same name')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--undo', 'take back what the last init, import or new server has changed')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator init',
        'mcp-tools-orchestrator init --yes --import claude-desktop --clients claude-desktop,cursor --move',
        'mcp-tools-orchestrator init --undo',
      ]),
    )
    .action(async (options) => (await import('./init.ts')).init(options));

  command(program, 'import')
    .summary("take over another client's servers")
    .description(
      "Add the servers of an MCP client's configuration to ours. What cannot be carried over is listed; servers that are there stay as they are.",
    )
    .requiredOption('--from <client|file>', `${clientNames}, or a file; several with commas`, list)
    .option('--force', 'replace servers of the same name')
    .option('--dry-run', 'say what would be added, and write nothing')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator import --from claude-desktop --dry-run',
        'mcp-tools-orchestrator import --from ../other/.vscode/mcp.json',
      ]),
    )
    .action(async (options) => (await import('./import.ts')).importServers(options));

  command(program, 'doctor')
    .argument('[servers...]', 'only these')
    .summary('check the configuration, every server and ourselves')
    .description(
      'Start each server by itself and look at it step by step, all at the same time; look at Node, the sandbox, folders and ports as well. Says what to do for each failure. Exit code 1 where there is one.',
    )
    .option('--json', 'print every check as JSON')
    .addHelpText(
      'after',
      examples(['mcp-tools-orchestrator doctor', 'mcp-tools-orchestrator doctor filesystem --json']),
    )
    .action(async (servers, options) => (await import('./doctor.ts')).doctor(servers, options));

  const create = program
    .command('new')
    .summary('write a small MCP server')
    .description('Write something to start from: a small MCP server.')
    .exitOverride();
  command(create, 'server')
    .argument('<name>', 'of the server and of its folder')
    .description(
      'Write a small working MCP server with a test into a folder of its own, and add it to the configuration.',
    )
    .addOption(
      new Option('--lang <language>', 'what it is written in').choices(['ts', 'python']).default('ts'),
    )
    .addOption(
      new Option('--transport <name>', 'how it is reached').choices(['stdio', 'http']).default('stdio'),
    )
    .option(
      '--port <number>',
      'for http (default: 3001, or the next one that the configuration does not have)',
      portNumber,
    )
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator new server weather',
        'mcp-tools-orchestrator new server stock --lang python --transport http',
      ]),
    )
    .action(async (name, options) => (await import('./new-server.ts')).newServer(name, options));

  command(program, 'watch')
    .alias('top')
    .summary('a live view of servers, runs and calls')
    .description(
      'Show the servers, their state, tools and times, and the latest runs, again and again until q or Ctrl-C. Runs of other processes are seen where they share a storage (`file` or `redis`).',
    )
    .option('--interval <seconds>', 'between two looks', seconds, 1)
    .option('--once', 'print one frame and end')
    .addHelpText('after', examples(['mcp-tools-orchestrator watch', 'mcp-tools-orchestrator top --once']))
    .action(async (options) => (await import('./watch.ts')).watch(options));
}

function list(text: string, before: readonly string[] = []): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts.length === 0) throw new InvalidArgumentError('It takes at least one name.');
  return [...before, ...parts];
}

function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new InvalidArgumentError('It takes a port number, 1 to 65535.');
}
