/**
 * Calls that go on while their client asks how they are: the tasks of 2025-11-25, which a client asks for with the call,
 * and those of the extension of 2026-07-28, into which we turn what takes long. They are this process's: after a restart
 * a script's run is found by its record, and resumed.
 */
import type { JsonObject } from '../downstream/caller.ts';
import { OrchestratorError } from '../errors.ts';
import type { ExchangeRequest, ExchangeWork } from './asked-client.ts';
import { capabilitiesOf, LastingWork } from './lasting-work.ts';
import { badRequest } from './protocol-error.ts';
import type { Promotion } from './suspended-calls.ts';
import { Task } from './task.ts';
import { putQuestions } from './task-questions.ts';
import { createdTask, tasksExtension } from './task-views.ts';

type TaskLimits = NonNullable<ExchangeRequest['tasks']>;

class Tasks {
  readonly #tasks = new Map<string, Task>();

  /** For a client that declared the extension; undefined for any other. */
  promotion({ context, server, tasks: limits }: ExchangeRequest): Promotion | undefined {
    if (!limits || limits.tasksMax === 0 || !knowsTasks({ context, server })) return undefined;
    return {
      afterMs: limits.taskAfterMs,
      promote: (work) => {
        const task = this.#add(work, limits);
        if (!task) return undefined;
        work.leave();
        return createdTask(task, 'modern');
      },
    };
  }

  /** True where a client of the older era asked for a task. */
  isWanted({ params, tasks: limits }: ExchangeRequest): boolean {
    return limits !== undefined && typeof params.task === 'object' && params.task !== null;
  }

  /** @throws OrchestratorError limit_exceeded: nothing was begun */
  begin(request: ExchangeRequest, call: ExchangeWork): JsonObject {
    const limits = request.tasks as TaskLimits;
    if (!this.#hasRoom(limits))
      throw new OrchestratorError(
        'limit_exceeded',
        `There are ${limits.tasksMax} tasks already (tasksMax).`,
        {
          hint: 'Wait for one to end, or call without `task`.',
        },
      );
    const work = new LastingWork(request, call);
    const { ttl } = request.params.task as { ttl?: unknown };
    const task = this.#add(work, limits, typeof ttl === 'number' ? ttl : undefined) as Task;
    const { context, server } = request;
    // Over stdio there is one way to the client, whatever it asks. Over HTTP its next question for the result opens one.
    if (context.http === undefined) void putQuestions(task, (...question) => server.request(...question));
    else work.leave();
    return createdTask(task, 'legacy');
  }

  /** @throws ProtocolError where there is none, or none of this principal's */
  find(id: unknown, principal: string): Task {
    const task = typeof id === 'string' ? this.#tasks.get(id) : undefined;
    if (task?.work.request.principal === principal) return task;
    throw badRequest(
      'There is no such task, or it was too long ago. What a script did is in its record: get_run.',
    );
  }

  /** The newest first. */
  of(principal: string): Task[] {
    return [...this.#tasks.values()].filter(({ work }) => work.request.principal === principal).reverse();
  }

  #hasRoom({ tasksMax }: TaskLimits): boolean {
    if (this.#tasks.size < tasksMax) return true;
    // Of those that have ended, the oldest gives way.
    const ended = [...this.#tasks.values()].find(({ hasEnded }) => hasEnded);
    return ended !== undefined && tasksMax > 0 && this.#tasks.delete(ended.id);
  }

  #add(work: LastingWork, limits: TaskLimits, wantedMs = limits.taskMsMax): Task | undefined {
    if (!this.#hasRoom(limits)) return undefined;
    const msMax = Math.max(1_000, Math.min(Math.ceil(wantedMs), limits.taskMsMax));
    const task = new Task(work, msMax);
    work.limitQuestions(work.request.askMsMax);
    this.#tasks.set(task.id, task);
    const forget = () => void work.done.then(() => this.#tasks.delete(task.id));
    setTimeout(forget, msMax).unref();
    return task;
  }
}

/** All of this process, since over HTTP each message has a server object of its own. Found only by what cannot be guessed. */
export const tasks = new Tasks();

/** Whether the client declared the extension with this request. */
export function knowsTasks(request: Pick<ExchangeRequest, 'context' | 'server'>): boolean {
  const { extensions } = capabilitiesOf(request) as { extensions?: JsonObject };
  return typeof extensions?.[tasksExtension] === 'object' && extensions[tasksExtension] !== null;
}
