/**
 * Requests of protocol revision 2026-07-28 whose work waits for an answer of the client's. The client gets
 * `input_required` with all open questions, and the work goes on when the same request comes again with its answers.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ServerContext } from '@modelcontextprotocol/server';
import type { JsonObject } from '../downstream/caller.ts';
import type { ExchangeRequest, ExchangeWork } from './asked-client.ts';
import { LastingWork } from './lasting-work.ts';
import { badRequest } from './protocol-error.ts';

/** For a client that can be given an answer later. */
export interface Promotion {
  readonly afterMs: number;
  /** @returns what the request is answered with instead; undefined where the client has to wait */
  promote(work: LastingWork): JsonObject | undefined;
}

class SuspendedCalls {
  readonly #calls = new Map<string, SuspendedCall>();

  async serve(request: ExchangeRequest, work: ExchangeWork, promotion?: Promotion): Promise<JsonObject> {
    const state = request.context.mcpReq.requestState<string>();
    const call = state === undefined ? new SuspendedCall(request, work) : this.#resumed(state, request);
    if (state !== undefined) this.#calls.delete(state);
    const answer = await call.serve(request.context, promotion);
    if (answer !== undefined) return answer;
    // Another one for each round: an answer that comes late or twice finds nothing.
    const next = randomUUID();
    this.#calls.set(next, call);
    const questions = call.suspend(request.askMsMax, () => this.#calls.delete(next));
    return { resultType: 'input_required', inputRequests: questions, requestState: next };
  }

  #resumed(state: unknown, request: ExchangeRequest): SuspendedCall {
    const call = typeof state === 'string' ? this.#calls.get(state) : undefined;
    if (call?.isOf(request)) return call;
    throw badRequest(
      'Invalid or expired requestState: no call waits for these answers. Send the request anew, without it.',
    );
  }
}

/** All of this process, since over HTTP each message has a server object of its own. Found only by what cannot be guessed. */
export const suspendedCalls = new SuspendedCalls();

class SuspendedCall {
  readonly #work: LastingWork;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: ExchangeRequest, work: ExchangeWork) {
    this.#work = new LastingWork(request, work);
  }

  /** True where the message repeats the request, which nobody else is answering right now. */
  isOf({ principal, method, params }: ExchangeRequest): boolean {
    const own = this.#work.request;
    const same = (key: string) => isDeepStrictEqual(params[key], own.params[key]);
    const isSame = principal === own.principal && method === own.method;
    return isSame && !this.#work.isServed && ['name', 'uri', 'arguments'].every(same);
  }

  /** @returns the answer of the work; undefined where the client has to be asked first */
  async serve(context: ServerContext, promotion?: Promotion): Promise<JsonObject | undefined> {
    clearTimeout(this.#timer);
    const work = this.#work;
    work.serve(context);
    work.take(context.mcpReq.inputResponses ?? {});
    const { signal } = context.mcpReq;
    const leave = () => work.abort(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    const late = promotion && after(promotion.afterMs);
    try {
      while (!work.outcome) {
        await Promise.race([work.done, work.asked(), ...(late ? [late.over] : [])]);
        // What is asked at the same time is asked together.
        if (!work.outcome) await new Promise((resolve) => setImmediate(resolve));
        if (!work.outcome && work.questions.length > 0) return undefined;
        const later = !work.outcome && late?.isOver() ? promotion?.promote(work) : undefined;
        if (later) return later;
        if (late?.isOver()) await Promise.race([work.done, work.asked()]);
      }
    } finally {
      late?.stop();
      signal.removeEventListener('abort', leave);
      work.leave();
    }
    if ('error' in work.outcome) throw work.outcome.error;
    return work.outcome.answer;
  }

  /** @param onGone called where the client did not come back in time; then the work was ended */
  suspend(msMax: number, onGone: () => void): Record<string, { method: string; params: JsonObject }> {
    this.#timer = setTimeout(() => {
      onGone();
      this.#work.abort('the client did not answer in time');
      this.#work.rejectQuestions(`the client did not answer within ${msMax / 1_000} s`);
    }, msMax).unref();
    return Object.fromEntries(
      this.#work.questions.map(({ key, method, params }) => [key, { method, params }]),
    );
  }
}

function after(ms: number): { over: Promise<void>; isOver(): boolean; stop(): void } {
  let isOver = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    isOver = true;
    resolve();
  }, ms).unref();
  return { over: promise, isOver: () => isOver, stop: () => clearTimeout(timer) };
}
