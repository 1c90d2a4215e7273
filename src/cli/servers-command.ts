/** The definitions of `servers ...`. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import type { Command } from 'commander';
import { command, examples } from './define-command.ts';

export function defineServersCommand(program: Command): void {
  const servers = program
    .command('servers')
    .summary('which servers there are')
    .description('List, add and remove servers.')
    .exitOverride();

  command(servers, 'list')
    .summary('status, transport, tool count')
    .description('Ask every server, and say how each is reached and how it is doing.')
    .option('--json', 'print JSON, as list_servers answers it')
    .action(async (options) => (await import('./servers.ts')).listServers(options));

  command(servers, 'add')
    .argument('<name>', 'letters, digits, ".", "_" and "-"')
    .argument('[command...]', 'the program and its arguments, behind --')
    .summary('add a server')
    .description(
      'Add a server to the configuration file, whose comments and layout stay as they are; then ask it for its tools.',
    )
    .option('--url <url>', 'of an HTTP server, instead of a command')
    .option('--env <pair...>', 'NAME=value for a command; write secrets as a variable')
    .option('--header <pair...>', 'NAME=value for an HTTP server; write secrets as a variable')
    .option('--entry <json>', 'the whole entry as JSON, as under mcpServers')
    .option('--runtime', 'keep it in the storage (file or redis) instead of the configuration file')
    .option('--json', 'print JSON, as register_server answers it')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator servers add files -- npx -y @modelcontextprotocol/server-filesystem .',
        "mcp-tools-orchestrator servers add tracker --url https://tracker.example.com/mcp --header 'Authorization=Bearer ${TOKEN}'",
      ]),
    )
    .action(async (name, words, options) => (await import('./servers.ts')).addServer(name, words, options));

  command(servers, 'remove')
    .argument('<name>', 'of the server')
    .summary('remove a server')
    .description(
      'Take a server out of the configuration file, or out of the storage if it was registered there.',
    )
    .option('--json', 'print JSON')
    .action(async (name, options) => (await import('./servers.ts')).removeServer(name, options));
}
