/**
 * The sandbox processes: one script each at a time, some kept warm, more on demand, replaced when they are no longer
 * as good as new. Runs beyond the limit wait in a bounded queue.
 */
import { availableParallelism } from 'node:os';
import type { ScriptFailure } from '../../sandbox/protocol.ts';
import type { Isolation } from '../config/types.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { openInProcessLink } from './in-process-link.ts';
import { openProcessLink } from './process-link.ts';
import { SandboxChild } from './sandbox-child.ts';
import { whenWorthIt } from './sandbox-growth.ts';
import type { OpenSandboxLink } from './sandbox-link.ts';
import { startSandboxProcess, wornCpuMs } from './sandbox-process.ts';
import type { SandboxOutcome, SandboxScript } from './sandbox-script.ts';

export type { SandboxCall, SandboxOutcome, SandboxReply, SandboxScript } from './sandbox-script.ts';

export interface SandboxPoolOptions {
  readonly limits: Limits;
  readonly log: Log;
  /** `in-process` only for scripts that are trusted: it contains less. */
  readonly isolation?: Isolation;
  /** Another way to what runs scripts than that of `isolation`. */
  readonly openLink?: OpenSandboxLink;
}

export interface SandboxStats {
  /** Ready or busy. */
  readonly processes: number;
  readonly running: number;
  /** Scripts waiting for their turn. */
  readonly waiting: number;
}

interface Waiter {
  readonly script: SandboxScript;
  readonly resolve: (outcome: SandboxOutcome) => void;
  readonly reject: (error: OrchestratorError) => void;
  readonly since: number;
  readonly isSecondTry?: boolean;
}

/** Warm ones cost about 16 MB each at rest; more cores are made use of on demand. */
const warmMax = 4;
/** After one is ready, how long until the next one that is kept ready is started. */
const spareDelayMs = 500;
/** A process that has grown beyond this share of its limit starts anew rather than with a handicap. */
const residentShareMax = 0.6;
const mebibyte = 1_024 * 1_024;

export class SandboxPool {
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #openLink: OpenSandboxLink;
  readonly #children = new Set<SandboxChild>();
  /** Ready ones, the last used last: it is the first to be used again, so that surplus ones fall idle. */
  readonly #idle: SandboxChild[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #retireTimers = new Map<SandboxChild, NodeJS.Timeout>();
  readonly #cores = availableParallelism();
  readonly #warm: number;
  #keepWarm = false;
  #active = 0;
  /** Runs so far. */
  #started = 0;
  /** In a row. */
  #startsFailed = 0;
  #api: string | undefined;
  #growTimer: NodeJS.Timeout | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #alive: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ limits, log, isolation = 'process', openLink = openLinkOf(isolation) }: SandboxPoolOptions) {
    this.#limits = limits;
    this.#log = log;
    this.#openLink = openLink;
    this.#warm = Math.min(this.#cores, warmMax, limits.runsMax);
  }

  stats(): SandboxStats {
    return { processes: this.#living, running: this.#active, waiting: this.#waiting.length };
  }

  /**
   * Every script started afterwards sees these names, unless it brings its own.
   *
   * @param table ApiTable as JSON
   */
  setApi(table: string): void {
    this.#api = table;
    for (const child of this.#children) child.setApi(table);
  }

  /** Starts the processes that are kept ready, and from now on replaces each that goes. */
  warm(): void {
    this.#keepWarm = true;
    this.#refill();
  }

  /**
   * Runs one script. Whatever the script does is an outcome.
   *
   * @throws OrchestratorError limit_exceeded where too many runs wait; sandbox_failed where the pool is closed or no
   *   process can be started
   */
  run(script: SandboxScript): Promise<SandboxOutcome> {
    const { runsMax, runsQueuedMax } = this.#limits;
    if (this.#closed) return Promise.reject(closedError());
    if (script.signal.aborted) return Promise.resolve(abortedOutcome());
    if (this.#active + this.#waiting.length >= runsMax + runsQueuedMax) {
      const message = `${this.#active} scripts run and ${this.#waiting.length} wait for their turn; no more are taken (runsMax, runsQueuedMax).`;
      return Promise.reject(
        new OrchestratorError('limit_exceeded', message, {
          hint: 'Try again when some have ended.',
          retrySafe: 'yes',
        }),
      );
    }
    // What is unref'd does not keep the process alive; a run in progress has to.
    this.#alive ??= setInterval(() => {}, 2 ** 30);
    return new Promise<SandboxOutcome>((resolve, reject) => {
      const waiter: Waiter = { script, resolve, reject, since: performance.now() };
      script.signal.addEventListener('abort', () => this.#abandon(script), { once: true });
      this.#waiting.push(waiter);
      this.#dispatch();
    });
  }

  /** Ends every run (reason `aborted`) and every process; afterwards none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#growTimer);
    clearTimeout(this.#spareTimer);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(closedError());
    const children = [...this.#children];
    for (const child of children)
      child.kill('aborted', 'The script was aborted: the orchestrator is closing.');
    this.#rest();
    await Promise.all(children.map((child) => child.exited));
  }

  /** Without those that were killed: until one of them is really gone can take a while. */
  get #living(): number {
    return [...this.#children].filter(({ state }) => state !== 'dead').length;
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && this.#active < this.#limits.runsMax) {
      const child = this.#idle.pop();
      if (!child) return this.#grow();
      clearTimeout(this.#retireTimers.get(child));
      if (child.isGone()) continue;
      this.#start(child, this.#waiting.shift() as Waiter);
    }
  }

  #start(child: SandboxChild, waiter: Waiter): void {
    const { script, resolve } = waiter;
    this.#active += 1;
    this.#started += 1;
    const api = script.api ?? this.#api;
    if (api !== undefined) child.setApi(api);
    child.run(script).then((outcome) => {
      this.#active -= 1;
      const worn =
        child.runs >= this.#limits.sandboxRunsMax ||
        child.cpuMs > wornCpuMs(this.#limits) ||
        child.residentBytes > this.#limits.residentMebibytesMax * mebibyte * residentShareMax;
      // It may have been given the next script already, where it said in one breath that it is done and ready again.
      if (worn && !outcome.stop && child.state !== 'running') child.kill();
      // It may have been dying when it was given the script; whoever dies twice does so of the script.
      if (outcome.isUntouched && !waiter.isSecondTry && !script.signal.aborted && !this.#closed)
        this.#waiting.unshift({ ...waiter, isSecondTry: true });
      else resolve(outcome);
      this.#dispatch();
      this.#refill();
      this.#rest();
    });
  }

  /** Starts processes for those that wait: at once where there is none, else when waiting seems to be of no use. */
  #grow(): void {
    if (this.#living === 0) return this.#startForWaiting();
    this.#growTimer ??= whenWorthIt(
      {
        started: () => this.#started,
        waitedMs: () => performance.now() - (this.#waiting[0]?.since ?? Number.POSITIVE_INFINITY),
        cpuMs: () => [...this.#children].reduce((sum, child) => sum + child.cpuMsNow(), 0),
      },
      (isWorthIt) => {
        this.#growTimer = undefined;
        if (isWorthIt) this.#startForWaiting();
        this.#dispatch();
      },
    );
  }

  /** As many at a time as there are cores: starting one is all computing. */
  #startForWaiting(): void {
    const starting = [...this.#children].filter(({ state }) => state === 'starting').length;
    const wanted =
      Math.min(this.#waiting.length, this.#limits.runsMax - this.#active, this.#cores) - starting;
    for (let count = 0; count < wanted; count++) {
      try {
        this.#startChild();
      } catch (error) {
        this.#refuseWaiting(error instanceof OrchestratorError ? error : startError(messageOf(error)));
        return;
      }
    }
  }

  #startChild(): void {
    const child = new SandboxChild({
      openLink: this.#openLink,
      limits: this.#limits,
      log: this.#log,
      onReady: (ready) => this.#onReady(ready),
      onExit: (gone, reason) => this.#onExit(gone, reason),
    });
    this.#children.add(child);
    if (this.#api !== undefined) child.setApi(this.#api);
  }

  #onReady(child: SandboxChild): void {
    this.#startsFailed = 0;
    this.#idle.push(child);
    clearTimeout(this.#retireTimers.get(child));
    this.#retireTimers.set(child, setTimeout(() => this.#retire(child), this.#limits.sandboxIdleMs).unref());
    this.#dispatch();
    this.#refillLater();
  }

  #retire(child: SandboxChild): void {
    if (child.state !== 'ready' || this.#living <= this.#warm) return;
    this.#idle.splice(this.#idle.indexOf(child), 1);
    child.kill();
  }

  #onExit(child: SandboxChild, reason: string | undefined): void {
    this.#forget(child);
    if (this.#closed) return;
    if (reason === undefined) this.#refill();
    else this.#startsFailed += 1;
    // Where others live, those that wait are served in time; where none does, trying more than once again would not help.
    if (reason !== undefined && this.#living === 0 && this.#startsFailed > 1)
      return this.#refuseWaiting(startError(reason));
    if (this.#waiting.length > 0) this.#dispatch();
  }

  #forget(child: SandboxChild): void {
    this.#children.delete(child);
    const at = this.#idle.indexOf(child);
    if (at >= 0) this.#idle.splice(at, 1);
    clearTimeout(this.#retireTimers.get(child));
    this.#retireTimers.delete(child);
  }

  /** A spare is nobody's hurry: what the first script waits for, a server or its check, goes first. */
  #refillLater(): void {
    this.#spareTimer ??= setTimeout(() => {
      this.#spareTimer = undefined;
      this.#refill();
    }, spareDelayMs).unref();
  }

  /** One after the other: starting one is all computing, and the first script needs but one. */
  #refill(): void {
    if (!this.#keepWarm || this.#closed) return;
    try {
      const isStarting = [...this.#children].some(({ state }) => state === 'starting');
      if (!isStarting && this.#living < this.#warm) this.#startChild();
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'no sandbox process can be started');
    }
  }

  #refuseWaiting(error: OrchestratorError): void {
    this.#log.error({ error: error.message }, 'no sandbox process can be started');
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
    this.#rest();
  }

  #abandon(script: SandboxScript): void {
    const at = this.#waiting.findIndex((waiter) => waiter.script === script);
    if (at < 0) return;
    this.#waiting.splice(at, 1)[0]?.resolve(abortedOutcome());
    this.#rest();
  }

  #rest(): void {
    if (this.#active > 0 || this.#waiting.length > 0) return;
    clearInterval(this.#alive);
    this.#alive = undefined;
  }
}

function openLinkOf(isolation: Isolation): OpenSandboxLink {
  if (isolation === 'in-process') return openInProcessLink;
  const jitless = isolation === 'jitless-process';
  return (options, events) =>
    openProcessLink(options, events, (limits) => startSandboxProcess(limits, { jitless }));
}

function abortedOutcome(): SandboxOutcome {
  const failure: ScriptFailure = {
    reason: 'aborted',
    name: 'Error',
    message: 'The script was aborted before it started.',
    frames: [],
  };
  return { ok: false, failure, cpuMs: 0, memoryBytesPeak: 0, outputBytesCut: 0 };
}

function closedError(): OrchestratorError {
  return new OrchestratorError('sandbox_failed', 'The sandbox pool is closed: the orchestrator is ending.');
}

function startError(reason: string): OrchestratorError {
  return new OrchestratorError('sandbox_failed', `A sandbox process did not start: ${reason}`, {
    hint: 'Reinstall the package; on a platform without a prebuilt isolated-vm, install a C++ compiler and run "npm rebuild isolated-vm".',
  });
}
