/** Runs our own code over strangers' data for a bounded time: what takes longer is cut off, and the event loop is free again. */
import { createContext, Script } from 'node:vm';

interface Work {
  work: (() => unknown) | undefined;
}

let place: Work | undefined;
let script: Script | undefined;

/**
 * The work must leave nothing half done that anybody else sees. Costs about 0.1 ms.
 *
 * @returns what the work returns, or `undefined` where it took longer than `msMax`
 * @throws what the work throws
 */
export function bounded<T>(work: () => T, msMax: number): T | undefined {
  place ??= createContext({ work: undefined }) as Work;
  script ??= new Script('work()');
  place.work = work;
  try {
    // Code that is called from a script with a timeout is stopped with it, wherever it was made.
    return script.runInContext(place, { timeout: msMax }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    place.work = undefined;
  }
}
