/** What was taken over from other clients' files, for `init` and `import`: for people, and as JSON. */
import { printable } from '../text.ts';
import type { Takeover } from './take-over.ts';
import { paint } from './terminal.ts';

/** For people: what was taken over, what was not, and why. */
export function printTakeover({ added, skipped, problems }: Takeover): void {
  const { stdout, stderr } = process;
  for (const { name, from, notes } of added) {
    stdout.write(
      `${paint('green', '+', stdout)} ${printable(name, stdout)}  ${paint('dim', from, stdout)}\n`,
    );
    for (const note of notes) stdout.write(`    ${printable(note, stdout)}\n`);
  }
  for (const { name, reason, from } of skipped)
    stdout.write(
      `${paint('yellow', '-', stdout)} ${printable(`${name}: ${reason}`, stdout)}  ${paint('dim', from, stdout)}\n`,
    );
  for (const problem of problems) console.error(paint('red', problem, stderr));
}

/** The same for `--json`. */
export function takeoverReport({ added, skipped, problems }: Takeover): object {
  return { added: added.map(({ name, from, notes }) => ({ name, from, notes })), skipped, problems };
}
