/**
 * One isolate for one script: created and hardened ahead of time, limited in processor time and memory while the
 * script runs, disposed afterwards. Knows no channel: what the script asks for goes to `ScriptEvents`.
 */

import { positionOf, scriptFile, scriptPrefix, scriptSuffix, toGuest, toHost } from './bridge.ts';
import { bootGuest, type Receive } from './isolate-boot.ts';
import {
  cpuMessage,
  heapMessage,
  refusedScript,
  residentMessage,
  resultMessage,
  stopCpuMessage,
  uncaughtParts,
} from './isolate-failures.ts';
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

/** As `toHost.call` and `toHost.done` say. */
type CallMessage = [number, number, number, string, string, string, string];
type DoneMessage = [number, number, string, number, number, string, number];

/** A good end waits so long for what else comes of the same turn: a rejection that nothing handles makes it a failure. */
const holdMs = 50;

const watchMs = 20;
/** What is left of a script that has ended gets this long to yield, and then to die. */
const yieldMs = 50;
const deathMs = 3_000;
const mebibyte = 1_024 * 1_024;

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
  readonly #turns: GuestTurns;
  #watch: NodeJS.Timeout | undefined;
  #wake: NodeJS.Timeout | undefined;
  #running = false;
  #source = '';
  #callsInFlight = 0;
  #idleAsked = false;
  readonly #output: OutputCut;
  /** A good end that is told when the script's turn is over. */
  #held: (() => void) | undefined;
  #heldTimer: NodeJS.Timeout | undefined;
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
    const onPost = (message: (number | string)[]) => this.#onPost(message);
    const { context, receive } = bootGuest(this.#isolate, { ivm, guestSource, limits, onPost });
    this.#context = context;
    this.#receive = receive;
    this.#turns = new GuestTurns(this.#isolate, receive, {
      onUncaught: (thrown) => this.#onUncaught(thrown),
      onTurnEnd: () => {
        this.#release();
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
      return this.#turns.wake(toGuest.reply, id, ok ? 1 : 0, text);
    if (this.#isolate.isDisposed) return;
    this.#isInPlace = true;
    try {
      this.#receive.applySync(undefined, [toGuest.reply, id, ok ? 1 : 0, text, 1]);
    } catch (thrown) {
      this.#onUncaught(thrown);
    }
    this.#isInPlace = false;
    this.#release();
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
    this.#held = undefined;
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
        return this.#output.pass(message[1] as string);
      case toHost.wake:
        clearTimeout(this.#wake);
        this.#wake = setTimeout(() => {
          this.#wake = undefined;
          this.#turns.wake(toGuest.fire);
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

  #done([, ok, text, cut, cutOff, notAwaited, unsent]: DoneMessage): void {
    this.#output.bytesCut += cut;
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
    clearTimeout(this.#heldTimer);
    this.#wake = undefined;
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
