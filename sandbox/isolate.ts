/**
 * One isolate for one script: created and hardened ahead of time, limited in processor time and memory while the
 * script runs, disposed afterwards. Knows no channel: what the script asks for goes to `ScriptEvents`.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type IsolatedVm from 'isolated-vm';
import { positionOf, scriptFile, scriptPrefix, scriptSuffix, toGuest, toHost } from './bridge.ts';
import {
  cpuMessage,
  heapMessage,
  refusedScript,
  residentMessage,
  resultMessage,
} from './isolate-failures.ts';
import type { SandboxLimits, ScriptFailure } from './protocol.ts';
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
}

/** All but `onEnd` come only between `run` and `onEnd`; `onEnd` comes once for each `run`. */
export interface ScriptEvents {
  /** @param args JSON */
  onCall(call: IsolateCall, args: string): void;
  onOutput(text: string): void;
  onEnd(end: ScriptEnd): void;
}

export interface IsolateOptions {
  /** The module `isolated-vm`, loaded by the caller. */
  readonly ivm: typeof IsolatedVm;
  /** The bundled guest.ts. */
  readonly guestSource: string;
  readonly limits: SandboxLimits;
  readonly events: ScriptEvents;
}

/**
 * What a script does after an answer runs in our own thread, which saves two changes of thread for each call. While it
 * computes, nothing else here can run: that is left to the orchestrator's watch from outside, which needs Linux.
 */
const repliesInPlace = process.platform === 'linux';

type Receive = IsolatedVm.Reference<
  (kind: number, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown
>;

/** As `toHost.call` says. */
type CallMessage = [number, number, number, string, string, string, string];

const watchMs = 20;
/** What is left of a script that has ended gets this long to yield, and then to die. */
const yieldMs = 50;
const deathMs = 1_000;
const mebibyte = 1_024 * 1_024;

/** By the addon's path: the package's own loader probes files that the permission model keeps from us. */
export function loadIsolatedVm(addonPath: string): typeof IsolatedVm {
  return (createRequire(__filename)(addonPath) as { ivm: typeof IsolatedVm }).ivm;
}

/** V8's code cache of the guest, which halves its start; safe only because it never leaves this process. */
let codeCache: IsolatedVm.ExternalCopy<ArrayBuffer> | undefined;

export class ScriptIsolate {
  readonly #options: IsolateOptions;
  readonly #isolate: IsolatedVm.Isolate;
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
  #cpuStart: NodeJS.CpuUsage = { user: 0, system: 0 };
  #residentBytesPeak = 0;

  /** An isolate that is ready for its script. */
  static async prepare(options: IsolateOptions): Promise<ScriptIsolate> {
    const prepared = new ScriptIsolate(options);
    await prepared.#boot();
    return prepared;
  }

  private constructor(options: IsolateOptions) {
    this.#options = options;
    this.#outputBytesLeft = options.limits.outputBytesMax;
    this.#isolate = new options.ivm.Isolate({
      memoryLimit: options.limits.heapMebibytesMax,
      // V8 has given up on the isolate, and its thread is lost: the process must not be used again. Without the
      // handler it aborts, which is what our own thread needs: it could not run the handler it waits for.
      ...(!repliesInPlace && { onCatastrophicError: () => this.#endOutOfMemory() }),
    });
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
    this.#cpuStart = process.cpuUsage();
    this.#watch = setInterval(() => this.#check(limits), watchMs);
    if (input !== undefined) this.#tell(toGuest.input, input);
    this.#source = scriptPrefix + code + scriptSuffix;
    // "Ignored", since nothing that a script throws may be copied over: reading it can run code without end.
    this.#context?.evalClosureIgnored(this.#source, [this.#receive?.derefInto()], { filename: scriptFile });
    this.#noteBusy();
  }

  /** @param text the value, or a ToolFailure, as JSON */
  reply(id: number, ok: boolean, text: string): void {
    if (!this.#running) return;
    this.#callsInFlight--;
    if (!repliesInPlace || this.#busy > 0) return this.#wakeUp(toGuest.reply, id, ok ? 1 : 0, text);
    if (this.#isolate.isDisposed) return;
    try {
      this.#receive?.applySync(undefined, [toGuest.reply, id, ok ? 1 : 0, text, 1]);
    } catch {
      // The heap limit was met meanwhile: the isolate is disposed, and the watch ends the run.
      this.#check(this.#options.limits);
    }
  }

  /** True where the script waits for answers of the host's, and nothing else can make it go on. */
  get isWaiting(): boolean {
    return (
      repliesInPlace &&
      this.#running &&
      this.#busy === 0 &&
      this.#callsInFlight > 0 &&
      this.#wake === undefined
    );
  }

  /** Ends the run now, with a reason of the host's own. */
  end(reason: ScriptFailure['reason'], name: string, message: string): void {
    this.#fail({ reason, name, message, frames: [] });
  }

  /** @returns false where something of the script still runs and cannot be stopped: the process is of no more use */
  async retire(): Promise<boolean> {
    const quiet = this.#ping();
    await within(yieldMs, quiet);
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
    this.#tell(kind, a, b, c);
    if (repliesInPlace) this.#noteBusy();
  }

  /** Until the isolate has done what it was told: whoever entered it meanwhile would wait, for ever perhaps. */
  #noteBusy(): void {
    this.#busy++;
    this.#ping().then(() => {
      this.#busy--;
    });
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
      case toHost.done: {
        const [, ok, text, cut] = message as [number, number, string, number];
        this.#outputBytesCut += cut;
        return this.#endWith(ok === 1, text);
      }
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

  #fail(failure: ScriptFailure): void {
    this.#end(false, JSON.stringify(failure));
  }

  #endWith(ok: boolean, text: string): void {
    const { resultBytesMax } = this.#options.limits;
    const bytes = ok ? Buffer.byteLength(text) : 0;
    if (bytes <= resultBytesMax) return this.#end(ok, text);
    this.end('result', 'TypeError', resultMessage(resultBytesMax, bytes));
  }

  #end(ok: boolean, text: string): void {
    if (!this.#running) return;
    this.#running = false;
    clearInterval(this.#watch);
    clearTimeout(this.#wake);
    this.#residentBytesPeak = Math.max(this.#residentBytesPeak, process.memoryUsage.rss());
    this.#options.events.onEnd({
      ok,
      text,
      cpuMs: this.#cpuMs(),
      residentBytesPeak: this.#residentBytesPeak,
      outputBytesCut: this.#outputBytesCut,
    });
  }

  #endOutOfMemory(): void {
    const { heapMebibytesMax } = this.#options.limits;
    this.end('memory', 'RangeError', heapMessage(heapMebibytesMax));
  }

  /** Real processor time of this process: exact, as it runs one script at a time. */
  #cpuMs(): number {
    const { user, system } = process.cpuUsage(this.#cpuStart);
    return (user + system) / 1_000;
  }

  #check({ cpuMsMax, residentMebibytesMax }: SandboxLimits): void {
    const resident = process.memoryUsage.rss();
    this.#residentBytesPeak = Math.max(this.#residentBytesPeak, resident);
    if (this.#isolate.isDisposed) return this.#endOutOfMemory();
    if (this.#cpuMs() > cpuMsMax) {
      return this.end('cpu', 'RangeError', cpuMessage(cpuMsMax));
    }
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
