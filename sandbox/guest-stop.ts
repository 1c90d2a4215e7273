/** `onStop`: what a script wants done where it is cut off, by a time limit or otherwise, and cannot do itself any more. */
import { apply, isArray, NativePromise, promiseThen, SafeMap } from './guest-primordials.ts';

type StopFunction = () => unknown;
type Remove = () => void;

export interface StopHost {
  /** Tells the orchestrator; `below` is the function that the script called. */
  tell(tool: 'onStop' | 'offStop', args: object, below: unknown): Promise<unknown>;
  /** How many functions are registered now. */
  counted(functions: number): void;
}

const functionsMax = 100;

export class Stops {
  readonly #host: StopHost;
  readonly #functions = new SafeMap<number, StopFunction>();
  #lastId = 0;
  #isClosed = false;
  readonly onStop: (given: unknown) => unknown;

  constructor(host: StopHost) {
    this.#host = host;
    this.onStop = (given) => this.#register(given);
  }

  /** Runs a registered function; registering is over. */
  run(id: number): Promise<unknown> {
    this.#isClosed = true;
    return new NativePromise((resolve) => {
      const stop = this.#functions.get(id);
      this.#functions.delete(id);
      resolve(stop && apply(stop, undefined, []));
    });
  }

  #register(given: unknown): Remove | Promise<Remove> {
    if (this.#isClosed) throw new Error('onStop: the script is being stopped already');
    if (isArray(given)) return this.#registerCalls(given);
    if (typeof given !== 'function') {
      throw new TypeError(
        'onStop takes a function, or a list of calls: await onStop([{ tool: "server.tool", args: {...} }])',
      );
    }
    if (this.#functions.size >= functionsMax)
      throw new RangeError(`onStop: ${functionsMax} functions are registered, the most allowed`);
    const id = ++this.#lastId;
    this.#functions.set(id, given as StopFunction);
    this.#host.counted(this.#functions.size);
    promiseThen(this.#host.tell('onStop', { id }, this.onStop), ignore, ignore);
    return this.#remover(id);
  }

  /** Resolves when the orchestrator has found the tools and checked the arguments, and holds the list. */
  #registerCalls(calls: unknown[]): Promise<Remove> {
    const id = ++this.#lastId;
    const held = this.#host.tell('onStop', { id, calls }, this.onStop);
    return promiseThen(held, () => this.#remover(id)) as Promise<Remove>;
  }

  #remover(id: number): Remove {
    let isRemoved = false;
    const remove = () => {
      if (isRemoved || this.#isClosed) return;
      isRemoved = true;
      if (this.#functions.delete(id)) this.#host.counted(this.#functions.size);
      promiseThen(this.#host.tell('offStop', { id }, remove), ignore, ignore);
    };
    return remove;
  }
}

function ignore(): void {}
