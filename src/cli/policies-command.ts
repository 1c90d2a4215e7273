/** The definitions of `policies ...`. */
import type { Command } from 'commander';
import { command, examples, seconds } from './define-command.ts';

export function definePoliciesCommand(program: Command): void {
  const policies = program
    .command('policies')
    .summary('saved scripts with typed input')
    .description('Saved scripts with typed input: list, check, run, test and make them.')
    .exitOverride();

  command(policies, 'list')
    .summary('names and descriptions')
    .description('List the policies of the configured folders, without asking any server.')
    .option('--json', 'print them as JSON, with their schemas')
    .action(async (options) => (await import('./policies.ts')).listPolicies(options));

  command(policies, 'status')
    .summary('which of them fit the tools as they are')
    .description(
      'Check every policy against the tools as they are now, and say which ones break, and where. Exit code 1 where one does.',
    )
    .option('--json', 'print the findings as JSON')
    .action(async (options) =>
      (await import('./policies.ts')).policiesStatus(undefined, options, { details: false }),
    );

  command(policies, 'check')
    .argument('[name]', 'of one policy; all where absent')
    .summary('type errors, and the tools that are called')
    .description(
      'Check policies as `status` does, and say also which tools each can call and what its `tools` list in vain.',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples(['mcp-tools-orchestrator policies check weather-analysis']))
    .action(async (name, options) =>
      (await import('./policies.ts')).policiesStatus(name, options, { details: true }),
    );

  command(policies, 'run')
    .argument('<name>', 'of the policy: its file name without .ts')
    .summary('run one policy')
    .description(
      'Run one policy in the sandbox. Its input is checked first. Its console output and result go to stdout, the rest to stderr.',
    )
    .option('--input <json>', 'its input as JSON; @FILE reads it from a file')
    .option('--timeout <seconds>', 'wall-clock limit, tool calls included', seconds)
    .option('--record <file>', 'write down every call and its answer, secrets hidden: a test case')
    .option(
      '--resume <run>',
      'calls that completed in that run are not made again; `last` for the newest. Its input is kept where none is given',
    )
    .option('--fresh-reads', 'with --resume: reads are made anew')
    .option('--json', 'print the whole RunResult as JSON')
    .addHelpText(
      'after',
      examples(['mcp-tools-orchestrator policies run weather-analysis --input \'{"city": "Lisbon"}\'']),
    )
    .action(async (name, options) => (await import('./policies.ts')).runPolicy(name, options));

  command(policies, 'test')
    .argument('[name]', 'of one policy; all where absent')
    .summary('play policies against their recordings')
    .description(
      'Play policies against their recordings (recordings/NAME/*.json beside the policy), without any server. Strict: every call, and the result, must be as recorded; the first difference is shown. Exit code 1 where there is one.',
    )
    .option('--json', 'print the outcomes as JSON')
    .addHelpText('after', examples(['mcp-tools-orchestrator policies test weather-analysis']))
    .action(async (name, options) => (await import('./policies-test.ts')).testPolicies(name, options));

  command(policies, 'save')
    .argument('<file>', 'a policy, or - for standard input')
    .summary('check a policy and put it into its folder')
    .description(
      'Check a policy against the tools there are and put it into the first folder of orchestrator.policies. One that is there already is replaced only where its version is named.',
    )
    .requiredOption('--name <name>', 'what it is called there')
    .option('--replaces <version>', 'the version that it takes the place of; that one is kept in .versions')
    .option('--json', 'print what was done as JSON')
    .action(async (file, options) => (await import('./policies.ts')).saveFile(file, options));

  command(policies, 'promote')
    .argument('<run>', 'the id of a run that went well (`last` for the newest), or the recording of one')
    .summary('make a policy of a run')
    .description(
      'Make a policy of a run: the literals in its tool calls, and the constants at its top, become typed inputs with the old values as defaults; its recording becomes the first test case. Runs of other processes are found where orchestrator.storage keeps them ("file").',
    )
    .requiredOption('--name <name>', 'what the policy is called')
    .option('--description <text>', "what it does (default: the script's first comment)")
    .option('--replaces <version>', 'the version that it takes the place of')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator policies promote last --name weekly-report',
        'mcp-tools-orchestrator run report.ts --record report.json && mcp-tools-orchestrator policies promote report.json --name weekly-report',
      ]),
    )
    .action(async (run, options) => (await import('./policies-promote.ts')).promoteRun(run, options));
}
