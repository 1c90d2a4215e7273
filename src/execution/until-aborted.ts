/** For work that knows no signal itself: it is left behind where the signal comes first. */
import { OrchestratorError } from '../errors.ts';

/** @throws OrchestratorError `script_aborted` where the signal comes first */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new OrchestratorError('script_aborted', 'The run ended.'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
