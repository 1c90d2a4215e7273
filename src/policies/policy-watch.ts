/** In a server that stays: checks every policy again when tools have changed, and tells the log which break, and where. */
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
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: PolicyWatchOptions) {
    this.#options = options;
  }

  /** To be called after each change. */
  checkSoon(): void {
    clearTimeout(this.#timer);
    if (this.#ender.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#last = this.#last.then(() => this.#check());
    }, pauseMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#ender.abort();
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
