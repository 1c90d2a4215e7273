/**
 * Which call a message belongs to, by the stream that it came on: over Streamable HTTP each call has one of its own. The
 * SDK passes nothing on, but reads a stream in the context of the request that it answers.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallUnderWay } from './call-clock.ts';

const calls = new AsyncLocalStorage<CallUnderWay>();

/** @param work sends the request of that call */
export function onStreamOf<T>(call: CallUnderWay, work: () => T): T {
  return calls.run(call, work);
}

/** Undefined where one stream is for all, as over stdio. */
export function callOfStream(): CallUnderWay | undefined {
  return calls.getStore();
}
