/** `auth`: its subcommands. */
import type { Command } from 'commander';
import { command, examples } from './define-command.ts';

export function defineAuthCommand(program: Command): void {
  const auth = program
    .command('auth')
    .summary('log in to servers that want it')
    .description('Log in to HTTP servers by OAuth, see where you are logged in, and log out.')
    .exitOverride();

  command(auth, 'login')
    .argument('<server>', 'a server of the configuration, or one registered at runtime')
    .summary('log in to a server')
    .description(
      'Show the address where you agree, open it in the browser, and wait until you are back. The tokens are kept for all later runs, in a folder for you alone, encrypted where your system has a key store.',
    )
    .option('--url <address>', 'where a server is that only a running process knows')
    .option('--no-browser', 'only print the address')
    .option('--json', 'print what came of it as JSON')
    .addHelpText('after', examples(['mcp-tools-orchestrator auth login linear']))
    .action(async (server, options) => (await import('./auth.ts')).login(server, options));

  command(auth, 'logout')
    .argument('<server>', 'a server of the configuration, or one registered at runtime')
    .summary('forget a login')
    .description('Remove the tokens of a server, and have them revoked where the server can do that.')
    .option('--url <address>', 'where a server is that only a running process knows')
    .option('--json', 'print what was done as JSON')
    .action(async (server, options) => (await import('./auth.ts')).logout(server, options));

  command(auth, 'status')
    .argument('[server]', 'only this one')
    .summary('how each HTTP server knows you')
    .description(
      'Say for each HTTP server by what it knows you, and whether a login is there. Asks no server.',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(['mcp-tools-orchestrator auth status', 'mcp-tools-orchestrator auth status linear --json']),
    )
    .action(async (server, options) => (await import('./auth.ts')).status(server, options));
}
