/**
 * One isolate for one script: created and hardened ahead of time, limited in processor time and memory while the
 * script runs, disposed afterwards. Knows no channel: what the script asks for goes to `ScriptEvents`.
 */
import { randomBytes } from 'node:crypto';
import type IsolatedVm from 'isolated-vm';
import { positionOf, scriptFile, scriptPrefix, scriptSuffix, toGuest, toHost } from './bridge.ts';
import {
  cpuMessage,
  heapMessage,
  refusedScript,
  residentMessage,
  resultMessage,
  stopCpuMessage,
  uncaughtParts,
} from './isolate-failures.ts';
import type { SandboxLimits, ScriptFailure } from './protocol.ts';
import { ScriptUsage } from './usage.ts';
import { within } from './within.ts';

export interface IsolateCall {
  readonly id: number;
  readonly server: string;
  readonly tool: string;
  readonly raw: boolean;
  readonly line: number;
  readonly column: number;
}

export interface ScriptEnd {
  readonly ok: boolean;
  /** The result (empty for undefined) or a ScriptFailure, as JSON. */
  readonly text: string;
  readonly cpuMs: number;
  readonly residentBytesPeak: number;
  readonly outputBytesCut: number;
  /** The script was cut off, can still run, and has functions for that: `stop` runs them. */
  readonly kept: boolean;
  readonly notAwaited: readonly number[];
  readonly unsent: number;
}

/**
 * All but `onEnd` come only between `run` and `onEnd`, which comes once for each `run`; and between `stop` and
 * `onStopped`, which comes once for each `stop`.
 */
export interface ScriptEvents {
  /** @param args JSON */
  onCall(call: IsolateCall, args: string): void;
  onOutput(text: string): void;
  onEnd(end: ScriptEnd): void;
  /** @param text a ScriptFailure as JSON where not ok */
  onStopped(ok: boolean, text: string): void;
}

export interface IsolateOptions {
  /** The module `isolated-vm`, loaded by the caller. */
  readonly ivm: typeof IsolatedVm;
  /** The bundled guest.ts. */
  readonly guestSource: string;
  readonly limits: SandboxLimits;
  /** True where this process runs nothing but one script at a time: its processor time and memory are the script's. */
  readonly ownsProcess: boolean;
  readonly events: ScriptEvents;
}

/** The watch from outside, see `#repliesInPlace`. */
const isWatched = process.platform === 'linux';

type Receive = IsolatedVm.Reference<
  (kind: number, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown
>;

/** As `toHost.call` and `toHost.done` say. */
type CallMessage = [number, number, number, string, string, string, string];
type DoneMessage = [number, number, string, number, number, string, number];

/** A good end waits so long for what else comes of the same turn: a rejection that nothing handles makes it a failure. */
const holdMs = 50;

const watchMs = 20;
/** What is left of a script that has ended gets this long to yield, and then to die. */
const yieldMs = 50;
const deathMs = 1_000;
const mebibyte = 1_024 * 1_024;

/** V8's code cache of the guest, which halves its start; safe only because it never leaves this process. */
let codeCache: IsolatedVm.ExternalCopy<ArrayBuffer> | undefined;

export class ScriptIsolate {
  readonly #options: IsolateOptions;
  /**
   * What a script does after an answer runs in our own thread, which saves two changes of thread for each call. While it
   * computes, nothing else here can run: that is left to the orchestrator's watch from outside, which needs Linux.
   */
  readonly #repliesInPlace: boolean;
  readonly #isolate: IsolatedVm.Isolate;
  readonly #usage: ScriptUsage;
  #context: IsolatedVm.Context | undefined;
  #receive: Receive | undefined;
  #watch: NodeJS.Timeout | undefined;
  #wake: NodeJS.Timeout | undefined;
  #running = false;
  #source = '';
  #callsInFlight = 0;
  /** What the isolate's own thread was told and has not yet done. */
  #busy = 0;
  #idleAsked = false;
  #outputBytesLeft: number;
  #outputBytesCut = 0;
  /** A good end that is told when the script's turn is over. */
  #held: (() => void) | undefined;
  #heldTimer: NodeJS.Timeout | undefined;
  #isInPlace = false;
  #stopFunctions = 0;
  #isStopping = false;
  #notAwaited: number[] = [];
  #unsent = 0;

  /** An isolate that is ready for its script. */
  static async prepare(options: IsolateOptions): Promise<ScriptIsolate> {
    const prepared = new ScriptIsolate(options);
    await prepared.#boot();
    return prepared;
  }

  private constructor(options: IsolateOptions) {
    this.#options = options;
    this.#outputBytesLeft = options.limits.outputBytesMax;
    this.#repliesInPlace = options.ownsProcess && isWatched;
    this.#isolate = new options.ivm.Isolate({
      memoryLimit: options.limits.heapMebibytesMax,
      // V8 has given up on the isolate, and its thread is lost: the process must not be used again. Without the
      // handler it aborts, which is what our own thread needs: it could not run the handler it waits for.
      ...(!this.#repliesInPlace && { onCatastrophicError: () => this.#endOutOfMemory() }),
    });
    this.#usage = new ScriptUsage(this.#isolate, options.ownsProcess);
  }

  /** @param tableText ApiTable as JSON; may be given again until the script runs */
  setApi(tableText: string): void {
    this.#tell(toGuest.api, tableText);
  }

  /**
   * @param code compiled JavaScript, the body of an async function
   * @param input JSON
   */
  run(code: string, input: string | undefined): void {
    const { limits } = this.#options;
    this.#running = true;
    this.#usage.start();
    this.#watch = setInterval(() => this.#check(limits), watchMs);
    if (input !== undefined) this.#tell(toGuest.input, input);
    this.#source = scriptPrefix + code + scriptSuffix;
    const started = this.#context?.evalClosure(this.#source, [this.#receive?.derefInto()], {
      filename: scriptFile,
    });
    if (started) this.#enter(started);
  }

  /** @param text the value, or a ToolFailure, as JSON */
  reply(id: number, ok: boolean, text: string): void {
    if (!this.#running) return;
    this.#callsInFlight--;
    if (!this.#repliesInPlace || this.#busy > 0) return this.#wakeUp(toGuest.reply, id, ok ? 1 : 0, text);
    if (this.#isolate.isDisposed) return;
    this.#isInPlace = true;
    try {
      this.#receive?.applySync(undefined, [toGuest.reply, id, ok ? 1 : 0, text, 1]);
    } catch (thrown) {
      this.#onUncaught(thrown);
    }
    this.#isInPlace = false;
    this.#release();
  }

  /** Runs a function that the script registered by `onStop`; only after an end that was `kept`, one at a time. */
  stop(id: number): void {
    const { limits } = this.#options;
    this.#running = true;
    this.#isStopping = true;
    this.#callsInFlight = 0;
    this.#usage.start();
    this.#watch = setInterval(() => this.#check(limits), watchMs);
    this.#wakeUp(toGuest.stop, id);
  }

  /** True where the script waits for answers of the host's, and nothing else can make it go on. */
  get isWaiting(): boolean {
    return (
      this.#repliesInPlace &&
      this.#running &&
      this.#busy === 0 &&
      this.#callsInFlight > 0 &&
      this.#wake === undefined
    );
  }

  /** Ends the run now, with a reason of the host's own. */
  end(reason: ScriptFailure['reason'], name: string, message: string): void {
    this.#fail({ reason, name, message, frames: [] }, reason !== 'result');
  }

  /** @returns false where something of the script still runs and cannot be stopped: the process is of no more use */
  async retire(): Promise<boolean> {
    const quiet = this.#ping();
    await within(yieldMs, quiet);
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
    return within(deathMs, quiet);
  }

  /** As `retire`, but at once, and where the script still runs without a word of its end. */
  discard(): Promise<boolean> {
    this.#running = false;
    clearInterval(this.#watch);
    clearTimeout(this.#wake);
    clearTimeout(this.#heldTimer);
    const quiet = this.#ping();
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
    return within(deathMs, quiet);
  }

  async #boot(): Promise<void> {
    const { ivm, guestSource, limits } = this.#options;
    const context = await this.#isolate.createContext();
    const post = new ivm.Callback((...message: (number | string)[]) => this.#onPost(message), {
      ignored: true,
    });
    const postNow = new ivm.Callback((...message: (number | string)[]) => {
      this.#onPost(message);
    });
    const random = new ivm.Callback((bytes: number) =>
      randomBytes(Math.min(bytes, 65_536)).toString('latin1'),
    );
    const cache = codeCache ? { cachedData: codeCache } : { produceCachedData: true };
    const source = `(() => { ${guestSource}\nreturn guest.boot; })()`;
    const script: IsolatedVm.Script & IsolatedVm.CachedDataResult = await this.#isolate.compileScript(
      source,
      { filename: 'guest.js', ...cache },
    );
    codeCache ??= script.cachedData;
    const boot = (await script.run(context, { reference: true })) as IsolatedVm.Reference<
      (...given: unknown[]) => unknown
    >;
    this.#context = context;
    const given = [post, postNow, random, JSON.stringify(limits)];
    this.#receive = (await boot.apply(undefined, given, {
      result: { reference: true },
    })) as unknown as Receive;
  }

  #tell(kind: number, a?: number | string, b?: number, c?: string): void {
    if (!this.#isolate.isDisposed) this.#receive?.applyIgnored(undefined, [kind, a, b, c]);
  }

  /** Has the script go on in the isolate's own thread. */
  #wakeUp(kind: number, a?: number | string, b?: number, c?: string): void {
    if (this.#isolate.isDisposed || !this.#receive) return;
    this.#enter(this.#receive.apply(undefined, [kind, a, b, c]));
  }

  /**
   * Until the isolate has done what it was told: whoever entered it meanwhile would wait, for ever perhaps. What it
   * throws is a rejection that nothing handles, copied by isolated-vm, which does so whether it is wanted or not.
   */
  #enter(turn: Promise<unknown>): void {
    this.#busy++;
    turn.then(
      () => {
        this.#busy--;
        this.#release();
      },
      (thrown: unknown) => {
        this.#busy--;
        this.#onUncaught(thrown);
        this.#release();
      },
    );
  }

  /** The guest describes it: the rejection may be a call's. */
  #onUncaught(thrown: unknown): void {
    if (!this.#running || !this.#receive) return;
    // The heap limit was met meanwhile.
    if (this.#isolate.isDisposed) return this.#check(this.#options.limits);
    this.#held = undefined;
    this.#busy++;
    this.#receive.apply(undefined, [toGuest.uncaught, ...uncaughtParts(thrown)]).then(
      (answer) => {
        this.#busy--;
        if (answer === false) this.#endRefused();
        else if (typeof answer === 'string') this.#end(false, answer);
      },
      () => {
        this.#busy--;
        this.#check(this.#options.limits);
        const [, message] = uncaughtParts(thrown);
        this.#fail({ reason: 'error', name: 'Error', message, uncaught: 'promise', frames: [] }, true);
      },
    );
  }

  #onPost(message: (number | string)[]): void {
    if (!this.#running) return;
    const { events } = this.#options;
    switch (message[0]) {
      case toHost.call: {
        const [, id, raw, server, tool, place, args] = message as CallMessage;
        this.#callsInFlight++;
        return events.onCall({ id, server, tool, raw: raw === 1, ...positionOf(place) }, args);
      }
      case toHost.output:
        return this.#output(message[1] as string);
      case toHost.wake:
        clearTimeout(this.#wake);
        this.#wake = setTimeout(() => {
          this.#wake = undefined;
          this.#wakeUp(toGuest.fire);
        }, message[1] as number);
        return;
      case toHost.done:
        return this.#done(message as DoneMessage);
      case toHost.stops:
        this.#stopFunctions = message[1] as number;
        return;
      case toHost.stopped:
        return this.#end(message[1] === 1, message[2] as string);
    }
  }

  /** The guest counts characters; here the text is cut to bytes, at a whole character. */
  #output(text: string): void {
    const bytes = Buffer.from(text);
    let end = Math.min(bytes.length, this.#outputBytesLeft);
    if (end < bytes.length) {
      while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
      this.#outputBytesLeft = 0;
    } else this.#outputBytesLeft -= end;
    this.#outputBytesCut += bytes.length - end;
    if (end > 0) this.#options.events.onOutput(end < bytes.length ? bytes.toString('utf8', 0, end) : text);
  }

  #done([, ok, text, cut, cutOff, notAwaited, unsent]: DoneMessage): void {
    this.#outputBytesCut += cut;
    this.#notAwaited = notAwaited === '' ? [] : notAwaited.split(',').map(Number);
    this.#unsent = unsent;
    if (ok !== 1) return this.#end(false, text, cutOff === 1);
    this.#held = () => this.#succeed(text);
    if (!this.#isInPlace) this.#heldTimer = setTimeout(() => this.#release(), holdMs);
  }

  #release(): void {
    clearTimeout(this.#heldTimer);
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  #succeed(text: string): void {
    const { resultBytesMax } = this.#options.limits;
    const bytes = Buffer.byteLength(text);
    if (bytes <= resultBytesMax) return this.#end(true, text);
    this.end('result', 'TypeError', resultMessage(resultBytesMax, bytes));
  }

  #fail(failure: ScriptFailure, cutOff = false): void {
    this.#end(false, JSON.stringify(failure), cutOff);
  }

  /** @param cutOff the script was at work: what it registered by `onStop` is to be done */
  #end(ok: boolean, text: string, cutOff = false): void {
    if (!this.#running) return;
    this.#running = false;
    clearInterval(this.#watch);
    clearTimeout(this.#wake);
    clearTimeout(this.#heldTimer);
    this.#wake = undefined;
    this.#usage.residentBytes();
    if (this.#isStopping) return this.#options.events.onStopped(ok, text);
    this.#options.events.onEnd({
      ok,
      text,
      cpuMs: this.#usage.cpuMs(),
      residentBytesPeak: this.#usage.residentBytesPeak,
      outputBytesCut: this.#outputBytesCut,
      kept: cutOff && this.#stopFunctions > 0 && !this.#isolate.isDisposed,
      notAwaited: this.#notAwaited,
      unsent: this.#unsent,
    });
  }

  #endOutOfMemory(): void {
    const { heapMebibytesMax } = this.#options.limits;
    this.end('memory', 'RangeError', heapMessage(heapMebibytesMax));
  }

  #check({ cpuMsMax, stopCpuMsMax, residentMebibytesMax }: SandboxLimits): void {
    const resident = this.#usage.residentBytes();
    if (this.#isolate.isDisposed) return this.#endOutOfMemory();
    const cpuMs = this.#usage.cpuMs();
    if (this.#isStopping && cpuMs > stopCpuMsMax)
      return this.end('cpu', 'RangeError', stopCpuMessage(stopCpuMsMax));
    if (!this.#isStopping && cpuMs > cpuMsMax) return this.end('cpu', 'RangeError', cpuMessage(cpuMsMax));
    if (resident > residentMebibytesMax * mebibyte) {
      return this.end('resident', 'RangeError', residentMessage(residentMebibytesMax));
    }
    if (this.#callsInFlight === 0 && !this.#idleAsked) this.#askWhetherIdle();
  }

  /** One question at a time: while the script computes, they would only gather. */
  #askWhetherIdle(): void {
    this.#idleAsked = true;
    this.#receive?.apply(undefined, [toGuest.idle]).then(
      (started) => {
        this.#idleAsked = false;
        if (started === false) this.#endRefused();
      },
      () => {
        this.#idleAsked = false;
      },
    );
  }

  /** The script never started: V8 refuses what esbuild let pass. Compiling it once more says why. */
  #endRefused(): void {
    const refused = (error: unknown) => this.#fail(refusedScript(error));
    this.#isolate
      .compileScript(this.#source, { filename: scriptFile })
      .then(() => refused(undefined), refused);
  }

  #ping(): Promise<unknown> {
    if (this.#isolate.isDisposed || !this.#receive) return Promise.resolve();
    return this.#receive.apply(undefined, [toGuest.ping]).catch(() => {});
  }
}
