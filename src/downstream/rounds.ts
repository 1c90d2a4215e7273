/** A request that its server may answer with questions, from 2026-07-28 on: asked, answered, and sent again. */
import { OrchestratorError, type RetrySafe } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { CallUnderWay } from './call-clock.ts';
import { cleanText } from './problem.ts';
import { type Question, refusalText } from './questions.ts';
import type { JsonObject, Session } from './session.ts';

export interface RoundsOptions {
  readonly session: Session;
  readonly call: CallUnderWay;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  /** For errors: `tool "x" of server "y"`. */
  readonly what: () => string;
  readonly server: string;
  readonly tool?: string | undefined;
  readonly retrySafe: RetrySafe;
}

/** Between two rounds of a server that asks nothing but to be called again. */
const pauseMs = 250;

/**
 * @param send one message with these parameters
 * @returns the complete result, without the word that says so
 * @throws OrchestratorError protocol_error where it asks without end, what is no question, or what cannot be answered
 */
export async function inRounds(
  params: JsonObject,
  options: RoundsOptions,
  send: (params: JsonObject) => Promise<JsonObject>,
): Promise<JsonObject> {
  return completed(await send(params), params, options, send);
}

/** True where the server says more of its result than the result: it may not be the last one. */
export function hasResultType(result: JsonObject): boolean {
  return 'resultType' in result;
}

/** `inRounds`, where the first answer is there already. @throws OrchestratorError as it does */
export async function completed(
  first: JsonObject,
  params: JsonObject,
  options: RoundsOptions,
  send: (params: JsonObject) => Promise<JsonObject>,
): Promise<JsonObject> {
  const { limits, what } = options;
  let result = first;
  for (let round = 0; round <= limits.askRoundsMax; round += 1) {
    if (!hasResultType(result)) return result;
    // It belongs to the protocol between the server and us, not to the result.
    const { resultType, ...kept } = result;
    if (resultType === 'complete') return kept;
    if (resultType !== 'input_required') {
      const kind = cleanText(String(resultType), 100);
      throw failed(`${what()} answered with a result of an unknown kind: ${kind}`, options);
    }
    if (round < limits.askRoundsMax)
      result = await send({ ...params, ...(await answersTo(result, options)) });
  }
  throw failed(`${what()} asked back ${limits.askRoundsMax} times and more (askRoundsMax)`, options);
}

async function answersTo(result: JsonObject, options: RoundsOptions): Promise<JsonObject> {
  const { inputRequests, requestState } = result;
  const state = typeof requestState === 'string' ? { requestState } : {};
  const questions = Object.entries((inputRequests ?? {}) as JsonObject);
  if (questions.length === 0) {
    if (!('requestState' in state))
      throw failed(`${options.what()} asks for input without saying which`, options);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return state;
  }
  // One that cannot be answered ends the others.
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  try {
    const answers = await Promise.all(
      questions.map(
        async ([key, question]) => [key, await answerTo(key, question, signal, options)] as const,
      ),
    );
    return { inputResponses: Object.fromEntries(answers), ...state };
  } finally {
    stop.abort();
  }
}

async function answerTo(
  key: string,
  question: unknown,
  signal: AbortSignal,
  options: RoundsOptions,
): Promise<JsonObject> {
  const { method, params } = (question ?? {}) as { [key in keyof Question]?: unknown };
  if (typeof method !== 'string' || (params !== undefined && (typeof params !== 'object' || params === null)))
    throw failed(`${options.what()} asks for input with something that is no question`, options);
  try {
    const asked = { method, params: (params ?? {}) as JsonObject, key };
    return await options.session.questions.answerFor(options.call, asked, signal);
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    throw failed(
      `${options.what()} asked for ${cleanText(method, 100)}, which got no answer: ${refusalText(thrown)}`,
      options,
    );
  }
}

function failed(message: string, { retrySafe, server, tool }: RoundsOptions): OrchestratorError {
  return new OrchestratorError('protocol_error', message, {
    hint: 'Give it everything it needs as arguments, or do without it.',
    retrySafe,
    server,
    ...(tool !== undefined && { tool }),
  });
}
