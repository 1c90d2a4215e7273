/** One sandbox: its messages, the script it runs, and the watch over it from outside. Nothing it sends is believed. */
import type { FromSandbox, ScriptFailure, ToSandbox } from '../../sandbox/protocol.ts';
import { messageOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { lastWords } from './sandbox-last-words.ts';
import type { OpenSandboxLink, SandboxLink } from './sandbox-link.ts';
import { bytesOf, ProtocolViolation, parseFailure, parseResult, textOf } from './sandbox-messages.ts';
import { isUntouched, newSandboxRun, type SandboxRun } from './sandbox-run.ts';
import { answerOf, type SandboxOutcome, type SandboxReply, type SandboxScript } from './sandbox-script.ts';
import { KeptSandbox } from './sandbox-stop.ts';
import { SeenUsage } from './seen-usage.ts';

/**
 * `starting` and `preparing` become `ready` by themselves; only `ready` takes a script. `kept`: for what a script that
 * was cut off registered by `onStop`; the process ends with it.
 */
export type SandboxChildState = 'starting' | 'ready' | 'running' | 'preparing' | 'kept' | 'dead';

export interface SandboxChildOptions {
  readonly openLink: OpenSandboxLink;
  readonly limits: Limits;
  readonly log: Log;
  onReady(child: SandboxChild): void;
  /** Once, when the process is gone. `startError` where it never became ready. */
  onExit(child: SandboxChild, startError: string | undefined): void;
}

const watchMs = 25;
/** A look costs as much as sending a script: those that end before the first one are looked at together. */
const runsUnseenMax = 16;
const abortMs = 300;
/** From the end of a script until the next isolate is ready; far above the few milliseconds it takes. */
const prepareMsMax = 5_000;
/** The child counts in its own clock and process; it gets the first chance to report. Enough for it on a busy machine too. */
const cpuSlackMs = 500;
const mebibyte = 1_024 * 1_024;
/** After these the isolate is disposed and the process as good as new. */
const cleanReasons: ReadonlySet<string> = new Set(['error', 'result', 'stalled']);

export class SandboxChild {
  state: SandboxChildState = 'starting';
  /** Scripts that it has run. */
  runs = 0;
  readonly exited: Promise<void>;
  readonly #options: SandboxChildOptions;
  readonly #link: SandboxLink;
  #run: SandboxRun | undefined;
  #kept: KeptSandbox | undefined;
  readonly #usage = new SeenUsage();
  #everReady = false;
  #api: string | undefined;
  #prepareTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #abortTimer: NodeJS.Timeout | undefined;

  /** @throws OrchestratorError sandbox_failed */
  constructor(options: SandboxChildOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    this.#link = options.openLink(options, {
      onMessage: (message, payload) => this.#receive(message, payload),
      onError: (error) => this.#broken(error),
      onGone: (reason, stderr) => {
        this.#gone(reason, stderr);
        resolve();
      },
    });
  }

  get pid(): number | undefined {
    return this.#link.pid;
  }

  /** Resident bytes at the last look; 0 off Linux before the first run has ended. */
  get residentBytes(): number {
    return this.#usage.residentBytes;
  }

  /** Processor time of the process so far, at the last look; 0 off Linux. */
  get cpuMs(): number {
    return this.#usage.cpuMs;
  }

  /** The same, at this moment. */
  cpuMsNow(): number {
    return (this.state === 'dead' ? undefined : this.#link.usage()?.cpuMs) ?? this.cpuMs;
  }

  /** Looks whether it is still there: what the kernel has ended, Node tells a moment later. */
  isGone(): boolean {
    if (this.state === 'dead') return true;
    if (!this.#link.isGone()) return false;
    this.kill('crashed', 'The sandbox process was ended from outside.');
    return true;
  }

  /** @param table ApiTable as JSON; every script started afterwards sees it */
  setApi(table: string): void {
    if (table === this.#api) return;
    this.#api = table;
    this.#send({ type: 'api' }, table);
  }

  /** Only in state `ready`. Never rejects. */
  run(script: SandboxScript): Promise<SandboxOutcome> {
    return new Promise((resolve) => {
      const abort = () => this.#abort(script.run);
      const { callsMax } = this.#options.limits;
      this.#run = newSandboxRun({ script, end: resolve, abort, callsMax });
      this.state = 'running';
      this.runs += 1;
      this.#usage.start();
      const { code, input = '' } = script;
      this.#send({ type: 'run', run: script.run, codeBytes: Buffer.byteLength(code) }, code + input);
      this.#watchTimer = setInterval(() => this.#look(), watchMs).unref();
      script.signal.addEventListener('abort', abort);
    });
  }

  /** At once and without fail; a script that it runs ends with that reason. */
  kill(
    reason: ScriptFailure['reason'] = 'aborted',
    message = 'The script was aborted.',
    more: Partial<SandboxOutcome> = {},
  ): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.#clearTimers();
    this.#link.kill();
    this.#kept?.onGone(reason, message);
    this.#endRun({ ok: false, failure: { reason, name: 'Error', message, frames: [] }, ...more });
  }

  #broken(error: unknown): void {
    if (this.state === 'dead') return;
    const said = error instanceof Error ? error.message : 'it sent nonsense';
    if (!(error instanceof ProtocolViolation || error instanceof RangeError)) throw error;
    this.#options.log.warn({ pid: this.pid, said }, 'a sandbox process broke the protocol and is ended');
    this.kill('crashed', `The sandbox process was ended: ${said}.`);
  }

  #receive(message: FromSandbox, payload: Uint8Array | string): void {
    if (this.state === 'dead') return;
    if (message.type === 'ready') return this.#onReady();
    const run = this.#run;
    if (!run || message.run !== run.script.run)
      throw new ProtocolViolation(`it sent "${message.type}" for a script that it does not run`);
    if (message.type === 'call') return this.#onCall(run, message, payload);
    if (message.type === 'output') return this.#onOutput(run, payload);
    const kept = this.#kept;
    if (kept && message.type === 'stopped') {
      run.callsMax = run.calls;
      return kept.onStopped(message.id, message.ok ? undefined : parseFailure(payload));
    }
    if (kept || message.type === 'stopped')
      throw new ProtocolViolation(`it sent "${message.type}" out of turn`);
    this.#onDone(run, message, payload);
  }

  #onReady(): void {
    if (this.state !== 'starting' && this.state !== 'preparing')
      throw new ProtocolViolation('it sent "ready" out of turn');
    clearTimeout(this.#prepareTimer);
    this.state = 'ready';
    this.#everReady = true;
    if (this.runs % runsUnseenMax === 0) this.#usage.see(this.#link.usage());
    this.#options.onReady(this);
  }

  #onCall(run: SandboxRun, message: FromSandbox & { type: 'call' }, payload: Uint8Array | string): void {
    const { callsInFlightMax, argumentBytesMax } = this.#options.limits;
    const { id, server, tool, raw, line, column } = message;
    if (id !== run.calls + 1 || id > run.callsMax || run.callsInFlight >= callsInFlightMax) {
      throw new ProtocolViolation(
        `it sent call ${id} after ${run.calls}, with ${run.callsInFlight} under way`,
      );
    }
    run.calls = id;
    run.callsInFlight += 1;
    const reply = (answer: SandboxReply) => this.#reply(run, id, answer);
    const fail = (kind: string, text: string) =>
      reply({ ok: false, failure: { message: text, kind, server, tool, retrySafe: 'yes' } });
    if (bytesOf(payload) > argumentBytesMax) {
      return fail(
        'arguments_invalid',
        `The arguments have ${bytesOf(payload)} bytes as JSON; at most ${argumentBytesMax} (argumentBytesMax).`,
      );
    }
    const broken = (error: unknown) =>
      this.kill('crashed', `The orchestrator could not answer call ${id}: ${messageOf(error)}`);
    answerOf(run.script, { id, server, tool, raw, line, column, args: textOf(payload) })
      .then(reply)
      .catch(broken);
  }

  #reply(run: SandboxRun, id: number, answer: SandboxReply): void {
    if (this.#run !== run) return;
    run.callsInFlight -= 1;
    const { residentMebibytesMax } = this.#options.limits;
    if (this.#link.unsentBytes() > residentMebibytesMax * mebibyte) {
      const text = `The sandbox process left more answers unread than fit into it (${residentMebibytesMax} MiB, residentMebibytesMax).`;
      return this.kill('resident', text);
    }
    this.#send(
      { type: 'reply', run: run.script.run, id, ok: answer.ok },
      answer.ok ? answer.value : JSON.stringify(answer.failure),
    );
  }

  #onOutput(run: SandboxRun, payload: Uint8Array | string): void {
    // Without a limit, nothing could be sent for ever.
    if (payload.length === 0) throw new ProtocolViolation('it sent empty output');
    run.outputBytes += bytesOf(payload);
    if (run.outputBytes > this.#options.limits.outputBytesMax)
      throw new ProtocolViolation('it sent more output than outputBytesMax');
    try {
      run.script.onOutput(textOf(payload));
    } catch (error) {
      this.#options.log.error({ error: messageOf(error) }, 'a listener to console output threw');
    }
  }

  #onDone(run: SandboxRun, message: FromSandbox & { type: 'done' }, payload: Uint8Array | string): void {
    const { ok, cpuMs, residentBytesPeak, outputBytesCut, notAwaited, unsent } = message;
    if (ok && bytesOf(payload) > this.#options.limits.resultBytesMax)
      throw new ProtocolViolation('it sent a result over resultBytesMax');
    const failure = ok ? undefined : parseFailure(payload);
    const result = ok ? parseResult(payload) : undefined;
    run.cpuMs = Math.max(run.cpuMs, cpuMs);
    run.residentBytesPeak = Math.max(run.residentBytesPeak, residentBytesPeak);
    this.#usage.residentBytes = residentBytesPeak;
    const clean = ok || cleanReasons.has(failure?.reason ?? '');
    const kept = message.kept && !ok ? this.#keep() : undefined;
    this.state = kept ? 'kept' : 'preparing';
    this.#clearTimers();
    const endMsMax = kept ? 2 * this.#options.limits.stopMsMax + prepareMsMax : prepareMsMax;
    this.#prepareTimer = setTimeout(() => this.kill(), endMsMax).unref();
    this.#endRun({
      ok,
      ...(result !== undefined && { result }),
      ...(failure && { failure }),
      ...{ outputBytesCut, notAwaited, unsent },
      ...(kept && { stop: kept }),
    });
    // A run of its own: answers to what the script called are no longer passed on, and it may not call unasked.
    if (kept) this.#run = { ...run, callsMax: run.calls, end: () => {}, abort: () => {} };
    else if (!clean) this.kill();
  }

  #keep(): KeptSandbox {
    const { stopCallsMax } = this.#options.limits;
    const start = (id: number) => {
      const run = this.#run;
      if (!run) return;
      run.callsMax = run.calls + stopCallsMax;
      run.callsInFlight = 0;
      this.#usage.startAt(this.#link.usage());
      this.#send({ type: 'stop', run: run.script.run, id }, '');
      clearInterval(this.#watchTimer);
      this.#watchTimer = setInterval(() => this.#look(), watchMs).unref();
    };
    this.#kept = new KeptSandbox({ start, end: () => this.kill() });
    return this.#kept;
  }

  #endRun(end: Partial<SandboxOutcome> & Pick<SandboxOutcome, 'ok'>): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.script.signal.removeEventListener('abort', run.abort);
    run.end({ outputBytesCut: 0, ...end, cpuMs: run.cpuMs, memoryBytesPeak: run.residentBytesPeak });
  }

  #abort(run: string): void {
    this.#send({ type: 'abort', run }, '');
    this.#abortTimer = setTimeout(() => this.kill(), abortMs);
  }

  #look(): void {
    const usage = this.#link.usage();
    const run = this.#run;
    if (!usage || !run) return;
    const { residentMebibytesMax } = this.#options.limits;
    const cpuLimit = this.#kept ? 'stopCpuMsMax' : 'cpuMsMax';
    const cpuMsMax = this.#options.limits[cpuLimit];
    run.residentBytesPeak = Math.max(run.residentBytesPeak, usage.residentBytes);
    run.cpuMs = this.#usage.look(usage);
    if (usage.residentBytes > residentMebibytesMax * mebibyte) {
      this.kill(
        'resident',
        `The sandbox process used more than ${residentMebibytesMax} MiB of memory (residentMebibytesMax).`,
      );
    } else if (run.cpuMs > cpuMsMax + cpuSlackMs) {
      this.kill('cpu', `The script used more than ${cpuMsMax} ms of processor time (${cpuLimit}).`);
    }
  }

  #send(header: ToSandbox, payload: string | Uint8Array): void {
    if (this.state === 'dead') return;
    this.#link.send(header, payload);
  }

  #gone(reason: string, stderr: string): void {
    const { log, onExit } = this.#options;
    const { heapIsFull, said } = lastWords(reason, stderr);
    if (this.state === 'running' && heapIsFull) {
      const { heapMebibytesMax } = this.#options.limits;
      this.kill('memory', `The script used more than ${heapMebibytesMax} MiB of heap (heapMebibytesMax).`);
    } else if (this.state !== 'dead') {
      log.warn({ pid: this.pid, reason, stderr }, 'a sandbox process ended by itself');
      const more = this.#run && isUntouched(this.#run) ? { isUntouched: true } : {};
      this.kill('crashed', `The sandbox process ended while the script ran (${said}).`, more);
    }
    onExit(this, this.#everReady ? undefined : said);
  }

  #clearTimers(): void {
    clearInterval(this.#watchTimer);
    clearTimeout(this.#abortTimer);
    clearTimeout(this.#prepareTimer);
  }
}
