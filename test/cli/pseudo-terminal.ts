/** Runs a shell command line as from a terminal, and gives all that the terminal saw. */
import { program } from '../support/command.ts';
import { bin } from '../support/orchestrator.ts';

/** The terminal's size is not set: it has 0 columns, as some have. */
const script =
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", sys.argv[1]])))';

/** Empty is not unset for some; a script of the caller's machine must not decide. */
const environment = 'unset FORCE_COLOR CI; test -n "$NO_COLOR" || unset NO_COLOR;';

/** @param line `$CLI` in it is the built command line */
export async function onTerminal(
  line: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; seen: string }> {
  const { code, stdout } = await program('python3', ['-c', script, `${environment} ${line}`], {
    env: { TERM: 'xterm-256color', CLI: `${process.execPath} ${bin}`, ...env },
  });
  return { code, seen: stdout };
}
