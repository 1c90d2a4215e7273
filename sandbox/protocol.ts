/**
 * What the orchestrator and a sandbox process say to each other. The only file that both sides share.
 *
 * A frame is `[u32 header bytes][u32 payload bytes][header: JSON][payload: UTF-8]`, little-endian. The payload
 * carries the bulky text (code, arguments, results) as it is, so that JSON is never put inside JSON again.
 * The orchestrator trusts nothing that a child sends: `src/execution/sandbox-messages.ts` checks every frame by hand.
 */

/** The names a script sees: for each server identifier the identifiers of its tools. */
export interface ApiTable {
  readonly servers: Readonly<Record<string, readonly string[]>>;
}

/** The part of the limits that the sandbox itself enforces, given at its start; units as in the orchestrator's table. */
export interface SandboxLimits {
  readonly cpuMsMax: number;
  readonly heapMebibytesMax: number;
  readonly residentMebibytesMax: number;
  readonly callsMax: number;
  readonly callsInFlightMax: number;
  readonly argumentBytesMax: number;
  readonly outputBytesMax: number;
  readonly resultBytesMax: number;
  readonly timersMax: number;
  readonly stopCallsMax: number;
  readonly stopCpuMsMax: number;
  readonly leftCallMsMax: number;
}

/**
 * A `call` to this server is to the orchestrator itself. Its tool `onStop` takes `{ id, calls? }`, numbered by the
 * guest: what to do where the script is cut off, with `calls` (`[{ tool, args? }]`) a list that the orchestrator
 * carries out, without a function of the script's. `offStop` takes `{ id }`, and takes it back.
 */
export const orchestratorServer = '';

/** Orchestrator -> sandbox. */
export type ToSandbox =
  /** Names for every script from now on. Payload: ApiTable as JSON. */
  | { readonly type: 'api' }
  /**
   * Run one script; only after `ready`. Payload: `codeBytes` of compiled JavaScript, the body of an async function;
   * the rest, if any, is the script's input as JSON.
   */
  | { readonly type: 'run'; readonly run: string; readonly codeBytes: number }
  /** Answer to a `call`. Payload: the value as JSON, or a ToolFailure as JSON. */
  | { readonly type: 'reply'; readonly run: string; readonly id: number; readonly ok: boolean }
  /** End the run at once; it still answers with `done`. */
  | { readonly type: 'abort'; readonly run: string }
  /** Run the function that the script registered under this number, one at a time; only after a `done` that is `kept`. */
  | { readonly type: 'stop'; readonly run: string; readonly id: number };

/** Sandbox -> orchestrator. */
export type FromSandbox =
  /** Started, and after each run: a fresh isolate waits for the next script. */
  | { readonly type: 'ready' }
  /** A tool call. Payload: the arguments as JSON. `line` and `column` are of the compiled script, 0 where unknown. */
  | {
      readonly type: 'call';
      readonly run: string;
      readonly id: number;
      readonly server: string;
      readonly tool: string;
      readonly raw: boolean;
      readonly line: number;
      readonly column: number;
    }
  /** Console output, one or more whole lines. Payload: the text. */
  | { readonly type: 'output'; readonly run: string }
  /** The function of `stop` has ended. Payload: a ScriptFailure as JSON where not `ok`. Calls and output come before. */
  | { readonly type: 'stopped'; readonly run: string; readonly id: number; readonly ok: boolean }
  /** The script has ended. Payload: its result as JSON (`ok`; empty for undefined) or a ScriptFailure as JSON. */
  | {
      readonly type: 'done';
      readonly run: string;
      readonly ok: boolean;
      readonly cpuMs: number;
      readonly residentBytesPeak: number;
      /** Console bytes that were not passed on because of outputBytesMax (at least: of what was cut, characters are counted). */
      readonly outputBytesCut: number;
      /** The script was cut off and has functions for that: its isolate waits for `stop`, and the process takes no script any more. */
      readonly kept: boolean;
      /** Ids of calls that the script had not waited for when it returned; at most `notAwaitedMax`. */
      readonly notAwaited: readonly number[];
      /** Calls that waited for their turn and were never sent. */
      readonly unsent: number;
    };

export const notAwaitedMax = 100;

/** A tool call that failed, as the script's ToolError carries it. */
export interface ToolFailure {
  readonly message: string;
  /** An error code of the orchestrator's catalogue. */
  readonly kind: string;
  readonly server: string;
  readonly tool: string;
  readonly retrySafe: 'yes' | 'no' | 'unknown';
  readonly hint?: string;
  /** Where in the arguments the fault lies: `args.items[0].name`. */
  readonly path?: string;
  /** Raw content blocks of an `isError` result. */
  readonly content?: unknown;
}

/** Why a script failed, described inside the isolate: strings only, nothing of the guest's own objects. */
export interface ScriptFailure {
  /**
   * `error`: uncaught exception. `result`: the result cannot be JSON, or is too large. `cpu`, `memory`, `calls`:
   * that limit was met (`memory`: the heap; `resident`: the whole process). `aborted`: the orchestrator asked for
   * it. `stalled`: the script waits for a promise that nothing can settle any more (no call, no timer under way).
   * `crashed`: the process ended or talked nonsense; only the orchestrator says this.
   */
  readonly reason:
    | 'error'
    | 'result'
    | 'cpu'
    | 'memory'
    | 'resident'
    | 'calls'
    | 'aborted'
    | 'stalled'
    | 'crashed';
  readonly name: string;
  readonly message: string;
  /**
   * Of an `error` that did not come out of the script's own end: thrown in a timer or a listener (`callback`), a
   * rejected promise that nothing handles (`promise`), or a failed call that nothing awaits (`call`). In the
   * first two cases the script was cut off: its `finally` blocks have not run.
   */
  readonly uncaught?: 'callback' | 'promise' | 'call';
  /** What the error says it was caused by, outermost first; `name: message`. */
  readonly causes?: readonly string[];
  /** Compiled-script positions, innermost first; `line` 1 is the first line of the payload of `run`. */
  readonly frames: readonly { readonly line: number; readonly column: number; readonly function?: string }[];
  /** Where the uncaught exception was a ToolError (or is caused by one): what failed. `args` is JSON, shortened where huge. */
  readonly tool?: ToolFailure & { readonly args: string };
}

/** The script has not come to an end of its own: its `finally` blocks have not run. */
export function isCutOff({ reason, uncaught }: ScriptFailure): boolean {
  if (reason === 'error') return uncaught === 'callback' || uncaught === 'promise';
  return reason !== 'result';
}

/** What `dist/sandbox/in-process.cjs` exports: the sandbox without a process of its own, spoken to without frames. */
export interface InProcessModule {
  openInProcess(options: InProcessOptions): InProcessSandbox;
}

export interface InProcessOptions {
  /** The path of isolated-vm's addon. */
  readonly addonPath: string;
  readonly limits: SandboxLimits;
  onMessage(message: FromSandbox, payload: string): void;
  /** It cannot go on, and is to be closed. */
  onBroken(): void;
}

export interface InProcessSandbox {
  send(message: ToSandbox, payload: string | Uint8Array): void;
  /** Ends its script at once. False where a thread of it cannot be stopped. */
  close(): Promise<boolean>;
}

/** `[u32 header bytes][u32 payload bytes]` */
export const prefixBytes = 8;

/** A frame's first bytes: the two lengths and the header. The payload is written right behind it. */
export function frameHead(header: Uint8Array, payloadBytes: number): Uint8Array {
  const head = new Uint8Array(prefixBytes + header.byteLength);
  const view = new DataView(head.buffer);
  view.setUint32(0, header.byteLength, true);
  view.setUint32(4, payloadBytes, true);
  head.set(header, prefixBytes);
  return head;
}

/** Little-endian. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const byte = (index: number) => bytes[at + index] as number;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

/** Cuts a byte stream into frames. Bounded: a frame over `frameBytesMax` throws before it is collected. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #wanted = prefixBytes;
  readonly #frameBytesMax: number;
  readonly #onFrame: (header: Uint8Array, payload: Uint8Array) => void;

  constructor(frameBytesMax: number, onFrame: (header: Uint8Array, payload: Uint8Array) => void) {
    this.#frameBytesMax = frameBytesMax;
    this.#onFrame = onFrame;
  }

  /** True between frames. */
  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** @throws RangeError where the sender announces a frame over the limit: the stream is of no more use */
  push(chunk: Uint8Array): void {
    if (this.#bytes === 0 && this.#pushWhole(chunk)) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    while (this.#bytes >= this.#wanted) {
      const joined = this.#join();
      const view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength);
      const headerBytes = view.getUint32(0, true);
      const end = prefixBytes + headerBytes + view.getUint32(4, true);
      if (end > this.#frameBytesMax)
        throw new RangeError(`a frame of ${end} bytes; at most ${this.#frameBytesMax}`);
      this.#wanted = end;
      if (joined.byteLength < end) return;
      const payloadAt = prefixBytes + headerBytes;
      this.#chunks = joined.byteLength > end ? [joined.subarray(end)] : [];
      this.#bytes = joined.byteLength - end;
      this.#wanted = prefixBytes;
      this.#onFrame(joined.subarray(prefixBytes, payloadAt), joined.subarray(payloadAt, end));
    }
  }

  /** Nearly always a chunk is one frame: then nothing is collected. */
  #pushWhole(chunk: Uint8Array): boolean {
    if (chunk.byteLength < prefixBytes || chunk.byteLength > this.#frameBytesMax) return false;
    const headerBytes = lengthAt(chunk, 0);
    const payloadAt = prefixBytes + headerBytes;
    if (payloadAt + lengthAt(chunk, 4) !== chunk.byteLength) return false;
    this.#onFrame(chunk.subarray(prefixBytes, payloadAt), chunk.subarray(payloadAt));
    return true;
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first) return first;
    const joined = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#chunks = [joined];
    return joined;
  }
}
