/** What a client may ask of us, by method. */
import type { JsonObject } from '../downstream/caller.ts';
import { isLogLevel, setLogLevel } from './log-levels.ts';
import {
  complete,
  getPrompt,
  listPrompts,
  listResources,
  listResourceTemplates,
  readResource,
  subscribe,
  unsubscribe,
} from './offer-requests.ts';
import { badRequest, requestFailed, unknownMethod } from './protocol-error.ts';
import { type Answer, type IncomingCall, type IncomingRequest, type Served, viewOf } from './served.ts';
import { cancelTask, getTask, listTasks, taskResult, updateTask } from './task-requests.ts';
import { callTool, listTools } from './tool-requests.ts';

const methods: Readonly<Record<string, Answer>> = {
  'tools/list': listTools,
  'tools/call': callTool,
  'prompts/list': listPrompts,
  'prompts/get': getPrompt,
  'resources/list': listResources,
  'resources/templates/list': listResourceTemplates,
  'resources/read': readResource,
  'resources/subscribe': subscribe,
  'resources/unsubscribe': unsubscribe,
  'completion/complete': complete,
  'logging/setLevel': setLevel,
  'tasks/get': getTask,
  'tasks/result': taskResult,
  'tasks/cancel': cancelTask,
  'tasks/list': listTasks,
  'tasks/update': updateTask,
};

/** False for what is answered by an error only. */
export function isAnswered(method: string): boolean {
  return Object.hasOwn(methods, method);
}

/** @throws ProtocolError, which the SDK sends as the error that it is */
export async function answerRequest(request: IncomingRequest, served: Served): Promise<JsonObject> {
  const answer = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (!answer) throw unknownMethod(request.method);
  try {
    return await answer(request, served);
  } catch (error) {
    throw requestFailed(error);
  }
}

/** `tools/call` alone. @throws ProtocolError */
export async function answerCall(call: IncomingCall, served: Served): Promise<JsonObject> {
  try {
    return await callTool(call, served);
  } catch (error) {
    throw requestFailed(error);
  }
}

async function setLevel({ params, server }: IncomingRequest, served: Served): Promise<JsonObject> {
  const { level } = params;
  if (!isLogLevel(level)) throw badRequest(`There is no log level ${JSON.stringify(level)}.`);
  setLogLevel(server, level);
  if (served.config.mode !== 'orchestrator') (await viewOf(served)).offers.setLogLevel(level);
  return {};
}
