/** Looks at the machine's processes, as `ps` would. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** Some fixtures are written in Python: their tests are skipped, by name, where there is none. */
export const hasPython = spawnSync('python3', ['--version']).status === 0;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended; only its parent has not asked yet.
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Every live process whose command line holds the text; a test's temporary folder is a good one. */
export function processesWith(text: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        const pid = Number(name);
        return (command.includes(text) || environment.includes(text)) && isAlive(pid)
          ? [{ pid, command }]
          : [];
      } catch {
        return [];
      }
    });
}

/** Processes below one, at any depth. */
export function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...(isAlive(child) ? descendantsOf(child) : [])]);
}

/** The shell that ends what a killed orchestrator leaves behind; it is started a moment after the first process. */
export function hasWatchdog(pid: number): boolean {
  return descendantsOf(pid).some((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('trap'));
}

/** Waits until a condition holds. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  seconds = 15,
): Promise<void> {
  await expect.poll(condition, { message: what, timeout: seconds * 1_000, interval: 20 }).toBe(true);
}
