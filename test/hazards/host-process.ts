/** The orchestrator that faces the hazards, seen from the tests: one child process, spoken to over IPC. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { descendantsOf, isAlive } from '../support/processes.ts';
import type { HazardCase } from './case-file.ts';
import type { Case, Closing, HostSetup, Report } from './host.ts';

/** What it may take to end, and for those below it to be gone, on a busy machine. */
const endMsMax = 10_000;

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #dead = Promise.withResolvers<never>();
  readonly #waiting = new Map<number, (report: Report) => void>();
  #lastId = 0;

  /** Resolves when it is ready for cases. */
  static async start(setup: HostSetup): Promise<HostProcess> {
    const host = new HostProcess(setup);
    await host.#unlessDead(once(host.#child, 'message'));
    host.#child.on('message', (report: Report) => {
      host.#waiting.get(report.id)?.(report);
      host.#waiting.delete(report.id);
    });
    return host;
  }

  private constructor(setup: HostSetup) {
    this.#child = fork(path.join(import.meta.dirname, 'host.ts'), { execArgv: ['--no-warnings'] });
    this.#dead.promise.catch(() => {});
    this.#child.once('exit', (code, signal) => {
      this.#dead.reject(new Error(`the orchestrator ended: ${signal ?? code}`));
    });
    this.#child.send(setup);
  }

  face({ code, timeoutSeconds, abortAfterOutputMs }: HazardCase): Promise<Report> {
    const id = ++this.#lastId;
    const answered = new Promise<Report>((resolve) => this.#waiting.set(id, resolve));
    const hazard: Case = { id, code, timeout: timeoutSeconds, input: { id }, abortAfterOutputMs };
    this.#child.send(hazard);
    return this.#unlessDead(answered);
  }

  /** @returns with the processes that outlived it, among them its own where it does not end by itself */
  async close(): Promise<Closing & { readonly left: readonly string[] }> {
    const { pid = 0 } = this.#child;
    const all = process.platform === 'linux' ? [pid, ...descendantsOf(pid)] : [];
    try {
      this.#child.send('close');
      const [closing] = (await this.#unlessDead(once(this.#child, 'message'))) as [Closing];
      return { ...closing, left: await leftOf(all) };
    } finally {
      this.#child.kill('SIGKILL');
    }
  }

  #unlessDead<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#dead.promise]);
  }
}

async function leftOf(pids: readonly number[]): Promise<string[]> {
  const end = performance.now() + endMsMax;
  for (;;) {
    const left = pids.filter(isAlive);
    if (left.length === 0 || performance.now() > end) return left.map(commandOf);
    await later(20);
  }
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}
