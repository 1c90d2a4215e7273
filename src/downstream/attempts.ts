/** Requests of one server: each over the session there is, and over another one where that is lost and it does no harm. */
import type { ServerConfig } from '../config/types.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { onBehalfOf } from './auth/caller-context.ts';
import { isPersonal } from './auth/forwarded-headers.ts';
import { type CallContext, callFailure } from './call-failure.ts';
import type { Caller } from './caller.ts';
import type { Redact } from './problem.ts';
import { RetryPauses } from './retry-pauses.ts';
import type { Session } from './session.ts';
import type { OpenOptions, SessionKeeper } from './session-keeper.ts';

export interface AttemptsOptions {
  readonly config: ServerConfig;
  readonly limits: Limits;
  readonly log: Log;
  readonly redact: Redact;
  readonly keeper: SessionKeeper;
  readonly onRetry?: ((server: string) => void) | undefined;
}

export interface AttemptOptions extends Pick<CallContext, 'repeatable' | 'request'>, OpenOptions {
  /** Absent for what nobody asked for. */
  readonly caller?: Caller | undefined;
}

export class Attempts {
  readonly #options: AttemptsOptions;
  /** True where the server is to know on whose behalf it is called. */
  readonly #isPersonal: boolean;
  #underWay = 0;
  #usedAtMs = 0;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#isPersonal = isPersonal(options.config);
  }

  get areUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** When somebody last waited for one to end, by `performance.now()`. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  /**
   * Once, and again, up to limits.retriesMax, where it surely was not sent, or `repeatable`.
   * @throws OrchestratorError
   */
  run<T>(call: AttemptOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const { caller } = call;
    if (caller && this.#isPersonal) return onBehalfOf(caller, () => this.#run(call, work));
    const { live } = this.#options.keeper;
    if (!live || call.signal?.aborted) return this.#run(call, work);
    // Nearly always the first attempt is the only one: only another pays for the loop.
    this.#underWay += 1;
    const first = work(live);
    return first.then(
      (result) => {
        this.#ended(call);
        return result;
      },
      () => {
        this.#underWay -= 1;
        return this.#run(call, work, { session: live, outcome: first });
      },
    );
  }

  /** @param made an attempt that was made already */
  async #run<T>(
    call: AttemptOptions,
    work: (session: Session) => Promise<T>,
    made?: { session: Session; outcome: Promise<T> },
  ): Promise<T> {
    const { config, limits, log, keeper } = this.#options;
    const { tool, signal } = call;
    let pauses: RetryPauses | undefined;
    let first = made;
    this.#underWay += 1;
    try {
      for (;;) {
        let session = first?.session ?? keeper.live;
        if (!session) {
          pauses ??= new RetryPauses(limits.retriesMax);
          session = await this.#open(call, pauses);
        }
        if (signal?.aborted && !first) throw keeper.abortedBeforeSending(tool);
        const outcome = first?.outcome;
        first = undefined;
        try {
          return await (outcome ?? work(session));
        } catch (thrown) {
          const { error, isLost, mayRepeat, retryAfterMs } = this.#failure(thrown, call, session);
          pauses ??= new RetryPauses(limits.retriesMax);
          // A server that has too much to do is given time.
          if (!mayRepeat || !(await pauses.wait({ atOnce: isLost, signal, leastMs: retryAfterMs })))
            throw error;
          log.info({ server: config.name, tool, problem: error.message }, 'sending a request again');
          this.#options.onRetry?.(config.name);
        }
      }
    } finally {
      this.#ended(call);
    }
  }

  #ended({ background }: AttemptOptions): void {
    this.#underWay -= 1;
    if (!background) this.#usedAtMs = performance.now();
  }

  /** Asks whether the server is there, and connects anew where it is not, or was not any more. Never rejects. */
  async checkHealth(): Promise<void> {
    const { config, limits, log, keeper } = this.#options;
    const { live } = keeper;
    try {
      await live?.ping(Math.min(limits.healthMsMax, config.connectMsMax));
    } catch (thrown) {
      if (!live) return;
      const call = { tool: undefined, request: 'ping', repeatable: true, signal: undefined };
      const { error } = this.#failure(thrown, call, live);
      // Whatever else it answered, it is there.
      if (error.code === 'call_timeout') keeper.lose(live, error);
      if (keeper.live) return;
      log.warn({ server: config.name, problem: error.message }, 'a server did not answer: connecting anew');
    }
    if (keeper.state.state === 'failed') await keeper.open({ background: true }).catch(() => {});
  }

  #failure(
    thrown: unknown,
    { tool, request, signal, repeatable }: AttemptOptions,
    session: Session,
  ): { error: OrchestratorError; isLost: boolean; mayRepeat: boolean; retryAfterMs?: number | undefined } {
    if (thrown instanceof OrchestratorError) return { error: thrown, isLost: false, mayRepeat: false };
    const { config, limits, redact, keeper } = this.#options;
    const { closeReason } = keeper;
    const {
      error,
      isLost,
      wasNotSent,
      retryAfterMs = 0,
    } = callFailure(thrown, {
      ...{ config, limits, redact, tool, request, repeatable, session, signal, closeReason },
    });
    if (isLost) keeper.lose(session, error);
    const isSoon = retryAfterMs <= limits.retryAfterMsMax;
    const mayRepeat = (wasNotSent || (isLost && repeatable)) && isSoon && !keeper.isClosed;
    return { error, isLost, mayRepeat, retryAfterMs };
  }

  /** A server that was reached before may be about to come back; one that never was is more likely to be set up wrongly. */
  async #open(call: AttemptOptions, pauses: RetryPauses): Promise<Session> {
    const { config, log, keeper } = this.#options;
    const startedAt = performance.now();
    for (let isRepeat = false; ; isRepeat = true) {
      try {
        return await keeper.open({ ...call, isRepeat });
      } catch (error) {
        const mayRepeat =
          keeper.wasReached &&
          !keeper.isClosed &&
          !call.background &&
          isFailedAttempt(error) &&
          performance.now() - startedAt < config.connectMsMax;
        if (!mayRepeat || !(await pauses.wait({ atOnce: false, signal: call.signal }))) throw error;
        log.info({ server: config.name, problem: error.message }, 'connecting again');
        this.#options.onRetry?.(config.name);
      }
    }
  }
}

/** Not where an earlier one is only told of again. */
function isFailedAttempt(error: unknown): error is OrchestratorError {
  return (
    error instanceof OrchestratorError &&
    error.code === 'server_unavailable' &&
    !(error.cause instanceof OrchestratorError)
  );
}
