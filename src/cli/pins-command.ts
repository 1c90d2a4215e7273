/** The definitions of `pins ...`. */
import type { Command } from 'commander';
import { command, examples } from './define-command.ts';

export function definePinsCommand(program: Command): void {
  const pins = program
    .command('pins')
    .summary('whether tools are still what they were')
    .description(
      'Compare the definitions of tools with those pinned in mcp-tools.lock.json, and approve changes.',
    )
    .exitOverride();

  command(pins, 'status')
    .argument('[server]', 'only this one')
    .summary('what has changed')
    .description(
      'Ask every server, and say which tools are no longer defined as they were pinned, with the difference. Exit code 1 where one is.',
    )
    .option('--json', 'print JSON')
    .action(async (server, options) => (await import('./pins.ts')).pinsStatus(server, options));

  command(pins, 'approve')
    .argument('[target]', 'server, or server.tool; all servers where absent')
    .summary('pin tools as they are now')
    .description('Ask the servers, and pin their tools as they are now. Look at `pins status` first.')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator pins approve',
        'mcp-tools-orchestrator pins approve tracker.create_issue',
      ]),
    )
    .action(async (target, options) => (await import('./pins.ts')).approvePins(target, options));
}
