/** What `doctor` finds: one line a look, with what to do where it is not as it should be. */

export interface Look {
  /** What was looked at. */
  readonly step: string;
  readonly verdict: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** For all but `ok`. */
  readonly fix?: string;
}

export interface Diagnosis {
  /** A server's name, or a part of ours. */
  readonly subject: string;
  readonly kind: 'server' | 'orchestrator' | 'client';
  readonly looks: readonly Look[];
}

export function ok(step: string, message: string): Look {
  return { step, verdict: 'ok', message };
}

export function warning(step: string, message: string, fix: string): Look {
  return { step, verdict: 'warning', message, fix };
}

export function failed(step: string, message: string, fix: string): Look {
  return { step, verdict: 'failed', message, fix };
}

export function hasFailed({ looks }: Diagnosis): boolean {
  return looks.some(({ verdict }) => verdict === 'failed');
}
