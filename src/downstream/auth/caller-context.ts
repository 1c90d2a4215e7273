/** On whose behalf a request is sent, for what sends it far below: the SDK passes nothing on. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Caller } from '../caller.ts';

const callers = new AsyncLocalStorage<Caller>();

/** What the work does, awaited calls included, is done for this caller. */
export function onBehalfOf<T>(caller: Caller, work: () => T): T {
  return callers.run(caller, work);
}

/** For whom we work right now; undefined where nobody called. */
export function currentCaller(): Caller | undefined {
  return callers.getStore();
}
