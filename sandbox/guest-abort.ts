/** AbortController and AbortSignal, with as much of EventTarget as they need. */
import { defineGlobal } from './guest-primordials.ts';

type Listener = ((event: AbortEvent) => unknown) | { handleEvent(event: AbortEvent): unknown };

interface AbortEvent {
  readonly type: string;
  readonly target: AbortSignal;
}

/** Timers of the guest; given, since this file must not reach for what a script may have replaced. */
export interface AbortHost {
  later(callback: () => void, delayMs: number): void;
  uncaught(error: unknown): void;
}

const key = {};
let host: AbortHost;

export function installAbort(given: AbortHost): void {
  host = given;
  defineGlobal('AbortSignal', AbortSignal);
  defineGlobal('AbortController', AbortController);
}

function namedError(name: string, message: string): Error {
  const error = new Error(message);
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  return error;
}

let abortSignal: (signal: AbortSignal, reason: unknown) => void;

class AbortSignal {
  #aborted = false;
  #reason: unknown;
  #listeners: { readonly type: string; readonly listener: Listener; readonly once: boolean }[] = [];
  onabort: ((event: AbortEvent) => unknown) | null = null;

  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
  }

  constructor(given?: unknown) {
    if (given !== key) throw new TypeError('Illegal constructor: use new AbortController().signal');
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(key);
    signal.#abort(reason);
    return signal;
  }

  static timeout(delayMs: number): AbortSignal {
    const signal = new AbortSignal(key);
    host.later(
      () => signal.#abort(namedError('TimeoutError', `The operation was aborted after ${delayMs} ms`)),
      delayMs,
    );
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const either = new AbortSignal(key);
    for (const signal of signals) {
      if (signal.#aborted) either.#abort(signal.#reason);
      else signal.addEventListener('abort', () => either.#abort(signal.#reason), { once: true });
    }
    return either;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(
    type: string,
    listener: Listener | null,
    options: boolean | { readonly once?: boolean } = {},
  ): void {
    if (
      listener === null ||
      this.#listeners.some((other) => other.type === type && other.listener === listener)
    )
      return;
    this.#listeners.push({ type, listener, once: typeof options === 'object' && options.once === true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    this.#listeners = this.#listeners.filter((other) => other.type !== type || other.listener !== listener);
  }

  dispatchEvent(event: AbortEvent): boolean {
    const listeners = this.#listeners.filter(({ type }) => type === event.type);
    this.#listeners = this.#listeners.filter((other) => !(other.once && listeners.includes(other)));
    if (event.type === 'abort' && typeof this.onabort === 'function') this.#notify(this.onabort, event);
    for (const { listener } of listeners) this.#notify(listener, event);
    return true;
  }

  #abort(reason: unknown = namedError('AbortError', 'This operation was aborted')): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.dispatchEvent({ type: 'abort', target: this });
  }

  /** One failing listener must not keep the others from hearing. */
  #notify(listener: Listener, event: AbortEvent): void {
    try {
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    } catch (error) {
      host.uncaught(error);
    }
  }
}

class AbortController {
  readonly signal = new AbortSignal(key);

  abort(reason?: unknown): void {
    abortSignal(this.signal, reason);
  }
}
