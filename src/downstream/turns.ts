/** Whose turn it is at one server: so many calls at once, so many waiting in order of arrival, and no more. */
import type { ServerConfig } from '../config/types.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { Gate } from './gate.ts';

export class Turns {
  readonly #config: ServerConfig;
  readonly #waitingMax: number;
  readonly #gate: Gate;

  constructor(config: ServerConfig, { callsQueuedMax }: Limits) {
    this.#config = config;
    this.#waitingMax = callsQueuedMax;
    this.#gate = new Gate(config.callsMax, callsQueuedMax);
  }

  /** True where it is its turn at once: then there is nothing to wait for. Each turn needs one `end`. */
  tryBegin(): boolean {
    return this.#gate.tryEnter();
  }

  /**
   * @returns false where the signal fired first
   * @throws OrchestratorError limit_exceeded where too many wait already
   */
  async begin(tool: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#gate.isFull) return this.#gate.enter(signal);
    const { name, callsMax } = this.#config;
    const underWay = `${callsMax} ${callsMax === 1 ? 'call is' : 'calls are'} under way`;
    throw new OrchestratorError(
      'limit_exceeded',
      `server "${name}": ${underWay} and ${this.#waitingMax} wait; no more may wait (limits.callsQueuedMax)`,
      {
        hint: 'Nothing was done. Call again when some have ended, call less at once, or raise "concurrency" of the server.',
        retrySafe: 'yes',
        server: name,
        tool,
      },
    );
  }

  end(): void {
    this.#gate.leave();
  }
}
