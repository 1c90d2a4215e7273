/** Work on a request that may take more messages than the one it began with: its questions to the client, and its outcome. */
import { CLIENT_CAPABILITIES_META_KEY, type ServerContext } from '@modelcontextprotocol/server';
import type { CallerClient, JsonObject } from '../downstream/caller.ts';
import { clientMethods, type ExchangeRequest, type ExchangeWork, logTo, pageDoneAt } from './asked-client.ts';
import { logLevelOf } from './log-levels.ts';

/** One that the client has not answered. */
export interface Question {
  readonly key: string;
  readonly method: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  /** It is on its way to the client. */
  isSent: boolean;
  resolve(answer: JsonObject): void;
  reject(error: Error): void;
}

export type Outcome = { readonly answer: JsonObject } | { readonly error: unknown };

/** Of a server's word for a question that may go on to the client as it is. */
const keyPattern = /^[A-Za-z0-9][\w.-]{0,63}$/;

export class LastingWork {
  readonly request: ExchangeRequest;
  /** Resolves when there is an outcome; never rejects. */
  readonly done: Promise<void>;
  /** Called whenever a question comes or goes, and at the end. */
  onChange = () => {};
  readonly #ender = new AbortController();
  readonly #questions = new Map<string, Question>();
  readonly #waiting = new Set<() => void>();
  #outcome: Outcome | undefined;
  /** The message being served; undefined while none is. */
  #round: ServerContext | undefined;
  #questionsAsked = 0;
  #questionMsMax: number | undefined;

  constructor(request: ExchangeRequest, work: ExchangeWork) {
    this.request = request;
    this.#round = request.context;
    const context = this.#lastingContext();
    const end = (outcome: Outcome) => {
      this.#outcome = outcome;
      this.onChange();
    };
    this.done = work({ context, client: this.#client(context) }).then(
      (answer) => end({ answer }),
      (error: unknown) => end({ error }),
    );
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Those that are open. */
  get questions(): readonly Question[] {
    return [...this.#questions.values()];
  }

  /** True where a message is being served. */
  get isServed(): boolean {
    return this.#round !== undefined;
  }

  /** From here on the work speaks to this message: progress, log lines. */
  serve(context: ServerContext): void {
    this.#round = context;
  }

  /** From here on it speaks to nobody. */
  leave(): void {
    this.#round = undefined;
  }

  /** Resolves as soon as a question is open that was not sent. */
  asked(): Promise<void> {
    if (this.questions.some(({ isSent }) => !isSent)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** What the client answers, by the questions' keys; what was not asked is left aside. */
  take(answers: Readonly<Record<string, unknown>>): void {
    for (const [key, answer] of Object.entries(answers))
      this.#questions.get(key)?.resolve(answer as JsonObject);
  }

  /** Nobody waits for the questions with a message of their own: from here on each has its own time. */
  limitQuestions(msMax: number): void {
    this.#questionMsMax = msMax;
  }

  abort(reason?: unknown): void {
    this.#ender.abort(reason);
  }

  /** Nobody will answer. */
  rejectQuestions(reason: string): void {
    for (const { reject } of this.questions) reject(new Error(reason));
  }

  #ask(method: string, params: JsonObject, signal: AbortSignal, wanted?: string): Promise<JsonObject> {
    const key = this.#freeKey(wanted);
    const msMax = this.#questionMsMax;
    return new Promise((resolve, reject) => {
      if (signal.aborted || this.#outcome) return reject(new Error('the question was withdrawn'));
      let timer: NodeJS.Timeout | undefined;
      const settled = <Value>(settle: (value: Value) => void) => {
        return (value: Value) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', withdraw);
          this.#questions.delete(key);
          settle(value);
          this.onChange();
        };
      };
      const question = { key, method, params, signal, isSent: false };
      const fail = settled(reject);
      const withdraw = () => fail(new Error('the question was withdrawn'));
      signal.addEventListener('abort', withdraw, { once: true });
      if (msMax !== undefined)
        timer = setTimeout(
          () => fail(new Error(`the client did not answer within ${msMax / 1_000} s`)),
          msMax,
        ).unref();
      this.#questions.set(key, { ...question, resolve: settled(resolve), reject: fail });
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
      this.onChange();
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
    const { server } = this.request;
    const isModern = context.mcpReq.envelope !== undefined;
    return {
      // Over HTTP nobody knows whether two requests come from one client.
      place: context.http === undefined ? server : this,
      logLevel: logLevelOf(server, context),
      ...clientMethods(capabilitiesOf(this.request), (method, params, signal, key) =>
        this.#ask(method, params, signal, key),
      ),
      log: (params) => logTo(context, params),
      ...(!isModern && pageDoneAt(server)),
    };
  }

  /** Speaks to whichever message is being served, and to nobody in between. */
  #lastingContext(): ServerContext {
    const first = this.request.context;
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

/** What the client of a request said of itself: with each request from 2026-07-28 on, when it connected before that. */
export function capabilitiesOf({ context, server }: Pick<ExchangeRequest, 'context' | 'server'>): JsonObject {
  const { envelope } = context.mcpReq;
  if (envelope === undefined) return { ...server.getClientCapabilities() };
  return ((envelope as JsonObject)[CLIENT_CAPABILITIES_META_KEY] ?? {}) as JsonObject;
}
