/** A child process with everything it starts, ended as one: launchers such as npx leave grandchildren behind. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { groupEndsWithUs } from '../watchdog.ts';
import { windowsCommand } from './windows-command.ts';

export interface ProcessGroupOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const isWindows = process.platform === 'win32';

/** How long the rest of a group may outlive its leader before it is asked to end. */
const afterLeaderMsMax = 500;

const liveGroups = new Set<ProcessGroup>();

/**
 * Kills every process group that is still alive, synchronously and without asking. For the handlers of `exit` and
 * `uncaughtException`, where nothing can be awaited any more.
 */
export function killAllGroups(): void {
  for (const group of liveGroups) group.kill();
}

/** Lets our process end by itself although servers are connected: for a program that is done when its own work is. */
export function unrefAllGroups(): void {
  for (const group of liveGroups) group.unref();
}

/** One child process that leads a process group of its own (on Windows: the root of a process tree). */
export class ProcessGroup {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  #hasExited = false;
  #release: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  /** Starts the process. Where it cannot be started, `child` emits `error` and has no `pid`. */
  constructor(options: ProcessGroupOptions) {
    const { command, args, verbatim } = isWindows
      ? windowsCommand(options.command, options.args, options.env)
      : { command: options.command, args: [...options.args], verbatim: false };
    this.child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: !isWindows,
      windowsHide: true,
      windowsVerbatimArguments: verbatim,
    });
    if (this.child.pid !== undefined) {
      liveGroups.add(this);
      this.#release = groupEndsWithUs(this.child.pid);
    }
    this.#exited = new Promise((resolve) => {
      const done = () => {
        this.#hasExited = true;
        resolve();
      };
      this.child.once('exit', done);
      this.child.once('error', () => this.child.pid === undefined && done());
    });
  }

  unref(): void {
    this.child.unref();
    // The streams of a child process are sockets, which their types do not say.
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr])
      (stream as unknown as Socket).unref();
  }

  /** SIGKILL to the whole group, at once. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /**
   * Ends the group: end of stdin, then SIGTERM, then SIGKILL, waiting at most `stepMsMax` after each. Afterwards no
   * process of the group is left, grandchildren included. Repeated calls share one ending; it never rejects.
   */
  end(stepMsMax: number): Promise<void> {
    this.#ending ??= this.#end(stepMsMax);
    return this.#ending;
  }

  async #end(stepMsMax: number): Promise<void> {
    this.child.stdin.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await this.#goneWithin(stepMsMax)) break;
      this.#signal(signal);
    }
    await this.#goneWithin(stepMsMax);
    liveGroups.delete(this);
    this.#release?.();
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) stream.destroy();
  }

  async #goneWithin(msMax: number): Promise<boolean> {
    const deadline = performance.now() + msMax;
    if (!this.#hasExited) await settledWithin(this.#exited, msMax);
    if (!this.#hasExited) return false;
    const restDeadline = Math.min(deadline, performance.now() + afterLeaderMsMax);
    for (let pauseMs = 5; this.#hasMembers(); pauseMs = Math.min(pauseMs * 2, 100)) {
      if (performance.now() >= restDeadline) return false;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return true;
  }

  #hasMembers(): boolean {
    const { pid } = this.child;
    if (pid === undefined || isWindows) return false;
    try {
      process.kill(-pid, 0);
    } catch {
      return false;
    }
    return hasRunningMember(pid);
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      // A tree under Windows has no signals: `taskkill /T` ends the children too.
      if (isWindows)
        spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true, stdio: 'ignore' });
      else process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}

/**
 * On Linux a dead process that nobody reaps still counts as a member: orphans end so where process 1 is not an init
 * (a container). Waiting for them would last for ever, so the state of each member is looked up.
 */
function hasRunningMember(group: number): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isRunningMember(entry, group));
  } catch {
    return true;
  }
}

function isRunningMember(pid: string, group: number): boolean {
  try {
    // `pid (name) state ppid pgrp ...`; the name may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(memberOf) === group && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

async function settledWithin(promise: Promise<void>, msMax: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, msMax);
    }),
  ]);
  clearTimeout(timer);
}
