/**
 * The scripts of one sandbox, one after the other, each in an isolate of its own: the next is made while the last one
 * ends. Knows no channel; main.ts puts it behind a pipe, in-process.ts into the orchestrator's own process.
 */
import type { CallSite } from './call-site.ts';
import { type IsolateOptions, ScriptIsolate } from './isolate.ts';
import type { FromSandbox } from './protocol.ts';
import type { ScriptEvents } from './script-events.ts';

export interface SessionOptions extends Omit<IsolateOptions, 'events'> {
  send(header: Exclude<FromSandbox, { type: 'call' }>, payload: string): void;
  /** A `call`: the same, said in parts. */
  sendCall(run: string, id: number, site: CallSite, args: string): void;
  /** After each `ready`, and each turn of a script. */
  onRest(): void;
  /** The session cannot go on: no isolate can be made, or something of a script still runs and cannot be stopped. */
  onBroken(): void;
}

export class ScriptSession {
  readonly #options: SessionOptions;
  #apiText: string | undefined;
  #prepared: ScriptIsolate | undefined;
  #isReady = false;
  #running: { readonly run: string; readonly isolate: ScriptIsolate } | undefined;
  /** The function of `onStop` that runs. */
  #stopping = 0;
  #isOver = false;
  /** Something of a script runs on. */
  #isStuck = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#prepareNext(Promise.resolve(true));
  }

  /** True where only the orchestrator can make anything happen here. */
  get isWaiting(): boolean {
    return this.#running ? this.#running.isolate.isWaiting : this.#prepared !== undefined && this.#isReady;
  }

  /** True while a turn of the script's is under way, after which comes `onRest`. */
  get isAtWork(): boolean {
    return this.#running?.isolate.isAtWork ?? false;
  }

  /** False between two scripts, while the next isolate is made. */
  get isOpen(): boolean {
    return this.#running !== undefined || this.#prepared !== undefined;
  }

  /** @param tableText ApiTable as JSON */
  setApi(tableText: string): void {
    this.#apiText = tableText;
    this.#prepared?.setApi(tableText);
  }

  run(run: string, code: string, input: string | undefined): void {
    const isolate = this.#prepared;
    if (!isolate) return this.#options.onBroken();
    this.#running = { run, isolate };
    this.#prepared = undefined;
    this.#isReady = false;
    isolate.run(code, input);
  }

  /** @param text the value, or a ToolFailure, as JSON */
  reply(run: string, id: number, ok: boolean, text: string): void {
    if (this.#running?.run === run) this.#running.isolate.reply(id, ok, text);
  }

  abort(run: string): void {
    if (this.#running?.run === run) this.#running.isolate.end('aborted', 'Error', 'The script was aborted.');
  }

  /** Only after a `done` that is `kept`. */
  stop(run: string, id: number): void {
    if (this.#running?.run !== run) return;
    this.#stopping = id;
    this.#running.isolate.stop(id);
  }

  /**
   * Ends what runs, without a word of it, and makes no further isolate.
   *
   * @returns false where something of the script cannot be stopped
   */
  async close(): Promise<boolean> {
    this.#isOver = true;
    const left = [this.#running?.isolate, this.#prepared].map((isolate) => isolate?.discard() ?? true);
    this.#running = undefined;
    this.#prepared = undefined;
    return (await Promise.all(left)).every(Boolean) && !this.#isStuck;
  }

  /** While the orchestrator takes in the result, what is left of the last script ends and the next isolate is made. */
  async #prepareNext(lastIsQuiet: Promise<boolean>): Promise<void> {
    const quiet = await lastIsQuiet;
    if (this.#isOver) return;
    this.#isStuck = !quiet;
    if (!quiet) return this.#options.onBroken();
    try {
      this.#prepared = new ScriptIsolate({ ...this.#options, events: this.#events() });
    } catch {
      return this.#options.onBroken();
    }
    if (this.#apiText !== undefined) this.#prepared.setApi(this.#apiText);
    this.#options.send({ type: 'ready' }, '');
    this.#isReady = true;
    this.#options.onRest();
  }

  #events(): ScriptEvents {
    const { send, sendCall } = this.#options;
    const id = () => this.#running?.run ?? '';
    return {
      onCall: (call, site, args) => sendCall(id(), call, site, args),
      onOutput: (text) => send({ type: 'output', run: id() }, text),
      onEnd: ({ text, ...end }) => {
        const ended = this.#running;
        send({ type: 'done', run: id(), ...end }, text);
        // Then the orchestrator asks for `stop`, and ends this sandbox when that is done.
        if (end.kept) return;
        this.#running = undefined;
        // Off the way of the answer, which is still to be written.
        setImmediate(() => {
          const quiet = ended ? ended.isolate.retire() : Promise.resolve(true);
          if (!this.#isOver) this.#prepareNext(quiet);
        });
      },
      onTurnEnd: () => this.#options.onRest(),
      onStopped: (ok, text) => send({ type: 'stopped', run: id(), id: this.#stopping, ok }, text),
    };
  }
}
