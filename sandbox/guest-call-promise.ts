/** The promise of a tool call: a native one that knows whether anybody has asked for its value. */
import { defineProperty, NativePromise, promiseThen } from './guest-primordials.ts';

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;
type Executor = (resolve: Resolve, reject: Reject) => void;

/**
 * `await`, `then`, `Promise.all` and all else that takes a promise's value read its `constructor` first: that read is
 * what is noticed, and it costs a call next to nothing. What the read gives is `Promise` itself.
 */
export class CallPromise extends NativePromise<unknown> {
  #isAwaited = false;

  // Not useless: the implied one spreads, by an iterator that a script may replace
  constructor(executor: Executor) {
    super(executor);
  }

  static noteRead(promise: object): void {
    if (#isAwaited in promise) promise.#isAwaited = true;
  }

  static isAwaited(promise: CallPromise): boolean {
    return promise.#isAwaited;
  }

  /** Keeps V8 from taking its rejection for an unhandled one; whether anybody handles it is our question. */
  static quiet(promise: CallPromise): void {
    promiseThen(promise, ignore, ignore);
    promise.#isAwaited = false;
  }
}

/** Taken from the last promise that was made: a function of each promise's own would have to be made for it. */
let lastResolve: Resolve = ignore;
let lastReject: Reject = ignore;
const keep: Executor = (resolve, reject) => {
  lastResolve = resolve;
  lastReject = reject;
};

export function newCallPromise(): { promise: CallPromise; resolve: Resolve; reject: Reject } {
  const promise = new CallPromise(keep);
  return { promise, resolve: lastResolve, reject: lastReject };
}

const { noteRead } = CallPromise;
export const { isAwaited, quiet } = CallPromise;

defineProperty(CallPromise.prototype, 'constructor', {
  get(this: object) {
    noteRead(this);
    return NativePromise;
  },
  enumerable: false,
  configurable: false,
});

function ignore(): void {}
