/**
 * Requests of protocol revision 2026-07-28 whose work waits for an answer of the client's. The client gets
 * `input_required` with all open questions, and the work goes on when the same request comes again with its answers.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { CLIENT_CAPABILITIES_META_KEY, type ServerContext } from '@modelcontextprotocol/server';
import type { CallerClient, JsonObject } from '../downstream/caller.ts';
import { clientMethods, type ExchangeRequest, type ExchangeWork, logTo } from './asked-client.ts';
import { logLevelOf } from './log-levels.ts';
import { badRequest } from './protocol-error.ts';

interface Question {
  readonly method: string;
  readonly params: JsonObject;
  readonly resolve: (answer: JsonObject) => void;
  readonly reject: (error: Error) => void;
}

/** Of a server's word for a question that may go on to the client as it is. */
const keyPattern = /^[A-Za-z0-9][\w.-]{0,63}$/;

class SuspendedCalls {
  readonly #calls = new Map<string, SuspendedCall>();

  async serve(request: ExchangeRequest, work: ExchangeWork): Promise<JsonObject> {
    const state = request.context.mcpReq.requestState<string>();
    const call = state === undefined ? new SuspendedCall(request, work) : this.#resumed(state, request);
    if (state !== undefined) this.#calls.delete(state);
    const answer = await call.serve(request.context);
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
  readonly #request: ExchangeRequest;
  readonly #ender = new AbortController();
  readonly #questions = new Map<string, Question>();
  readonly #done: Promise<void>;
  #outcome: { answer: JsonObject } | { error: unknown } | undefined;
  /** The message being served; undefined while none is. */
  #round: ServerContext | undefined;
  #timer: NodeJS.Timeout | undefined;
  #questionsAsked = 0;
  #onQuestion = () => {};

  constructor(request: ExchangeRequest, work: ExchangeWork) {
    this.#request = request;
    this.#round = request.context;
    const context = this.#lastingContext();
    this.#done = work({ context, client: this.#client(context) }).then(
      (answer) => {
        this.#outcome = { answer };
      },
      (error: unknown) => {
        this.#outcome = { error };
      },
    );
  }

  /** True where the message repeats the request, which nobody else is answering right now. */
  isOf({ principal, method, params }: ExchangeRequest): boolean {
    const own = this.#request;
    const same = (key: string) => isDeepStrictEqual(params[key], own.params[key]);
    const isSame = principal === own.principal && method === own.method;
    return isSame && this.#round === undefined && ['name', 'uri', 'arguments'].every(same);
  }

  /** @returns the answer of the work; undefined where the client has to be asked first */
  async serve(context: ServerContext): Promise<JsonObject | undefined> {
    clearTimeout(this.#timer);
    this.#round = context;
    this.#take(context.mcpReq.inputResponses ?? {});
    const { signal } = context.mcpReq;
    const leave = () => this.#ender.abort(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      while (!this.#outcome) {
        await Promise.race([this.#done, this.#asked()]);
        // What is asked at the same time is asked together.
        if (!this.#outcome) await new Promise((resolve) => setImmediate(resolve));
        if (!this.#outcome && this.#questions.size > 0) return undefined;
      }
    } finally {
      signal.removeEventListener('abort', leave);
      this.#round = undefined;
    }
    if ('error' in this.#outcome) throw this.#outcome.error;
    return this.#outcome.answer;
  }

  /** @param onGone called where the client did not come back in time; then the work was ended */
  suspend(msMax: number, onGone: () => void): Record<string, { method: string; params: JsonObject }> {
    this.#timer = setTimeout(() => {
      onGone();
      this.#ender.abort('the client did not answer in time');
      for (const { reject } of this.#questions.values())
        reject(new Error(`the client did not answer within ${msMax / 1_000} s`));
    }, msMax).unref();
    return Object.fromEntries(
      [...this.#questions].map(([key, { method, params }]) => [key, { method, params }]),
    );
  }

  #take(answers: Record<string, unknown>): void {
    for (const [key, answer] of Object.entries(answers)) {
      const question = this.#questions.get(key);
      this.#questions.delete(key);
      question?.resolve(answer as JsonObject);
    }
  }

  #asked(): Promise<void> {
    if (this.#questions.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onQuestion = resolve;
    });
  }

  #ask(method: string, params: JsonObject, signal: AbortSignal, wanted?: string): Promise<JsonObject> {
    const key = this.#freeKey(wanted);
    return new Promise((resolve, reject) => {
      const withdraw = () => {
        this.#questions.delete(key);
        reject(new Error('the question was withdrawn'));
      };
      if (signal.aborted || this.#outcome) return withdraw();
      signal.addEventListener('abort', withdraw, { once: true });
      const settled = () => signal.removeEventListener('abort', withdraw);
      this.#questions.set(key, {
        method,
        params,
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.#onQuestion();
    });
  }

  #freeKey(wanted: string | undefined): string {
    if (wanted !== undefined && keyPattern.test(wanted) && !this.#questions.has(wanted)) return wanted;
    for (;;) {
      this.#questionsAsked += 1;
      const key = `question-${this.#questionsAsked}`;
      if (!this.#questions.has(key)) return key;
    }
  }

  #client(context: ServerContext): CallerClient {
    const envelope: JsonObject = context.mcpReq.envelope ?? {};
    const capabilities = (envelope[CLIENT_CAPABILITIES_META_KEY] ?? {}) as JsonObject;
    return {
      // Over HTTP nobody knows whether two requests come from one client.
      place: context.http === undefined ? this.#request.server : this,
      logLevel: logLevelOf(this.#request.server, context),
      ...clientMethods(capabilities, (method, params, signal, key) => this.#ask(method, params, signal, key)),
      log: (params) => logTo(context, params),
    };
  }

  /** Speaks to whichever message is being served, and to nobody in between. */
  #lastingContext(): ServerContext {
    const first = this.#request.context;
    const round = () => this.#round?.mcpReq;
    const mcpReq = {
      ...first.mcpReq,
      signal: this.#ender.signal,
      notify: async (notification) => round()?.notify(notification),
      log: async (level, data, logger) => round()?.log(level, data, logger),
    } satisfies ServerContext['mcpReq'];
    // Each message has a progress token of its own.
    Object.defineProperty(mcpReq, '_meta', { get: () => round()?._meta });
    return { ...first, mcpReq };
  }
}
