/**
 * One isolate for one script: created and hardened ahead of time, limited in processor time and memory while the
 * script runs, disposed afterwards. Knows no channel: what the script asks for goes to `ScriptEvents`.
 */

import { scriptFile, scriptPrefix, scriptSuffix, toGuest, toHost } from './bridge.ts';
import { type CallSite, callSite } from './call-site.ts';
import { HeldEnd } from './held-end.ts';
import { bootGuest, type OnPost, type Receive, type SettleNow, settlerOf } from './isolate-boot.ts';
import { heapMessage, limitMet, refusedScript, resultMessage, uncaughtParts } from './isolate-failures.ts';
import { GuestTurns } from './isolate-turns.ts';
import type { IsolatedVm } from './isolated-vm.ts';
import { OutputCut } from './output-cut.ts';
import type { SandboxLimits, ScriptFailure } from './protocol.ts';
import type { ScriptEvents } from './script-events.ts';
import { ScriptUsage } from './usage.ts';
import { within } from './within.ts';

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

const watchMs = 20;
/** What is left of a script that has ended gets this long to yield, and then to die. */
const yieldMs = 50;
const deathMs = 3_000;

export class ScriptIsolate {
  readonly #options: IsolateOptions;
  /**
   * What a script does after an answer runs in our own thread, which saves two changes of thread for each call. While it
   * computes, nothing else here can run: that is left to the orchestrator's watch from outside, which needs Linux.
   */
  readonly #repliesInPlace: boolean;
  readonly #isolate: IsolatedVm.Isolate;
  readonly #usage: ScriptUsage;
  readonly #context: IsolatedVm.Context;
  readonly #receive: Receive;
  readonly #settleNow: SettleNow;
  readonly #turns: GuestTurns;
  #watch: NodeJS.Timeout | undefined;
  #wake: NodeJS.Timeout | undefined;
  #running = false;
  #source = '';
  #callsInFlight = 0;
  /** By their numbers. */
  readonly #callSites: CallSite[] = [];
  #idleAsked = false;
  readonly #output: OutputCut;
  readonly #heldEnd = new HeldEnd();
  #isInPlace = false;
  #stopFunctions = 0;
  #isStopping = false;
  #notAwaited: number[] = [];
  #unsent = 0;

  /** Ready for its script. */
  constructor(options: IsolateOptions) {
    this.#options = options;
    this.#output = new OutputCut(options.limits.outputBytesMax, (text) => options.events.onOutput(text));
    this.#repliesInPlace = options.ownsProcess && isWatched;
    this.#isolate = new options.ivm.Isolate({
      memoryLimit: options.limits.heapMebibytesMax,
      // V8 has given up on the isolate, and its thread is lost: the process must not be used again. Without the
      // handler it aborts, which is what our own thread needs: it could not run the handler it waits for.
      ...(!this.#repliesInPlace && { onCatastrophicError: () => this.#endOutOfMemory() }),
    });
    this.#usage = new ScriptUsage(this.#isolate, options.ownsProcess);
    const { ivm, guestSource, limits } = options;
    const onPost: OnPost = (kind, a, b, c, d, e) => {
      if (!this.#running) return;
      if (kind === toHost.call) this.#onCall(a as number, b as number, c as string);
      else this.#onPost(kind, a, b, c, d, e);
    };
    const { context, receive } = bootGuest(this.#isolate, { ivm, guestSource, limits, onPost });
    this.#context = context;
    this.#receive = receive;
    this.#settleNow = this.#repliesInPlace ? settlerOf(receive) : () => {};
    this.#turns = new GuestTurns(this.#isolate, receive, {
      onUncaught: (thrown) => this.#onUncaught(thrown),
      onTurnEnd: () => {
        this.#heldEnd.tell();
        options.events.onTurnEnd();
      },
    });
  }

  /** @param tableText ApiTable as JSON; may be given again until the script runs */
  setApi(tableText: string): void {
    this.#turns.tellNow(toGuest.api, tableText);
  }

  /**
   * @param code compiled JavaScript, the body of an async function
   * @param input JSON
   */
  run(code: string, input: string | undefined): void {
    this.#begin();
    if (input !== undefined) this.#turns.tell(toGuest.input, input);
    this.#source = scriptPrefix + code + scriptSuffix;
    const given = [this.#receive.derefInto()];
    this.#turns.enter(this.#context.evalClosure(this.#source, given, { filename: scriptFile }));
  }

  /** @param text the value, or a ToolFailure, as JSON */
  reply(id: number, ok: boolean, text: string): void {
    if (!this.#running) return;
    this.#callsInFlight--;
    if (!this.#repliesInPlace || !this.#turns.areOver)
      return this.#turns.wake(ok ? toGuest.value : toGuest.failure, id, text);
    this.#isInPlace = true;
    try {
      this.#settleNow(ok ? id : -id, text);
    } catch (thrown) {
      this.#onUncaught(thrown);
    }
    this.#isInPlace = false;
    this.#heldEnd.tell();
  }

  /** Runs a function that the script registered by `onStop`; only after an end that was `kept`, one at a time. */
  stop(id: number): void {
    this.#isStopping = true;
    this.#callsInFlight = 0;
    this.#begin();
    this.#turns.wake(toGuest.stop, id);
  }

  /** True where the script waits for answers of the host's, and nothing else can make it go on. */
  get isWaiting(): boolean {
    return (
      this.#repliesInPlace &&
      this.#running &&
      this.#turns.areOver === true &&
      this.#callsInFlight > 0 &&
      this.#wake === undefined
    );
  }

  /** True while a turn of the script's is under way in the isolate's own thread. */
  get isAtWork(): boolean {
    return !this.#turns.areOver;
  }

  /** Ends the run now, with a reason of the host's own. */
  end(reason: ScriptFailure['reason'], name: string, message: string): void {
    this.#fail({ reason, name, message, frames: [] }, reason !== 'result');
  }

  /** @returns false where something of the script still runs and cannot be stopped: the process is of no more use */
  async retire(): Promise<boolean> {
    if (this.#turns.areOver) {
      if (!this.#isolate.isDisposed) this.#isolate.dispose();
      return true;
    }
    const quiet = this.#turns.quiet();
    await within(yieldMs, quiet);
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
    return within(deathMs, quiet);
  }

  /** As `retire`, but at once, and where the script still runs without a word of its end. */
  discard(): Promise<boolean> {
    this.#rest();
    this.#usage.end();
    const quiet = this.#turns.quiet();
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
    return within(deathMs, quiet);
  }

  /** The guest describes it: the rejection may be a call's. */
  async #onUncaught(thrown: unknown): Promise<void> {
    if (!this.#running) return;
    // The heap limit was met meanwhile.
    if (this.#isolate.isDisposed) return this.#check(this.#options.limits);
    this.#heldEnd.drop();
    try {
      const answer = await this.#turns.ask(toGuest.uncaught, ...uncaughtParts(thrown));
      if (answer === false) this.#endRefused();
      else if (typeof answer === 'string') this.#end(false, answer);
    } catch {
      this.#check(this.#options.limits);
      const [, message] = uncaughtParts(thrown);
      this.#fail({ reason: 'error', name: 'Error', message, uncaught: 'promise', frames: [] }, true);
    }
  }

  #onCall(id: number, site: number, args: string): void {
    this.#callsInFlight++;
    this.#options.events.onCall(id, this.#callSites[site] as CallSite, args);
  }

  #onPost(
    kind: number,
    a: number | string,
    b: number | string,
    c: number | string,
    d: number | string,
    e: number | string,
  ): void {
    switch (kind) {
      case toHost.callSite:
        this.#callSites[a as number] = callSite(b === 1, c as string, d as string, e as string);
        return;
      case toHost.output:
        return this.#output.pass(a as string);
      case toHost.wake:
        clearTimeout(this.#wake);
        this.#wake = setTimeout(() => {
          this.#wake = undefined;
          this.#turns.wake(toGuest.fire);
        }, a as number);
        return;
      case toHost.left:
        this.#output.bytesCut += a as number;
        this.#notAwaited = b === '' ? [] : (b as string).split(',').map(Number);
        this.#unsent = c as number;
        return;
      case toHost.done:
        return this.#done(a === 1, b as string, c === 1);
      case toHost.stops:
        this.#stopFunctions = a as number;
        return;
      case toHost.stopped:
        return this.#end(a === 1, b as string);
    }
  }

  #done(ok: boolean, text: string, cutOff: boolean): void {
    if (!ok) return this.#end(false, text, cutOff);
    this.#heldEnd.hold(() => this.#succeed(text), this.#isInPlace);
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
    this.#rest();
    this.#usage.residentBytes();
    this.#usage.end();
    if (this.#isStopping) return this.#options.events.onStopped(ok, text);
    this.#options.events.onEnd({
      ok,
      text,
      cpuMs: this.#usage.cpuMs(),
      residentBytesPeak: this.#usage.residentBytesPeak,
      outputBytesCut: this.#output.bytesCut,
      kept: cutOff && this.#stopFunctions > 0 && !this.#isolate.isDisposed,
      notAwaited: this.#notAwaited,
      unsent: this.#unsent,
    });
  }

  #begin(): void {
    this.#running = true;
    this.#usage.start();
    this.#watch = setInterval(() => this.#check(this.#options.limits), watchMs);
  }

  #rest(): void {
    this.#running = false;
    clearInterval(this.#watch);
    clearTimeout(this.#wake);
    this.#heldEnd.drop();
    this.#wake = undefined;
  }

  #endOutOfMemory(): void {
    const { heapMebibytesMax } = this.#options.limits;
    this.end('memory', 'RangeError', heapMessage(heapMebibytesMax));
  }

  #check(limits: SandboxLimits): void {
    const residentBytes = this.#usage.residentBytes();
    if (this.#isolate.isDisposed) return this.#endOutOfMemory();
    const met = limitMet({ cpuMs: this.#usage.cpuMs(), residentBytes }, limits, this.#isStopping);
    if (met) return this.end(met.limit, 'RangeError', met.text);
    if (this.#callsInFlight === 0 && !this.#idleAsked) this.#askWhetherIdle();
  }

  /** One question at a time: while the script computes, they would only gather. */
  async #askWhetherIdle(): Promise<void> {
    this.#idleAsked = true;
    const started = await this.#turns.ask(toGuest.idle).catch(() => undefined);
    this.#idleAsked = false;
    if (started === false) this.#endRefused();
  }

  /** The script never started: V8 refuses what esbuild let pass. Compiling it once more says why. */
  #endRefused(): void {
    const refused = (error: unknown) => this.#fail(refusedScript(error));
    this.#isolate
      .compileScript(this.#source, { filename: scriptFile })
      .then(() => refused(undefined), refused);
  }
}
