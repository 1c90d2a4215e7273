/** Tool calls on their way out and back: bounded, counted, each with its place in the script. */
import { scriptFile } from './bridge.ts';

import { toJson, Unconvertible } from './guest-json.ts';
import {
  captureStackTrace,
  jsonParse,
  NativePromise,
  objectCreate,
  SafeMap,
  stringIndexOf,
  stringSlice,
} from './guest-primordials.ts';
import { toolErrors } from './guest-tool-error.ts';
import type { ToolFailure } from './protocol.ts';

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
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const nameCharactersMax = 512;
/** Arguments under way; a single larger call still goes, alone. */
const charactersInFlightMax = 16 * 1_024 * 1_024;

export class Calls {
  readonly #limits: CallLimits;
  readonly #host: CallHost;
  readonly #inFlight = new SafeMap<number, PendingCall>();
  /** Calls that wait for their turn, by number: `#queueHead` is the next. */
  readonly #queue = new SafeMap<number, PendingCall>();
  #queueHead = 0;
  #queueTail = 0;
  #made = 0;
  #lastId = 0;
  #charactersInFlight = 0;

  constructor(limits: CallLimits, host: CallHost) {
    this.#limits = limits;
    this.#host = host;
  }

  /** Under way or waiting. */
  get count(): number {
    return this.#inFlight.size + this.#queue.size;
  }

  /** @param below the function that the script called: the frame above it is the script's */
  call(server: string, tool: string, raw: boolean, args: unknown, below: unknown): Promise<unknown> {
    if (++this.#made > this.#limits.callsMax) {
      this.#host.exceeded();
      // The run is over, but this code is not: an exception ends most loops.
      throw new RangeError('The script made more tool calls than are allowed (callsMax).');
    }
    return new NativePromise((resolve, reject) => {
      const stack = captureStack(below);
      const refuse = (kind: string, message: string, sent: string) =>
        reject(toolErrors.fromFailure({ message, kind, server, tool, retrySafe: 'yes' }, sent, stack));
      if (tool.length > nameCharactersMax) {
        refuse('tool_unknown', `${server} has no tool of a name with ${tool.length} characters.`, '');
        return;
      }
      let text: string;
      try {
        const options = { root: 'arguments', charactersMax: this.#limits.argumentBytesMax, bigints: false };
        text = (args === undefined ? undefined : toJson(args, options)) ?? '{}';
      } catch (error) {
        const reason = error instanceof Unconvertible ? error.message : 'they cannot be read';
        refuse('arguments_invalid', `${server}.${tool} cannot take these arguments: ${reason}.`, '');
        return;
      }
      const call = { server, tool, raw, place: callPlace(stack), args: text, stack, resolve, reject };
      if (this.#queue.size === 0 && this.#hasRoomFor(call)) return this.#send(call);
      this.#queue.set(this.#queueTail++, call);
    });
  }

  /** @param text the value, or a ToolFailure, as JSON */
  settle(id: number, ok: boolean, text: string): void {
    const call = this.#inFlight.get(id);
    if (!call) return;
    this.#inFlight.delete(id);
    this.#charactersInFlight -= call.args.length;
    this.#pump();
    try {
      const value: unknown = text === '' ? undefined : jsonParse(text);
      if (ok) call.resolve(value);
      else call.reject(toolErrors.fromFailure(value as ToolFailure, call.args, call.stack));
    } catch (error) {
      call.reject(error);
    }
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
    this.#host.send(id, call);
  }
}

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
