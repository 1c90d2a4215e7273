/** What a task asks of a client of the older era: each question a request of its own, which says whose it is. */

import type { Question } from './lasting-work.ts';
import { askBy, type Send } from './legacy-client.ts';
import type { Task } from './task.ts';
import { related } from './task-views.ts';

/**
 * Puts each question to the client as it comes. Resolves when the work is done or nobody listens any more; never rejects.
 *
 * @param signal of the request by which the client can be reached; what it did not answer then is asked again later
 */
export async function putQuestions(task: Task, send: Send, signal?: AbortSignal): Promise<void> {
  const { work } = task;
  const ask = askBy(send, work.request.askMsMax);
  const gone = signal && new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  while (!work.outcome && !signal?.aborted) {
    await Promise.race([work.done, work.asked(), ...(gone ? [gone] : [])]);
    if (signal?.aborted) return;
    for (const question of work.questions) if (!question.isSent) void put(question);
  }

  async function put(question: Question): Promise<void> {
    question.isSent = true;
    const { method, params } = question;
    const until = signal ? AbortSignal.any([question.signal, signal]) : question.signal;
    try {
      const own = params._meta as object | undefined;
      question.resolve(await ask(method, { ...params, _meta: { ...own, ...related(task) } }, until));
    } catch (error) {
      if (signal?.aborted && !question.signal.aborted) question.isSent = false;
      else question.reject(error as Error);
    }
  }
}
