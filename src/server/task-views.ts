/** A task as clients of either era see it. */
import type { JsonObject } from '../downstream/caller.ts';
import type { Task } from './task.ts';

export const tasksExtension = 'io.modelcontextprotocol/tasks';
export type Era = 'legacy' | 'modern';

/** How often it is worth asking. */
const pollMs = 500;

/** In answer to the call that it stands for. */
export function createdTask(task: Task, era: Era): JsonObject {
  return era === 'modern' ? { resultType: 'task', ...modernTask(task) } : { task: legacyTask(task) };
}

/** In answer to `tasks/get`; from 2026-07-28 on with all that there is of it. */
export function seenTask(task: Task, era: Era): JsonObject {
  if (era === 'legacy') return legacyTask(task);
  const { answer, error, status, work } = task;
  const questions = work.questions.map(({ key, method, params }) => [key, { method, params }] as const);
  return {
    ...modernTask(task),
    ...(answer && { result: { resultType: 'complete', ...answer } }),
    ...(error && {
      error: {
        code: error.code,
        message: error.message,
        ...(error.data !== undefined && { data: error.data }),
      },
    }),
    ...(status === 'input_required' && { inputRequests: Object.fromEntries(questions) }),
  };
}

/** What belongs to a task says so. */
export function related({ id }: Task): JsonObject {
  return { 'io.modelcontextprotocol/related-task': { taskId: id } };
}

function modernTask({ id, status, createdAt, updatedAt, msMax }: Task): JsonObject {
  return {
    ...{ taskId: id, status, createdAt: createdAt.toISOString(), lastUpdatedAt: updatedAt.toISOString() },
    ...{ ttlMs: msMax, pollIntervalMs: pollMs },
  };
}

function legacyTask({ id, status, answer, createdAt, updatedAt, msMax }: Task): JsonObject {
  // A tool that says it failed is a task that failed, in that era.
  const seen = answer?.isError === true ? 'failed' : status;
  return {
    ...{
      taskId: id,
      status: seen,
      createdAt: createdAt.toISOString(),
      lastUpdatedAt: updatedAt.toISOString(),
    },
    ...{ ttl: msMax, pollInterval: pollMs },
  };
}
