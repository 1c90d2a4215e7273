/** The id of a run: starts with its time, so that ids sort as runs do, and cannot be guessed. */
import { randomUUID } from 'node:crypto';

export function newRunId(now: number = Date.now()): string {
  const time = now.toString(36).padStart(9, '0');
  return `run_${time}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}
