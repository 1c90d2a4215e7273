/** Runs a shell command line as from a terminal, and gives all that the terminal saw. */
import { program } from '../support/command.ts';
import { bin } from '../support/orchestrator.ts';

/** The terminal's size is not set: it has 0 columns, as some have. */
const script =
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", sys.argv[1]])))';

/** Empty is not unset for some; a script of the caller's machine must not decide. */
const environment = 'unset FORCE_COLOR CI; test -n "$NO_COLOR" || unset NO_COLOR;';

/**
 * @param line `$CLI` in it is the built command line
 * @param typed what is typed, from the start on
 */
export async function onTerminal(
  line: string,
  env: Record<string, string> = {},
  typed = '',
): Promise<{ code: number | null; seen: string }> {
  const { code, stdout } = await program('python3', ['-c', script, `${environment} ${line}`], {
    stdin: typed,
    env: { TERM: 'xterm-256color', CLI: `${process.execPath} ${bin}`, ...env },
  });
  return { code, seen: stdout };
}

/** Waits for each text in turn, then types; gives up after a minute. argv: the line, the steps as JSON, rows, columns. */
const conversation = `
import fcntl, json, os, pty, select, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(sys.argv[3]), int(sys.argv[4]), 0, 0))
steps, fresh, until = json.loads(sys.argv[2]), "", time.time() + 60
while time.time() < until:
    if steps and steps[0][0] in fresh:
        os.write(fd, steps.pop(0)[1].encode())
        fresh = ""
    if not select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    fresh += data.decode("utf8", "replace")
else:
    os.kill(pid, 9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/**
 * The same with somebody at the keyboard.
 *
 * @param steps what is waited for on the screen, and what is typed then
 */
export async function atTerminal(
  line: string,
  steps: readonly (readonly [seen: string, typed: string])[],
  env: Record<string, string> = {},
  { rows = 40, columns = 120 } = {},
): Promise<{ code: number | null; seen: string }> {
  const args = [`${environment} ${line}`, JSON.stringify(steps), String(rows), String(columns)];
  const { code, stdout } = await program('python3', ['-c', conversation, ...args], {
    env: { TERM: 'xterm-256color', CLI: `${process.execPath} ${bin}`, ...env },
  });
  return { code, seen: stdout };
}
