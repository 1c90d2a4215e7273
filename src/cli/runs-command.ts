/** The definitions of `runs ...`. */
import type { Command } from 'commander';
import { command, examples } from './define-command.ts';

export function defineRunsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .summary('runs that were made')
    .description(
      'Runs that were made, from the storage: list, show and replay them. It keeps them beyond one process where "storage" is "file" or "redis".',
    )
    .exitOverride();

  command(runs, 'list')
    .summary('the newest first')
    .description('List runs, the newest first.')
    .option('--json', 'print them as JSON')
    .action(async (options) => (await import('./runs.ts')).listRuns(options));

  command(runs, 'show')
    .argument('<run>', 'its id; `last` for the newest')
    .summary('all that is known of one run')
    .description('Show the script of a run, each of its calls, its output and its result; secrets hidden.')
    .option('--json', 'print the record as JSON')
    .addHelpText('after', examples(['mcp-tools-orchestrator runs show last']))
    .action(async (run, options) => (await import('./runs.ts')).showRun(run, options));

  command(runs, 'replay')
    .argument('<run>', 'its id; `last` for the newest')
    .summary('run its script again without calling anything')
    .description(
      'Run the script of a run again, or another one in its place, with each call answered as it was then. Nothing is called; a call that the run did not make ends it.',
    )
    .option('--with <file>', 'this script instead of its own')
    .option('--json', 'print the RunResult as JSON')
    .addHelpText('after', examples(['mcp-tools-orchestrator runs replay last --with corrected.ts']))
    .action(async (run, options) => (await import('./runs.ts')).replayRun(run, options));
}
