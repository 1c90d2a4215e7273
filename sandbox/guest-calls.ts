/** Tool calls on their way out and back: bounded, counted, each with its place in the script. */
import { scriptFile } from './bridge.ts';
import { CallPromise, isAwaited, quiet } from './guest-call-promise.ts';
import { toJson, Unconvertible } from './guest-json.ts';
import {
  captureStackTrace,
  jsonParse,
  mapForEach,
  objectCreate,
  SafeMap,
  safeArray,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
} from './guest-primordials.ts';
import { type ToolError, toolErrors } from './guest-tool-error.ts';
import { orchestratorServer, type ToolFailure } from './protocol.ts';

export interface CallLimits {
  readonly callsMax: number;
  readonly callsInFlightMax: number;
  readonly argumentBytesMax: number;
}

export interface CallHost {
  send(id: number, call: OutgoingCall): void;
  /** The script has made more than callsMax calls. */
  exceeded(): void;
}

export interface OutgoingCall {
  readonly server: string;
  readonly tool: string;
  readonly raw: boolean;
  /** Where the script made it, as V8 writes it: begins with `line:column`; '' where unknown. */
  readonly place: string;
  /** JSON */
  readonly args: string;
}

interface PendingCall extends OutgoingCall {
  /** The frames of the call, for the error it may end with. */
  readonly stack: string;
  readonly promise: CallPromise;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface FailedPromise {
  readonly promise: CallPromise;
  readonly error: ToolError;
  readonly message: string;
  readonly stack: string;
}

const nameCharactersMax = 512;
/** Arguments under way; a single larger call still goes, alone. */
const charactersInFlightMax = 16 * 1_024 * 1_024;
/** So many failed calls, and so many that nobody waits for, are remembered. */
const rememberedMax = 100;

export class Calls {
  readonly #limits: CallLimits;
  readonly #host: CallHost;
  #callsMax: number;
  #inFlight = new SafeMap<number, PendingCall>();
  /** Calls that wait for their turn, by number: `#queueHead` is the next. */
  #queue = new SafeMap<number, PendingCall>();
  #queueHead = 0;
  #queueTail = 0;
  #made = 0;
  #lastId = 0;
  #charactersInFlight = 0;
  /** Calls that have ended. */
  settled = 0;
  #isLeft = false;
  /** Ids of calls that were under way when the script returned, or were made after it. */
  readonly #left = new SafeMap<number, true>();
  /** The last ones, in a ring. */
  readonly #failed = safeArray<FailedPromise>();
  #failures = 0;
  /** Ended well before anybody had asked for their value. */
  readonly #endedAlone = safeArray<{ readonly id: number; readonly promise: CallPromise }>();

  constructor(limits: CallLimits, host: CallHost) {
    this.#limits = limits;
    this.#callsMax = limits.callsMax;
    this.#host = host;
  }

  /** Under way or waiting. */
  get count(): number {
    return this.#inFlight.size + this.#queue.size;
  }

  /** Waiting for their turn: not sent yet. */
  get unsent(): number {
    return this.#queue.size;
  }

  /** @param below the function that the script called: the frame above it is the script's */
  call(server: string, tool: string, raw: boolean, args: unknown, below: unknown): Promise<unknown> {
    if (++this.#made > this.#callsMax) {
      this.#host.exceeded();
      // The run is over, but this code is not: an exception ends most loops.
      throw new RangeError('The script made more tool calls than are allowed (callsMax).');
    }
    let resolve = ignore as PendingCall['resolve'];
    let reject = ignore as PendingCall['reject'];
    const promise = new CallPromise((resolveIt, rejectIt) => {
      resolve = resolveIt;
      reject = rejectIt;
    });
    const stack = captureStack(below);
    const named = tool.length > nameCharactersMax ? stringSlice(tool, 0, nameCharactersMax) : tool;
    const refuse = (kind: string, message: string) => {
      const failure: ToolFailure = { message, kind, server, tool: named, retrySafe: 'yes' };
      this.#reject({ promise, reject, stack, args: '' }, failure);
      return promise;
    };
    if (tool.length > nameCharactersMax)
      return refuse('tool_unknown', `${server} has no tool of a name with ${tool.length} characters.`);
    let text: string;
    try {
      const options = { root: 'arguments', charactersMax: this.#limits.argumentBytesMax, bigints: false };
      text = (args === undefined ? undefined : toJson(args, options)) ?? '{}';
    } catch (error) {
      const reason = error instanceof Unconvertible ? error.message : 'they cannot be read';
      const name = server === orchestratorServer ? tool : `${server}.${tool}`;
      return refuse('arguments_invalid', `${name} cannot take these arguments: ${reason}.`);
    }
    const call = { server, tool, raw, place: callPlace(stack), args: text, stack, promise, resolve, reject };
    if (this.#queue.size === 0 && this.#hasRoomFor(call)) this.#send(call);
    else this.#queue.set(this.#queueTail++, call);
    return promise;
  }

  /** @param text the value, or a ToolFailure, as JSON */
  settle(id: number, ok: boolean, text: string): void {
    const call = this.#inFlight.get(id);
    if (!call) return;
    this.#inFlight.delete(id);
    this.settled++;
    this.#charactersInFlight -= call.args.length;
    this.#pump();
    try {
      const value: unknown = text === '' ? undefined : jsonParse(text);
      if (!ok) return this.#reject(call, value as ToolFailure);
      call.resolve(value);
      if (!this.#isLeft && !isAwaited(call.promise) && this.#endedAlone.length < rememberedMax)
        this.#endedAlone[this.#endedAlone.length] = { id, promise: call.promise };
    } catch (error) {
      call.reject(error);
    }
  }

  /** The error of the first failed call whose value nobody has asked for. */
  unhandled(): ToolError | undefined {
    for (let index = 0; index < this.#failed.length; index++) {
      const { promise, error } = this.#failed[index] as FailedPromise;
      if (!isAwaited(promise)) return error;
    }
    return undefined;
  }

  /** The error of a recent failed call, by its message and its frames. */
  failedWith(message: string, stack: string): ToolError | undefined {
    for (let index = 0; index < this.#failed.length; index++) {
      const failed = this.#failed[index] as FailedPromise;
      if (failed.stack !== '' && failed.message === message && stringStartsWith(stack, failed.stack))
        return failed.error;
    }
    return undefined;
  }

  /** The script has returned: whatever goes on from here on, it did not wait for. */
  leave(): void {
    this.#isLeft = true;
    mapForEach(this.#inFlight, (_, id) => this.#leave(id as number));
  }

  /** Calls that were sent, and that the script had not waited for when it returned; as ids with commas between them. */
  notAwaited(): string {
    let ids = '';
    let count = 0;
    const note = (id: number) => {
      if (++count <= rememberedMax) ids += ids === '' ? `${id}` : `,${id}`;
    };
    for (let index = 0; index < this.#endedAlone.length; index++) {
      const { id, promise } = this.#endedAlone[index] as { id: number; promise: CallPromise };
      if (!isAwaited(promise)) note(id);
    }
    mapForEach(this.#left, (_, id) => note(id as number));
    if (this.#isLeft) return ids;
    mapForEach(this.#inFlight, (call, id) => {
      if (!isAwaited((call as PendingCall).promise)) note(id as number);
    });
    return ids;
  }

  #leave(id: number): void {
    if (this.#left.size < rememberedMax) this.#left.set(id, true);
  }

  /** Forgets every call under way, none of which settles any more, and allows so many new ones. */
  startOver(callsMax: number): void {
    this.#inFlight = new SafeMap();
    this.#queue = new SafeMap();
    this.#failed.length = 0;
    this.#failures = 0;
    this.#charactersInFlight = 0;
    this.#made = 0;
    this.#callsMax = callsMax;
  }

  #reject(
    { promise, reject, stack, args }: Pick<PendingCall, 'promise' | 'reject' | 'stack' | 'args'>,
    failure: ToolFailure,
  ): void {
    const error = toolErrors.fromFailure(failure, args, stack);
    this.#failed[this.#failures++ % rememberedMax] = { promise, error, message: failure.message, stack };
    if (!isAwaited(promise)) quiet(promise);
    reject(error);
  }

  #pump(): void {
    while (this.#queue.size > 0) {
      const call = this.#queue.get(this.#queueHead) as PendingCall;
      if (!this.#hasRoomFor(call)) return;
      this.#queue.delete(this.#queueHead++);
      this.#send(call);
    }
  }

  #hasRoomFor({ args }: PendingCall): boolean {
    const { size } = this.#inFlight;
    const characters = this.#charactersInFlight + args.length;
    return size === 0 || (size < this.#limits.callsInFlightMax && characters <= charactersInFlightMax);
  }

  #send(call: PendingCall): void {
    this.#charactersInFlight += call.args.length;
    const id = ++this.#lastId;
    this.#inFlight.set(id, call);
    if (this.#isLeft) this.#leave(id);
    this.#host.send(id, call);
  }
}

function ignore(): void {}

/** The frames only; V8 makes an Error's header from names that a script may patch, so there is none. */
function captureStack(below: unknown): string {
  const holder = objectCreate(holderPrototype) as { stack?: unknown };
  captureStackTrace(holder, below);
  const { stack } = holder;
  if (typeof stack !== 'string') return '';
  const at = stringIndexOf(stack, '\n');
  return at < 0 ? '' : stringSlice(stack, at);
}

const holderPrototype = objectCreate(null) as object;
Object.defineProperty(holderPrototype, 'toString', { value: () => 'call' });
Object.freeze(holderPrototype);

const framePrefix = `${scriptFile}:`;
const placeCharactersMax = 20;

/** Of the innermost frame of the script. Read outside, on the way of the call: every step here is slow. */
function callPlace(stack: string): string {
  const at = stringIndexOf(stack, framePrefix);
  if (at < 0) return '';
  const from = at + framePrefix.length;
  return stringSlice(stack, from, from + placeCharactersMax);
}
