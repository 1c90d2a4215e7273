/** What a body has to be before anything looks into it. */
import { PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import { initializeProblem, messageProblem } from '../message-problem.ts';
import { HttpProblem } from './answers.ts';

const invalidRequest = -32_600;
const invalidParams = -32_602;

/** @throws HttpProblem 400 for what is no message of JSON-RPC, or a list with something else in it */
export function checkMessages(body: unknown): void {
  if (!Array.isArray(body)) return checkMessage(body, 'The body');
  if (body.length === 0) {
    throw new HttpProblem(400, 'The body is an empty list.', {
      code: invalidRequest,
      hint: 'Send one message, as an object.',
    });
  }
  for (const [index, message] of body.entries()) checkMessage(message, `Message ${index + 1} of the list`);
}

function checkMessage(message: unknown, what: string): void {
  const problem = messageProblem(message);
  if (problem !== undefined) {
    throw new HttpProblem(400, `${what} is no JSON-RPC message: ${problem}.`, { code: invalidRequest });
  }
  const { method, id, params } = message as { method?: unknown; id?: unknown; params?: unknown };
  if (method !== 'initialize' || id === undefined || isOfNewerEra(params)) return;
  const missing = initializeProblem(params);
  if (missing !== undefined) throw new HttpProblem(400, `initialize: ${missing}.`, { code: invalidParams });
}

/** There the method does not exist. */
function isOfNewerEra(params: unknown): boolean {
  const { _meta: meta } = (params ?? {}) as { _meta?: object };
  return meta !== undefined && PROTOCOL_VERSION_META_KEY in meta;
}
