/** Tells whoever counts of runs and calls that have ended, and of requests that are sent again. Costs nothing where nobody listens. */
import type { ErrorCode } from '../errors.ts';
import type { RunStatus } from './run-result.ts';

export interface RunEvent {
  readonly status: RunStatus;
  readonly ms: number;
}

export interface CallEvent {
  readonly server: string;
  /** `ok`, `tool_failed` for a result that says so, or why there was none. */
  readonly outcome: 'ok' | ErrorCode;
  readonly ms: number;
}

export class Telemetry {
  readonly #runs = new Set<(event: RunEvent) => void>();
  readonly #calls = new Set<(event: CallEvent) => void>();
  readonly #retries = new Set<(server: string) => void>();

  onRun(listener: (event: RunEvent) => void): void {
    this.#runs.add(listener);
  }

  onCall(listener: (event: CallEvent) => void): void {
    this.#calls.add(listener);
  }

  onRetry(listener: (server: string) => void): void {
    this.#retries.add(listener);
  }

  runEnded(event: RunEvent): void {
    for (const listener of this.#runs) listener(event);
  }

  callEnded(event: CallEvent): void {
    for (const listener of this.#calls) listener(event);
  }

  retried(server: string): void {
    for (const listener of this.#retries) listener(server);
  }
}
