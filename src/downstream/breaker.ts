/**
 * Gives a server that fails call after call a rest: for a while calls are refused at once, instead of each waiting for its
 * timeout; then one is let through, and decides. The state machine is cockatiel's, loaded at the first failure; as long
 * as nothing fails, a call pays for one look at a field.
 */
import type { CircuitBreakerPolicy } from 'cockatiel';
import { type ErrorCode, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { authErrorIn } from './auth/auth-error.ts';
import { httpStatusOf } from './connect-problem.ts';

/** What a server is while it is not just called: left alone, or about to be tried by one call. */
export interface BreakerState {
  readonly state: 'open' | 'half_open';
  /** What happened and what to do, in sentences. */
  readonly problem: string;
}

interface Trip {
  readonly policy: CircuitBreakerPolicy;
  openedAtMs: number;
}

export class Breaker {
  readonly #server: string;
  readonly #limits: Pick<Limits, 'breakerFailures' | 'breakerRestMs'>;
  #trip: Trip | undefined;
  #lastError: OrchestratorError | undefined;
  #counted = 0;
  /** Failures that the policy is told of. */
  readonly #counting = new WeakSet<Error>();

  constructor(server: string, limits: Pick<Limits, 'breakerFailures' | 'breakerRestMs'>) {
    this.#server = server;
    this.#limits = limits;
  }

  /** How many failures were counted so far; what `failed` wants to know of the time when its call began. */
  get counted(): number {
    return this.#counted;
  }

  /** True where calls have to go through `probe`. */
  get isOpen(): boolean {
    // 0 is cockatiel's Closed, whose enum would have to be loaded.
    return this.#trip !== undefined && this.#trip.policy.state !== 0;
  }

  get state(): BreakerState | undefined {
    if (!this.#trip || !this.isOpen) return undefined;
    const restMs = this.#restMs(this.#trip);
    const { breakerFailures } = this.#limits;
    const failed =
      breakerFailures === 1 ? 'a call failed' : `${breakerFailures} calls in a row failed, the last one`;
    const because = `${failed}: ${this.#lastError?.message ?? 'unknown'}`;
    return restMs > 0
      ? {
          state: 'open',
          problem: `It is not called for ${(restMs / 1_000).toFixed(1)} s, because ${because}. Use other servers meanwhile, or call again then.`,
        }
      : { state: 'half_open', problem: `The next call tries it again, after ${because}.` };
  }

  /** @throws OrchestratorError server_unavailable while the server is left alone */
  refuseWhileResting(tool: string | undefined): void {
    if (this.#trip && this.#restMs(this.#trip) > 0 && this.isOpen) throw this.#refusal(tool);
  }

  /**
   * Where `isOpen`: one call is let through when the rest is over, the others wait for how it ends.
   *
   * @param caller.aborted what is thrown where the signal fires before the work has begun
   * @throws OrchestratorError server_unavailable while the server is left alone; whatever the work throws
   */
  async probe<T>(
    caller: { tool: string | undefined; signal: AbortSignal | undefined; aborted(): Error },
    work: () => Promise<T>,
  ): Promise<T> {
    if (!this.#trip) return work();
    const { signal, tool } = caller;
    let giveUp = () => {};
    const begin = () => {
      signal?.removeEventListener('abort', giveUp);
      return work();
    };
    try {
      return await new Promise<T>((resolve, reject) => {
        giveUp = () => reject(caller.aborted());
        signal?.addEventListener('abort', giveUp, { once: true });
        this.#trip?.policy.execute(begin).then(resolve, reject);
      });
    } catch (thrown) {
      const isRefusal = thrown instanceof Error && 'isBrokenCircuitError' in thrown;
      throw isRefusal ? this.#refusal(tool) : thrown;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** A call was answered: failures are no longer in a row. */
  succeeded(): void {
    if (this.#trip && !this.isOpen) this.#trip = undefined;
  }

  /**
   * @param countedBefore what `counted` was when the call began: a server that ends takes all calls under way along, and
   * only one of them counts. Of those that were not answered in time each does: each has waited.
   */
  async failed(error: unknown, countedBefore: number): Promise<void> {
    const verdict = verdictOf(error);
    if (verdict === 'answered') this.succeeded();
    if (verdict !== 'failed' || this.#limits.breakerFailures === 0) return;
    const failure = error as OrchestratorError;
    this.#lastError = failure;
    // A failed probe was counted by the policy.
    if (this.isOpen || (countedBefore !== this.#counted && failure.code !== 'call_timeout')) return;
    this.#counted += 1;
    const trip = this.#trip ?? (await this.#newTrip());
    this.#trip ??= trip;
    this.#counting.add(failure);
    await this.#trip.policy.execute(() => Promise.reject(failure)).catch(() => {});
  }

  async #newTrip(): Promise<Trip> {
    const { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } = await import('cockatiel');
    const { breakerFailures, breakerRestMs } = this.#limits;
    // Of a probe that was cancelled nothing is known, so the server is not back yet. Others are counted by `failed`.
    const isFailure = (error: unknown): boolean =>
      policy.state === CircuitState.HalfOpen
        ? verdictOf(error) !== 'answered'
        : this.#counting.has(error as Error);
    const policy: CircuitBreakerPolicy = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: breakerRestMs,
      breaker: new ConsecutiveBreaker(breakerFailures),
    });
    const trip: Trip = { policy, openedAtMs: 0 };
    policy.onBreak(() => {
      trip.openedAtMs = Date.now();
    });
    return trip;
  }

  #restMs({ openedAtMs }: Trip): number {
    return openedAtMs + this.#limits.breakerRestMs - Date.now();
  }

  #refusal(tool: string | undefined): OrchestratorError {
    const { problem } = this.state ?? { problem: 'It is being tried by another call. Call again then.' };
    return new OrchestratorError(
      'server_unavailable',
      `server "${this.#server}" was not called. ${problem}`,
      {
        hint: 'Nothing was done.',
        retrySafe: 'yes',
        outcome: 'failed',
        server: this.#server,
        tool,
        cause: this.#lastError,
      },
    );
  }
}

const answeredCodes: readonly ErrorCode[] = ['protocol_error', 'result_too_large', 'client_aborted'];
const failedCodes: readonly ErrorCode[] = ['server_unavailable', 'connection_lost', 'call_timeout'];

/** What an error says of its server: that it is there, that it or the way to it is not, or nothing. */
function verdictOf(error: unknown): 'answered' | 'failed' | 'nothing' {
  if (!(error instanceof OrchestratorError)) return 'nothing';
  const { code, cause } = error;
  // The repetition of an earlier failure, without another attempt.
  if (cause instanceof OrchestratorError || authErrorIn(cause)) return 'nothing';
  const status = httpStatusOf(cause instanceof Error && cause.cause ? cause.cause : cause);
  if (status === 401 || status === 403 || answeredCodes.includes(code)) return 'answered';
  return failedCodes.includes(code) ? 'failed' : 'nothing';
}
