/** `tasks/get`, `tasks/result`, `tasks/cancel`, `tasks/list` and `tasks/update`: which of them there are depends on the era. */
import { ProtocolError } from '@modelcontextprotocol/server';
import type { JsonObject } from '../downstream/caller.ts';
import { untilAborted } from '../execution/until-aborted.ts';
import { badRequest, missingClientCapability, unknownMethod } from './protocol-error.ts';
import type { IncomingRequest, Served } from './served.ts';
import type { Task } from './task.ts';
import { putQuestions } from './task-questions.ts';
import { type Era, related, seenTask, tasksExtension } from './task-views.ts';
import { knowsTasks, tasks } from './tasks.ts';

export async function getTask(request: IncomingRequest, served: Served): Promise<JsonObject> {
  return seenTask(found(request, served), eraOf(request));
}

/** The result of the call, once it is there. Over HTTP, what the task asks meanwhile is asked with this request. */
export async function taskResult(request: IncomingRequest, served: Served): Promise<JsonObject> {
  if (eraOf(request) === 'modern') throw unknownMethod(request.method);
  const task = found(request, served);
  const { context } = request;
  const { send, signal } = context.mcpReq;
  if (context.http !== undefined) void putQuestions(task, (...question) => send(...question), signal);
  if (!task.hasEnded) await untilAborted(task.ended, signal);
  const { answer, error } = task;
  if (error) throw error;
  if (!answer) throw badRequest('The task was cancelled.');
  return { ...answer, _meta: { ...(answer._meta as object | undefined), ...related(task) } };
}

export async function cancelTask(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const task = found(request, served);
  const wasUnderWay = task.cancel();
  if (eraOf(request) === 'modern') return {};
  if (!wasUnderWay) throw badRequest(`The task has ended (${task.status}): it cannot be cancelled.`);
  return seenTask(task, 'legacy');
}

export async function listTasks(request: IncomingRequest, served: Served): Promise<JsonObject> {
  if (eraOf(request) === 'modern') throw unknownMethod(request.method);
  return { tasks: tasks.of(served.access.caller.principal).map((task) => seenTask(task, 'legacy')) };
}

/** Answers to what the task asks. */
export async function updateTask(request: IncomingRequest, served: Served): Promise<JsonObject> {
  if (eraOf(request) === 'legacy') throw unknownMethod(request.method);
  const { work } = found(request, served);
  work.take(request.context.mcpReq.inputResponses ?? {});
  return {};
}

/** @throws ProtocolError where there is none of this principal's, or the client does not know what tasks are */
function found(request: IncomingRequest, { access }: Served): Task {
  if (eraOf(request) === 'modern' && !knowsTasks(request))
    throw new ProtocolError(
      missingClientCapability,
      `${request.method} is for clients that declare the extension ${tasksExtension}.`,
      { requiredCapabilities: { extensions: { [tasksExtension]: {} } } },
    );
  return tasks.find(request.params.taskId, access.caller.principal);
}

function eraOf({ context }: Pick<IncomingRequest, 'context'>): Era {
  return context.mcpReq.envelope === undefined ? 'legacy' : 'modern';
}
