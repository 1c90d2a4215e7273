/** docs/cli.md holds the help of every command as it is. UPDATE_DOCS=1 rewrites its generated part. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';

const page = new URL('../../docs/cli.md', import.meta.url);
const generatedPart = /(<!-- Generated from [^\n]* -->\n)([\s\S]*)(<!-- end of generated part -->)/;

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

/** Commands that do something, by their whole names. */
function commandsOf(command: Command, prefix = ''): [name: string, command: Command][] {
  return command.commands
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => {
      const name = `${prefix}${one.name()}`;
      return one.commands.length > 0 ? commandsOf(one, `${name} `) : [[name, one] as [string, Command]];
    });
}

function reference(): string {
  return commandsOf(createProgram())
    .map(([name, command]) => `### ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``)
    .join('\n\n');
}

it('is the help of every command', () => {
  const written = readFileSync(page, 'utf8');
  expect(written).toMatch(generatedPart);
  const expected = written.replace(
    generatedPart,
    (_, begin: string, __, end: string) => `${begin}\n${reference()}\n\n${end}`,
  );
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, expected);
  expect(readFileSync(page, 'utf8'), 'run: UPDATE_DOCS=1 npx vitest run test/cli/reference.test.ts').toBe(
    expected,
  );
});

it('has an example in the help of each', () => {
  const without = commandsOf(createProgram()).filter(
    ([, command]) => !helpOf(command).includes('mcp-tools-orchestrator'),
  );
  expect(without.map(([name]) => name)).toEqual([]);
});
