/** A run that is looked at later, as text: ended, interrupted, or under way. */

import { counted } from '../text.ts';
import { renderOutput, renderRunResult } from './render-result.ts';
import type { RunAnswer } from './run-view.ts';

/** A run that may be under way: as far as it has come. */
export function renderRunAnswer(seen: RunAnswer): string {
  const { run_id, status, output, calls, hint, stats, returncode } = seen;
  if (status !== 'running' && stats && returncode !== undefined) {
    const ended = {
      ...seen,
      stats,
      returncode,
      status: status === 'interrupted' ? 'aborted' : status,
    } as const;
    return [renderRunResult(ended), status === 'interrupted' && 'the orchestrator ended before it did']
      .filter(Boolean)
      .join('\n');
  }
  const last = calls.at(-1);
  return [
    renderOutput(output),
    `${run_id}: ${status}, ${counted(calls.length, 'call')} so far${last ? `, last: ${last.server}.${last.tool}` : ''}`,
    hint,
  ]
    .filter(Boolean)
    .join('\n');
}
