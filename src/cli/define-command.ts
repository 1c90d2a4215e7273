/** How commands are defined: what each of them takes, and what their definitions have in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Every command takes the configuration and the log level. */
export function command(program: Command, name: string, options?: { isDefault: boolean }): Command {
  return program
    .command(name, options)
    .exitOverride()
    .showHelpAfterError(`(add --help for the usage: ${fullName(program, name)} --help)`)
    .option('--config <file>', 'configuration file (default: the nearest mcp_servers_config.json)')
    .option(
      '--profile <name>',
      'only what this profile of the configuration leaves (default: orchestrator.profile)',
    )
    .addOption(
      new Option('--log-level <level>', 'least severe log level on stderr').choices([
        'trace',
        'debug',
        'info',
        'warn',
        'error',
        'silent',
      ]),
    );
}

/** Where a word is none of a group's commands, they are named. To be called when all are defined. */
export function nameCommandsAfterErrors(program: Command): void {
  for (const group of program.commands) {
    if (group.commands.length === 0) continue;
    const names = group.commands.map((one) => one.name()).join(', ');
    group.showHelpAfterError(
      `(there are: ${names}; what they do: ${fullName(program, group.name())} --help)`,
    );
  }
}

/** As it is typed. */
function fullName(parent: Command, name: string): string {
  return parent.parent ? fullName(parent.parent, `${parent.name()} ${name}`) : `${parent.name()} ${name}`;
}

/** Help text behind the options. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** A number of seconds, above 0. */
export function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It takes seconds, above 0.');
}

/** A port, 0 for a free one. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('It takes a port: a whole number from 0 to 65535.');
}

/** A whole number, above 0. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('It takes a whole number, above 0.');
}
