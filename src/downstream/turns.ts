/** Whose turn it is at one server: so many at once, so many waiting in order of arrival, nobody while it is left alone. */
import type { ServerConfig } from '../config/types.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { AttemptOptions, Attempts } from './attempts.ts';
import { Breaker } from './breaker.ts';
import type { CallStats } from './call-stats.ts';
import { Gate } from './gate.ts';
import type { Session } from './session.ts';
import type { SessionKeeper } from './session-keeper.ts';

export interface TurnsOptions {
  readonly config: ServerConfig;
  readonly limits: Limits;
  readonly attempts: Attempts;
  readonly keeper: SessionKeeper;
  /** Is told how calls of tools went. */
  readonly stats: CallStats;
}

export class Turns {
  readonly breaker: Breaker;
  readonly #options: TurnsOptions;
  readonly #gate: Gate;

  constructor(options: TurnsOptions) {
    const { config, limits } = options;
    this.#options = options;
    this.breaker = new Breaker(config.name, limits);
    this.#gate = new Gate(config.callsMax, limits.callsQueuedMax);
  }

  /** @throws OrchestratorError limit_exceeded where too many wait already, server_unavailable while the server is left alone */
  run<T>(call: AttemptOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    if (this.breaker.isOpen || !this.#gate.tryEnter()) return this.#inTurn(call, work, startedAt);
    return this.#admitted(call, this.#options.attempts.run(call, work), startedAt);
  }

  async #inTurn<T>(
    call: AttemptOptions,
    work: (session: Session) => Promise<T>,
    startedAt: number,
  ): Promise<T> {
    const { tool, signal } = call;
    this.breaker.refuseWhileResting(tool);
    if (!this.#gate.tryEnter()) await this.#wait(tool, signal);
    return this.#admitted(call, this.#guarded(call, work), startedAt);
  }

  /** What has come in, until it leaves. */
  #admitted<T>({ tool }: AttemptOptions, outcome: Promise<T>, startedAt: number): Promise<T> {
    const { breaker } = this;
    const { stats } = this.#options;
    const { counted } = breaker;
    return outcome.then(
      (result) => {
        if (tool !== undefined) stats.answered(performance.now() - startedAt);
        breaker.succeeded();
        this.#gate.leave();
        return result;
      },
      async (error) => {
        if (tool !== undefined) stats.failed(messageOf(error));
        await breaker.failed(error, counted).finally(() => this.#gate.leave());
        throw error;
      },
    );
  }

  #guarded<T>(call: AttemptOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const { attempts, keeper } = this.#options;
    if (!this.breaker.isOpen) return attempts.run(call, work);
    const { tool, signal } = call;
    const aborted = () => keeper.abortedBeforeSending(tool);
    return this.breaker.probe({ tool, signal, aborted }, () => attempts.run(call, work));
  }

  async #wait(tool: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { config, limits, keeper } = this.#options;
    const { name, callsMax } = config;
    if (!this.#gate.isFull) {
      if (await this.#gate.enter(signal)) return;
      throw keeper.abortedBeforeSending(tool);
    }
    const underWay = `${callsMax} ${callsMax === 1 ? 'call is' : 'calls are'} under way`;
    throw new OrchestratorError(
      'limit_exceeded',
      `server "${name}": ${underWay} and ${limits.callsQueuedMax} wait; no more may wait (limits.callsQueuedMax)`,
      {
        hint: 'Nothing was done. Call again when some have ended, call less at once, or raise "concurrency" of the server.',
        retrySafe: 'yes',
        server: name,
        tool,
      },
    );
  }
}
