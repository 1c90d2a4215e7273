/** setTimeout and its family over one wake-up at a time from the host, so that no loop can flood it with timers. */
import {
  apply,
  dateNow,
  defineGlobal,
  max,
  min,
  NativePromise,
  promiseThen,
  SafeMap,
  safeArray,
  trunc,
} from './guest-primordials.ts';

interface Timer {
  readonly id: number;
  readonly callback: (...args: unknown[]) => unknown;
  readonly args: unknown[];
  readonly repeatMs: number | undefined;
  due: number;
}

export interface TimerHost {
  readonly timersMax: number;
  wake(delayMs: number): void;
  /** A callback threw. */
  uncaught(error: unknown): void;
}

const delayMsMax = 2_147_483_647;
/** Wake-ups asked for without one having come: the last of them asks for "now", which gives the others back. */
const wakesMax = 64;
const resolved = NativePromise.resolve();

export class Timers {
  readonly #host: TimerHost;
  readonly #byId = new SafeMap<number, Timer>();
  /** By due time, earliest first; of the same time in the order they were set. */
  readonly #queue = safeArray<Timer>();
  #lastId = 0;
  #armedFor = Number.POSITIVE_INFINITY;
  #wakes = 0;

  constructor(host: TimerHost) {
    this.#host = host;
  }

  get count(): number {
    return this.#byId.size;
  }

  installGlobals(): void {
    const set =
      (repeat: boolean) =>
      (callback: unknown, delay?: unknown, ...args: unknown[]) =>
        this.set(callback, delay, args, repeat);
    const clear = (id?: unknown) => this.#clear(Number(id));
    defineGlobal('setTimeout', set(false));
    defineGlobal('setInterval', set(true));
    defineGlobal('clearTimeout', clear);
    defineGlobal('clearInterval', clear);
    defineGlobal('queueMicrotask', (callback: unknown) => {
      requireFunction('queueMicrotask', callback);
      promiseThen(
        promiseThen(resolved, () => callback()),
        ignore,
        (error) => this.#host.uncaught(error),
      );
    });
  }

  /** None of those that were set fires any more, and no wake-up is under way. */
  clearAll(): void {
    this.#wakes = 0;
    this.#armedFor = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#queue.length; index++)
      this.#byId.delete((this.#queue[index] as Timer).id);
    this.#queue.length = 0;
  }

  /** One timer a time, so that the microtasks of each run before the next. */
  fire(): void {
    this.#wakes = 0;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const timer = this.#queue[0];
    if (timer && timer.due <= dateNow()) {
      this.#remove(timer);
      if (timer.repeatMs !== undefined) {
        timer.due = dateNow() + timer.repeatMs;
        this.#insert(timer);
      }
      try {
        apply(timer.callback, undefined, timer.args);
      } catch (error) {
        this.#host.uncaught(error);
      }
    }
    this.#arm();
  }

  /** @throws RangeError over timersMax, TypeError where there is no function */
  set(callback: unknown, delay: unknown, args: unknown[], repeat: boolean): number {
    requireFunction(repeat ? 'setInterval' : 'setTimeout', callback);
    const { timersMax } = this.#host;
    if (this.#byId.size >= timersMax) {
      throw new RangeError(
        `${timersMax} timers are under way, the most allowed (timersMax): wait for some of them first.`,
      );
    }
    const milliseconds = Number(delay ?? 0);
    const delayMs = milliseconds >= 1 && milliseconds <= delayMsMax ? trunc(milliseconds) : 1;
    const timer: Timer = {
      id: ++this.#lastId,
      callback,
      args,
      repeatMs: repeat ? delayMs : undefined,
      due: dateNow() + delayMs,
    };
    this.#insert(timer);
    this.#arm();
    return timer.id;
  }

  #clear(id: number): void {
    const timer = this.#byId.get(id);
    if (timer) this.#remove(timer);
  }

  #insert(timer: Timer): void {
    const queue = this.#queue;
    let at = queue.length;
    for (; at > 0; at--) {
      const before = queue[at - 1] as Timer;
      if (before.due <= timer.due) break;
      queue[at] = before;
    }
    queue[at] = timer;
    this.#byId.set(timer.id, timer);
  }

  #remove(timer: Timer): void {
    this.#byId.delete(timer.id);
    const queue = this.#queue;
    let kept = 0;
    for (let index = 0; index < queue.length; index++) {
      if (queue[index] !== timer) queue[kept++] = queue[index] as Timer;
    }
    queue.length = kept;
  }

  #arm(): void {
    const first = this.#queue[0];
    if (!first || first.due >= this.#armedFor || this.#wakes >= wakesMax) return;
    this.#wakes++;
    this.#armedFor = first.due;
    this.#host.wake(this.#wakes === wakesMax ? 0 : min(max(first.due - dateNow(), 0), delayMsMax));
  }
}

function requireFunction(
  name: string,
  callback: unknown,
): asserts callback is (...args: unknown[]) => unknown {
  if (typeof callback !== 'function')
    throw new TypeError(`${name} takes a function, not a ${typeof callback}`);
}

function ignore(): void {}
