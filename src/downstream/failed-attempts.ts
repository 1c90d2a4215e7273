/** Attempts to reach a server that failed one after the other: how long the next one has to wait, and what is said meanwhile. */
import { OrchestratorError } from '../errors.ts';

/** After a failure, an attempt that somebody waits for is let through again this soon: whoever mends a server tries it. */
const foregroundPauseMs = 1_000;

export class FailedAttempts {
  readonly #server: string;
  readonly #pauseMsMax: number;
  #last: { error: OrchestratorError; atMs: number; count: number } | undefined;

  constructor(server: string, { reconnectMsMax }: { reconnectMsMax: number }) {
    this.#server = server;
    this.#pauseMsMax = reconnectMsMax;
  }

  add(error: OrchestratorError): void {
    this.#last = { error, atMs: performance.now(), count: (this.#last?.count ?? 0) + 1 };
  }

  clear(): void {
    this.#last = undefined;
  }

  /** @throws OrchestratorError server_unavailable where the pause is not over: a growing one where nobody waits (`background`) */
  refuseTooSoon({ background, tool }: { background?: boolean | undefined; tool?: string | undefined }): void {
    if (!this.#last) return;
    const { error, atMs, count } = this.#last;
    const growingMs = Math.min(foregroundPauseMs * 2 ** (count - 1), this.#pauseMsMax);
    const pauseMs = background ? growingMs : Math.min(growingMs, foregroundPauseMs);
    const waitMs = atMs + pauseMs - performance.now();
    if (waitMs <= 0) return;
    const message = `${error.message} (the next attempt is possible in ${(waitMs / 1_000).toFixed(1)} s)`;
    throw new OrchestratorError('server_unavailable', message, {
      retrySafe: 'yes',
      server: this.#server,
      tool,
      hint: error.hint,
      cause: error,
    });
  }
}
