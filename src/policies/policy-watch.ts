/**
 * In a server that stays: checks every policy again when tools or files have changed, tells the log which break, and
 * where, and says when there are other policies.
 */
import { watchFolderChanges } from '../config/watch-folder.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Policies } from './policies.ts';
import type { PolicyStatus } from './policy.ts';
import { describeProblem } from './policy-check.ts';

export interface PolicyWatchOptions {
  readonly policies: Policies;
  readonly log: Log;
}

/** Many servers that answer one after the other are one change. */
const pauseMs = 500;

export class PolicyWatch {
  readonly #options: PolicyWatchOptions;
  /** What was told of each policy that is not well. */
  readonly #told = new Map<string, string>();
  readonly #ender = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #ends: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Of all files, as they were seen last. */
  #versions: string | undefined;

  constructor(options: PolicyWatchOptions) {
    this.#options = options;
  }

  /** Looks at the folders from here on, until `close`. Idempotent. */
  start(): void {
    if (this.#ends.length > 0 || this.#ender.signal.aborted) return;
    const look = () => {
      this.#last = this.#last.then(() => this.#look());
    };
    this.#ends.push(...this.#options.policies.folders.map((folder) => watchFolderChanges(folder, look)));
    look();
  }

  /** Calls back when a policy has come, gone or changed, from here on. @returns what ends that */
  onChanged(listener: () => void): () => void {
    this.start();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** To be called after each change of tools. */
  checkSoon(): void {
    clearTimeout(this.#timer);
    if (this.#ender.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#last = this.#last.then(() => this.#check());
    }, pauseMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
    this.#ender.abort();
  }

  async #look(): Promise<void> {
    const before = this.#versions;
    try {
      this.#versions = await this.#options.policies.versions();
    } catch {
      // Whoever lists them is told why.
      return;
    }
    if (before === undefined || before === this.#versions || this.#ender.signal.aborted) return;
    this.checkSoon();
    for (const listener of this.#listeners) listener();
  }

  async #check(): Promise<void> {
    const { policies, log } = this.#options;
    const { signal } = this.#ender;
    try {
      const statuses = await policies.status(undefined, signal);
      if (!signal.aborted) for (const status of statuses) this.#tell(status);
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'the policies could not be checked');
    }
  }

  #tell({ name, file, status, problems }: PolicyStatus): void {
    const { log } = this.#options;
    const text = problems.map((problem) => describeProblem(file, problem)).join('\n');
    if (text === (this.#told.get(name) ?? '')) return;
    if (status === 'ok') {
      this.#told.delete(name);
      log.info({ policy: name }, 'the policy fits its tools again');
    } else {
      this.#told.set(name, text);
      log.warn({ policy: name, status, problems: text }, 'the policy does not fit its tools');
    }
  }
}
