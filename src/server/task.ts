/** One call that goes on while its client asks how it is. */
import { randomUUID } from 'node:crypto';
import type { ProtocolError } from '@modelcontextprotocol/server';
import type { JsonObject } from '../downstream/caller.ts';
import type { LastingWork } from './lasting-work.ts';
import { requestFailed } from './protocol-error.ts';

export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

export class Task {
  readonly id = randomUUID();
  readonly createdAt = new Date();
  readonly work: LastingWork;
  readonly msMax: number;
  updatedAt = this.createdAt;
  /** Resolves when it has; never rejects. */
  readonly ended: Promise<void>;
  readonly #cancelled = Promise.withResolvers<void>();
  #isCancelled = false;

  constructor(work: LastingWork, msMax: number) {
    this.work = work;
    this.msMax = msMax;
    this.ended = Promise.race([work.done, this.#cancelled.promise]);
    work.onChange = () => {
      this.updatedAt = new Date();
    };
  }

  /** What its call gave; undefined where that is not known, or nobody wants it any more. */
  get answer(): JsonObject | undefined {
    const { outcome } = this.work;
    return !this.#isCancelled && outcome && 'answer' in outcome ? outcome.answer : undefined;
  }

  /** Why its call has no answer. */
  get error(): ProtocolError | undefined {
    const { outcome } = this.work;
    return !this.#isCancelled && outcome && 'error' in outcome ? requestFailed(outcome.error) : undefined;
  }

  get status(): TaskStatus {
    const { outcome, questions } = this.work;
    if (this.#isCancelled) return 'cancelled';
    if (outcome) return 'error' in outcome ? 'failed' : 'completed';
    return questions.length > 0 ? 'input_required' : 'working';
  }

  get hasEnded(): boolean {
    return this.#isCancelled || this.work.outcome !== undefined;
  }

  /** @returns false where it had ended */
  cancel(): boolean {
    if (this.hasEnded) return false;
    this.#isCancelled = true;
    this.updatedAt = new Date();
    this.work.abort('the task was cancelled');
    this.work.rejectQuestions('the task was cancelled');
    this.#cancelled.resolve();
    return true;
  }
}
