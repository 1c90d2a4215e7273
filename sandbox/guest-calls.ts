/** Tool calls on their way out and back: bounded, counted, each with its place in the script. */
import { type CallPromise, isAwaited, newCallPromise, quiet } from './guest-call-promise.ts';
import { type Callee, type CallSite, framesOf, siteOf, type TraceHolder } from './guest-call-sites.ts';
import { type JsonOptions, toJson, Unconvertible } from './guest-json.ts';
import {
  jsonParse,
  mapForEach,
  SafeMap,
  safeArray,
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
  /** @param args JSON */
  send(id: number, site: CallSite, args: string): void;
  /** The script has made more than callsMax calls. */
  exceeded(): void;
}

interface PendingCall {
  readonly site: CallSite;
  /** JSON */
  readonly args: string;
  /** For the error it may end with. */
  readonly trace: string;
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
  readonly #jsonOptions: JsonOptions;
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
    this.#jsonOptions = { root: 'arguments', charactersMax: limits.argumentBytesMax, bigints: false };
  }

  /** Under way or waiting. */
  get count(): number {
    return this.#inFlight.size + this.#queue.size;
  }

  /** Waiting for their turn: not sent yet. */
  get unsent(): number {
    return this.#queue.size;
  }

  call(callee: Callee, args: unknown, trace: TraceHolder): Promise<unknown> {
    if (++this.#made > this.#callsMax) this.#exceed();
    const site = siteOf(callee, trace);
    const { promise, resolve, reject } = newCallPromise();
    const call = { site, args: '{}', trace: site.trace, promise, resolve, reject };
    if (callee.tool.length > nameCharactersMax) return this.#refuseName(call);
    if (args !== undefined) {
      try {
        call.args = toJson(args, this.#jsonOptions) ?? '{}';
      } catch (error) {
        return this.#refuseArguments(call, error);
      }
    }
    if (this.#queue.size === 0 && this.#hasRoomFor(call)) this.#send(call);
    else this.#queue.set(this.#queueTail++, call);
    return promise;
  }

  /** The run is over, but this code is not: an exception ends most loops. */
  #exceed(): never {
    this.#host.exceeded();
    throw new RangeError('The script made more tool calls than are allowed (callsMax).');
  }

  #refuseName(call: PendingCall): Promise<unknown> {
    const { server, tool } = call.site.callee;
    return this.#refuse(
      call,
      'tool_unknown',
      `${server} has no tool of a name with ${tool.length} characters.`,
    );
  }

  #refuseArguments(call: PendingCall, error: unknown): Promise<unknown> {
    const { server, tool } = call.site.callee;
    const reason = error instanceof Unconvertible ? error.message : 'they cannot be read';
    const name = server === orchestratorServer ? tool : `${server}.${tool}`;
    return this.#refuse(call, 'arguments_invalid', `${name} cannot take these arguments: ${reason}.`);
  }

  #refuse(call: PendingCall, kind: string, message: string): Promise<unknown> {
    const { server, tool } = call.site.callee;
    const named = tool.length > nameCharactersMax ? stringSlice(tool, 0, nameCharactersMax) : tool;
    this.#reject({ ...call, args: '' }, { message, kind, server, tool: named, retrySafe: 'yes' });
    return call.promise;
  }

  /** @param text the value, or a ToolFailure, as JSON */
  settle(id: number, ok: boolean, text: string): void {
    const call = this.#inFlight.get(id);
    if (!call) return;
    this.#inFlight.delete(id);
    this.settled++;
    this.#charactersInFlight -= call.args.length;
    if (this.#queue.size > 0) this.#pump();
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

  #reject({ promise, reject, trace, args }: PendingCall, failure: ToolFailure): void {
    const stack = framesOf(trace);
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
    this.#host.send(id, call.site, call.args);
  }
}
