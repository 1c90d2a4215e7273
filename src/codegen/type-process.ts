/**
 * The process that turns schemas into types: started on demand, ended when idle.
 *
 * It is a process, not a thread: the compiler's 40 MB go back to the system when it ends, and a schema that makes it
 * run out of memory takes only this process along. It gets no environment, and may read files but not write any.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { endsWithUs } from '../watchdog.ts';
import { isToolTypes, type ToolTypes } from './tool-types.ts';

export interface ToTypeProcess {
  readonly id: number;
  readonly inputSchema: unknown;
  readonly outputSchema: unknown;
}

export type FromTypeProcess =
  | { readonly type: 'ready' }
  | { readonly type: 'types'; readonly id: number; readonly types: ToolTypes };

export interface TypeProcessOptions {
  readonly log: Log;
  /** Without work for this long, the process ends. */
  readonly idleMs?: number;
  /** One definition; the slowest of 1,524 real ones takes 0.1 s. */
  readonly definitionMsMax?: number;
  readonly startMsMax?: number;
  /** For tests: another program in place of the compiler. */
  readonly program?: string;
}

/** Why a definition has no types, where the process and not the schema is at fault. */
export interface Untypable {
  readonly reason: string;
  /** False where another attempt may go better: such an answer is not to be kept. */
  readonly final: boolean;
}

interface Job {
  readonly message: ToTypeProcess;
  readonly done: (result: ToolTypes | Untypable) => void;
}

export class TypeProcess {
  readonly #options: Required<Omit<TypeProcessOptions, 'log'>>;
  readonly #log: Log;
  /** In the order of their ids, which is the order of their answers: the first one is being worked on. */
  readonly #jobs = new Map<number, Job>();
  #child: ChildProcess | undefined;
  #ready = false;
  #timer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;

  constructor(options: TypeProcessOptions) {
    this.#log = options.log;
    this.#options = {
      idleMs: options.idleMs ?? 3_000,
      definitionMsMax: options.definitionMsMax ?? 5_000,
      startMsMax: options.startMsMax ?? 30_000,
      program: options.program ?? workerFile(),
    };
  }

  /** True while the process exists. */
  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Never rejects. */
  compile(inputSchema: unknown, outputSchema: unknown): Promise<ToolTypes | Untypable> {
    if (this.#closed) return Promise.resolve({ reason: 'the orchestrator is ending', final: false });
    return new Promise((done) => {
      const message = { id: this.#nextId++, inputSchema, outputSchema };
      this.#jobs.set(message.id, { message, done });
      if (!this.#child) this.#start();
      else if (this.#ready) this.#child.send(message);
      if (this.#jobs.size === 1) this.#watch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    this.#child = undefined;
    this.#giveUpAll({ reason: 'the orchestrator is ending', final: false });
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.ref();
    child.kill('SIGKILL');
    await exited;
  }

  #start(): void {
    this.#ready = false;
    const child = fork(this.#options.program, [], {
      env: {},
      execArgv: ['--permission', '--allow-fs-read=*', '--max-old-space-size=256'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    stepBack(child);
    if (child.pid !== undefined) child.once('exit', endsWithUs(child.pid));
    child.on('message', (message) => this.#receive(child, message as FromTypeProcess));
    child.on('error', (error) => this.#ended(child, messageOf(error)));
    child.on('exit', (code, signal) => this.#ended(child, `exit code ${code ?? signal}`));
  }

  #receive(child: ChildProcess, message: FromTypeProcess): void {
    if (child !== this.#child) return;
    if (message.type === 'ready') {
      this.#ready = true;
      for (const job of this.#jobs.values()) child.send(job.message);
    } else {
      const job = this.#jobs.get(message.id);
      this.#jobs.delete(message.id);
      job?.done(
        isToolTypes(message.types) ? message.types : { reason: 'its types cannot be read', final: true },
      );
    }
    this.#watch();
  }

  /** One timer: for the start, for the definition in hand, or for ending an idle process. */
  #watch(): void {
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const busy = this.#jobs.size > 0;
    const { idleMs, definitionMsMax, startMsMax } = this.#options;
    const wait = !busy ? idleMs : this.#ready ? definitionMsMax : startMsMax;
    this.#timer = setTimeout(() => {
      if (!busy) this.#child = undefined;
      child.kill('SIGKILL');
    }, wait);
    // Idle, the process must not keep ours alive.
    if (busy) {
      this.#timer.ref();
      child.ref();
      child.channel?.ref();
    } else {
      this.#timer.unref();
      child.unref();
      child.channel?.unref();
    }
  }

  /** The definition in hand is the one to blame: it goes without types, and a new process takes the others. */
  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    clearTimeout(this.#timer);
    this.#child = undefined;
    child.kill('SIGKILL');
    if (!this.#ready) {
      this.#log.warn({ how }, 'the process that makes types of schemas does not start; tools stay untyped');
      this.#giveUpAll({ reason: 'the process that makes types of schemas does not start', final: false });
      return;
    }
    const [first] = this.#jobs.values();
    if (first) {
      this.#jobs.delete(first.message.id);
      this.#log.warn(
        { how },
        'a schema took too long or too much memory to be typed; its tool stays untyped',
      );
      first.done({ reason: 'its schema takes too long or too much memory to convert', final: true });
    }
    if (this.#jobs.size === 0) return;
    this.#start();
    this.#watch();
  }

  #giveUpAll(why: Untypable): void {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) job.done(why);
  }
}

/** What a script waits for, a server that starts or a sandbox, goes first where there are too few cores for all. */
function stepBack({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system knows no priorities: then it takes its turn as any other.
  }
}

/** Beside this file, under the ending that this file has itself: `.ts` in the repository, `.js` in the package. */
function workerFile(): string {
  return fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './type-worker.ts' : './type-worker.js', import.meta.url),
  );
}
