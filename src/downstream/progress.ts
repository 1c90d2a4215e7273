/** How far a call is, as a server tells it: bounded before anybody reads it. */
import { cleanText } from './problem.ts';

export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

export interface UntrustedProgress {
  readonly progress: number;
  readonly total?: unknown;
  readonly message?: unknown;
}

/** Without what is no number or text, and cut where it is long. */
export function boundedProgress({ progress, total, message }: UntrustedProgress): Progress {
  return {
    progress,
    ...(typeof total === 'number' ? { total } : {}),
    ...(typeof message === 'string' ? { message: cleanText(message) } : {}),
  };
}
