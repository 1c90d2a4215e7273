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

/** It is as it should be. */
export function ok(step: string, message: string): Look {
  return { step, verdict: 'ok', message };
}

/** It works, but not as it should. @param fix what to do */
export function warning(step: string, message: string, fix: string): Look {
  return { step, verdict: 'warning', message, fix };
}

/** It does not work. @param fix what to do */
export function failed(step: string, message: string, fix: string): Look {
  return { step, verdict: 'failed', message, fix };
}

/** Whether anything of it does not work. */
export function hasFailed({ looks }: Diagnosis): boolean {
  return looks.some(({ verdict }) => verdict === 'failed');
}
