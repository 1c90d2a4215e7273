/**
 * What we started must not outlive us, even where we are killed and can do nothing about it any more: a shell waits for
 * the end of a pipe that only we hold, and then ends what stood last in our list. One for all, started soon after the first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const shell = '/bin/sh';
/**
 * Each line is the whole list, and so are the arguments to start with: processes that are killed at once, and groups that
 * get the time to end by themselves, as their end of stdin tells them to.
 */
const script = `trap '' HUP INT TERM
processes=$1
groups=$2
while IFS='|' read -r now later; do processes=$now; groups=$later; done
[ -z "$processes" ] || kill -s KILL -- $processes
[ -n "$groups" ] || exit
sleep 2
kill -s TERM -- $groups
sleep 2
kill -s KILL -- $groups`;

/** Starting it takes some milliseconds, which the first answers are not to wait for. */
const startDelayMs = 300;

const processes = new Set<number>();
const groups = new Set<number>();
let watchdog: ChildProcess | undefined;
let starting: NodeJS.Timeout | undefined;

/**
 * Has the process killed as soon as ours is gone. Without a shell (Windows, a bare container) it is left to itself.
 *
 * @returns takes it back; to be called when the process has ended, before its number can be another's
 */
export function endsWithUs(pid: number): () => void {
  return hold(processes, pid);
}

/**
 * The same for a whole process group, which gets two seconds to end by itself, and two more after SIGTERM.
 *
 * @param leader its pid
 */
export function groupEndsWithUs(leader: number): () => void {
  return hold(groups, -leader);
}

function hold(list: Set<number>, pid: number): () => void {
  list.add(pid);
  tell();
  return () => {
    if (list.delete(pid)) tell();
  };
}

function tell(): void {
  if (processes.size === 0 && groups.size === 0) {
    clearTimeout(starting);
    starting = undefined;
    watchdog?.kill('SIGKILL');
    watchdog = undefined;
  } else if (watchdog) write();
  else starting ??= setTimeout(start, startDelayMs).unref();
}

function write(): void {
  watchdog?.stdin?.write(`${lists().join('|')}\n`);
}

function lists(): string[] {
  return [processes, groups].map((list) => [...list].join(' '));
}

function start(): void {
  starting = undefined;
  if (process.platform === 'win32' || !existsSync(shell)) return;
  // Were we killed before the first line is written, it would know of nothing.
  const child = spawn(shell, ['-c', script, 'watchdog', ...lists()], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    // What kills our process group is not to kill it too.
    detached: true,
  });
  const gone = () => {
    if (watchdog === child) watchdog = undefined;
  };
  child.once('exit', gone).once('error', gone);
  child.stdin?.on('error', () => {});
  // It must not keep us alive: it ends with us.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  watchdog = child;
}
