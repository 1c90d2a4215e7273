/**
 * The command line: its commands and flags, and what the process says and returns when one of them fails. Each
 * command is loaded when it is called, so that `serve` answers its client before the rest of the program is there.
 */
import { Command, CommanderError, Option } from 'commander';
import { nearestNames } from '../catalog/names.ts';
import { packageVersion } from '../config/environment.ts';
import { checkModes, serveModes, transports } from '../config/schema.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import { printable } from '../text.ts';
import { defineAuthCommand } from './auth-command.ts';
import { command, examples, nameCommandsAfterErrors, port, seconds, wholeNumber } from './define-command.ts';
import { exitCodes } from './exit-codes.ts';
import { definePinsCommand } from './pins-command.ts';
import { definePoliciesCommand } from './policies-command.ts';
import { defineRunsCommand } from './runs-command.ts';
import { defineServersCommand } from './servers-command.ts';
import { defineSetupCommands } from './setup-commands.ts';
import { paint } from './terminal.ts';

/** Runs one command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  watchOutput();
  try {
    const program = createProgram();
    refuseUnknownCommand(program, argv.slice(2));
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A reader that goes before the end, as `head` does, is no failure; a full disk is one. */
function watchOutput(): void {
  let failed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (failed || error.code === 'EPIPE') return;
    failed = true;
    console.error(`${paint('red', 'error:', process.stderr)} The output cannot be written: ${error.message}`);
    // Whatever the command makes of its end.
    process.once('exit', () => {
      process.exitCode = exitCodes.failed;
    });
  });
  // Where nobody reads what is wrong, there is nobody to tell.
  process.stderr.on('error', () => {});
}

/** Every command with all that it takes. */
export function createProgram(): Command {
  const program = new Command('mcp-tools-orchestrator')
    .description(
      'One MCP server in front of all the others: an agent sends one TypeScript script that calls any tool of any server.',
    )
    .version(packageVersion())
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the usage)');

  command(program, 'serve', { isDefault: true })
    .summary('serve MCP to a client (the default)')
    .description(
      "Serve MCP to one client over stdin and stdout: this is what a client's configuration starts. Or serve many clients over HTTP.",
    )
    .addOption(
      new Option(
        '--transport <name>',
        'how clients are reached (default: orchestrator.transport, or stdio)',
      ).choices(transports),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'what clients see: our tools, those of all servers, or both (default: orchestrator.mode)',
      ).choices(serveModes),
    )
    .option('--host <address>', 'for http: the address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'for http: the port to listen on, 0 for a free one (default: 8080)', port)
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator --config ./mcp_servers_config.json',
        'mcp-tools-orchestrator serve --transport http --port 8080',
      ]),
    )
    // Of a line that begins with options, whatever its command: nobody means an argument of `serve`.
    .allowExcessArguments()
    .action(async (options, { args: [word] }) => {
      if (word !== undefined) throw optionsFirst(program, word);
      await (await import('./serve.ts')).serve(options);
    });

  command(program, 'run')
    .argument('<file>', 'a TypeScript script, or - for standard input')
    .summary('run one script')
    .description(
      'Run one TypeScript script in the sandbox. Its console output and result go to stdout, the rest to stderr.',
    )
    .option('--timeout <seconds>', 'wall-clock limit, tool calls included', seconds)
    .option('--input <json>', 'JSON that the script sees as `input`; @FILE reads it from a file')
    .addOption(
      new Option('--check <mode>', 'what type errors do (default: orchestrator.check)').choices(checkModes),
    )
    .option('--record <file>', 'write down every call and its answer, secrets hidden')
    .option('--resume <run>', 'go on from this run: its completed calls are not made again')
    .option('--fresh-reads', 'with --resume: reads are made anew')
    .option('--plan', 'hold back whatever is not a read, and list it')
    .option('--apply <digest>', 'do what this plan lists, and nothing else')
    .option('--json', 'print the whole RunResult as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator run examples/grasp.ts',
        "echo 'return await memory.read_graph({})' | mcp-tools-orchestrator run -",
        'mcp-tools-orchestrator run report.ts --input \'{"day": "2026-11-21"}\' --json',
        'mcp-tools-orchestrator run corrected.ts --resume last',
      ]),
    )
    .action(async (file, options) => (await import('./run.ts')).run(file, options));

  command(program, 'check')
    .argument('<file>', 'a TypeScript script, or - for standard input')
    .summary('type-check one script')
    .description(
      'Check one TypeScript script against the tools there are, without running it: its type errors go to stderr, the tools that it can call to stdout. `server.*` is any tool of a server, for a name that is computed.',
    )
    .option('--json', 'print the whole RunResult as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator check examples/grasp.ts',
        "echo 'return await memory.read_graf({})' | mcp-tools-orchestrator check - --json",
      ]),
    )
    .action(async (file, options) => (await import('./check.ts')).check(file, options));

  command(program, 'generate')
    .summary('write generated/unified_api.ts')
    .description('Ask every server for its tools and write their TypeScript types.')
    .option('--out <file>', 'where to write (default: orchestrator.generated of the configuration)')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator generate',
        'mcp-tools-orchestrator generate --out src/unified_api.ts',
      ]),
    )
    .action(async (options) => (await import('./generate.ts')).generate(options));

  command(program, 'list')
    .summary('list servers and their tools')
    .description(
      'Ask every server for its tools; say for each that does not work what is wrong and what to do.',
    )
    .argument('[server]', 'only this one')
    .addOption(
      new Option('--detail <level>', 'how much of each tool')
        .choices(['names', 'summary', 'full'])
        .default('names'),
    )
    .option('--json', 'print JSON, as list_available_tools answers it')
    .addHelpText(
      'after',
      examples(['mcp-tools-orchestrator list', 'mcp-tools-orchestrator list filesystem --detail summary']),
    )
    .action(async (server, options) => (await import('./list.ts')).list(server, options));

  command(program, 'search')
    .argument('<query...>', 'what the tool is to do, in words')
    .summary('find tools by what they do')
    .description('Find tools of all servers, best first, each with the call that a script would make.')
    .option('--max <number>', 'how many', wholeNumber, 5)
    .option(
      '--regex',
      'the query is a regular expression (RE2), matched against names, descriptions and parameters',
    )
    .option('--server <name>', 'only tools of this server')
    .option('--read-only', 'only tools that say that they only read')
    .option('--has-output-schema', 'only tools that declare what they answer')
    .addOption(
      new Option('--detail <level>', 'how much of each tool').choices(['compact', 'full']).default('compact'),
    )
    .option('--json', 'print JSON, as tool_search answers it')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator search read a file',
        "mcp-tools-orchestrator search --regex '^create_.*issue' --json",
      ]),
    )
    .action(async (words, options) => (await import('./search.ts')).search(words, options));

  command(program, 'call')
    .argument('<tool>', 'server__tool, or server.tool')
    .argument('[arguments]', 'a JSON object; @FILE reads it from a file, - from standard input', '{}')
    .summary('call one tool')
    .description('Call one tool and print its value, as a script would see it.')
    .option('--json', 'print the MCP result as it is')
    .addHelpText(
      'after',
      examples([
        'mcp-tools-orchestrator call everything__echo \'{"message": "hi"}\'',
        'mcp-tools-orchestrator call memory.read_graph --json',
      ]),
    )
    .action(async (tool, args, options) => (await import('./call.ts')).call(tool, args, options));

  definePoliciesCommand(program);
  defineRunsCommand(program);
  defineServersCommand(program);
  definePinsCommand(program);
  defineAuthCommand(program);
  defineSetupCommands(program);
  nameCommandsAfterErrors(program);
  return program;
}

/** The default command would take a misspelt one for its own argument, and `help` would say nothing of it. */
function refuseUnknownCommand(program: Command, [first, second]: readonly string[]): void {
  const word = first === 'help' ? second : first;
  if (word === undefined || word.startsWith('-') || word === 'help') return;
  const names = program.commands.flatMap((one) => [one.name(), ...one.aliases()]);
  if (names.includes(word)) return;
  const [near] = nearestNames(word, names, 1);
  program.error(`error: unknown command '${word}'${near === undefined ? '' : ` (did you mean ${near}?)`}`, {
    exitCode: 2,
  });
}

function optionsFirst(program: Command, word: string): OrchestratorError {
  const isCommand = program.commands.some((one) => one.name() === word || one.aliases().includes(word));
  return new OrchestratorError(
    'arguments_invalid',
    isCommand ? `The command "${word}" stands behind options.` : `"serve" takes options only, not "${word}".`,
    {
      hint: isCommand
        ? `Put it first: mcp-tools-orchestrator ${word} --option ...`
        : 'Its options: mcp-tools-orchestrator serve --help',
    },
  );
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  const hint = error instanceof OrchestratorError && error.hint !== undefined ? `\n${error.hint}` : '';
  console.error(
    `${paint('red', 'error:', process.stderr)} ${printable(messageOf(error) + hint, process.stderr)}`,
  );
  if (!(error instanceof OrchestratorError)) return exitCodes.failed;
  return [
    'config_not_found',
    'config_invalid',
    'arguments_invalid',
    'tool_unknown',
    'server_unknown',
    'policy_unknown',
    'policy_invalid',
    'profile_unknown',
  ].includes(error.code)
    ? exitCodes.usage
    : exitCodes.failed;
}
