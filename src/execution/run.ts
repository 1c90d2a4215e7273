/** One script from text to result. A run never throws: whatever happens is a RunResult that says so. */
import { isCutOff, orchestratorServer, type ScriptFailure } from '../../sandbox/protocol.ts';
import type { CheckMode } from '../config/types.ts';
import { type Caller, localCaller } from '../downstream/caller.ts';
import { apiTableText } from './api-table.ts';
import { assembleResult, type Ending } from './assemble-result.ts';
import { type CompiledScript, compileScript } from './bundle.ts';
import { compilePolicy } from './bundle-policy.ts';
import type { Journal } from './journal.ts';
import type { LiveRecord } from './live-record.ts';
import { Permission } from './permission.ts';
import { RecentResults } from './recent-results.ts';
import { restingClient } from './resting-client.ts';
import { RunClock } from './run-clock.ts';
import { cancelledEnding, endsRun, faultEnding, refusedEnding, timeoutEnding } from './run-ending.ts';
import { RunGates } from './run-gates.ts';
import { newRunId } from './run-id.ts';
import type { RunRecord } from './run-record.ts';
import { RunRecorder } from './run-recorder.ts';
import type { RunnerOptions, RunRequest } from './run-request.ts';
import type { RunError, RunResult, RunStatus } from './run-result.ts';
import type { SandboxCall, SandboxOutcome, SandboxReply } from './sandbox-pool.ts';
import { apiNamesFor, checkSource, inputText, wallSeconds } from './script-checks.ts';
import { describeScriptFailure } from './script-error.ts';
import { StopPlan } from './stop-plan.ts';
import { toolFailure } from './tool-failure.ts';
import { mentionedServers, type TypeVerdict, typeError } from './type-gate.ts';
import { untilAborted } from './until-aborted.ts';
import { prepareValidation } from './validate-arguments.ts';

/** One for all: to make one, with its stack, takes as long as the rest of ending a run. */
const hasEnded = new DOMException('The run has ended.', 'AbortError');

/** The state of one run; made, executed once and dropped. */
export class Run {
  readonly id = newRunId();
  readonly #request: RunRequest;
  readonly #options: RunnerOptions;
  readonly #caller: Caller;
  readonly #books: RunRecorder;
  readonly #journal: Journal;
  readonly #permission: Permission | undefined;
  readonly #results = new RecentResults();
  readonly #stops: StopPlan;
  readonly #ender = new AbortController();
  readonly #clock = new RunClock(() => {
    this.#timedOut = true;
    this.#ender.abort();
  });
  readonly #lineOf = (line: number) => this.#request.code.split('\n')[line - 1] ?? '';
  #timedOut = false;
  #isInterrupted = false;
  /** Where a call was refused in a way that the script is not to go on from. */
  #stopped: Ending | undefined;
  #output = '';
  #outcome: SandboxOutcome | undefined;
  #compiled: CompiledScript | undefined;
  #verdict: TypeVerdict | undefined;
  #gates: RunGates | undefined;
  #result: RunResult | undefined;

  constructor(request: RunRequest, options: RunnerOptions) {
    this.#request = request;
    this.#options = options;
    const caller = request.caller ?? localCaller;
    this.#caller = { ...caller, run: this.id, client: restingClient(caller.client, this.#clock) };
    const { catalog, router, limits, log, runs } = options;
    this.#books = new RunRecorder({
      ...{ run: this.id, principal: this.principal, request, runs, limits, log },
      state: () => ({
        output: this.#output,
        carried: this.#gates?.carried,
        result: this.#result,
        isInterrupted: this.#isInterrupted,
      }),
    });
    this.#journal = this.#books.journal;
    const permission = request.policy && new Permission(request.policy);
    this.#permission = permission;
    this.#stops = new StopPlan({
      catalog,
      router: {
        check: (tool, args) => {
          permission?.assertAllows(tool);
          return router.check(tool, args);
        },
      },
      limits,
      call: ({ server, name }, args, line, signal) =>
        router.call(
          { server, tool: name, args, raw: true, line, stop: true },
          { journal: this.#journal, signal, caller: this.#caller, permission, gates: this.#gates?.list },
        ),
      describe: (failure) => {
        const { name, message, line }: Pick<RunError, 'name' | 'message' | 'line'> =
          this.#failed(failure, []).error ?? failure;
        return `${name}: ${message}${line === undefined ? '' : ` (line ${line})`}`;
      },
    });
  }

  async execute(): Promise<RunResult> {
    const ending = await this.#untilEnd();
    // Calls that the script did not await end with it; a moment later it is known which were never sent.
    const underWay = this.#journal.endRun(this.#outcome?.notAwaited);
    this.#ender.abort(hasEnded);
    if (underWay > 0) await new Promise((resolve) => setImmediate(resolve));
    const stop = await this.#carryOutStops(ending.status);
    const remarks = await this.#gates?.close(ending.status);
    this.#result = assembleResult({
      run: this.id,
      ending: { ...ending, ...(stop && { stop }), ...remarks },
      output: this.#output,
      outcome: this.#outcome,
      verdict: this.#verdict,
      journal: this.#journal,
      limits: this.#options.limits,
      wallMs: performance.now() - this.#books.startedAt.monotonic,
    });
    return this.#result;
  }

  /** Who runs it. */
  get principal(): string {
    return this.#caller.principal;
  }

  /** Where its record is written as it goes. */
  get live(): LiveRecord | undefined {
    return this.#books.live;
  }

  /** What is to be kept of it, as it is now. */
  record(): RunRecord {
    return this.#books.record();
  }

  /** Ends the run, as its request's signal would; `interrupted` where it is we who end. */
  abort(why?: 'interrupted'): void {
    this.#isInterrupted ||= why === 'interrupted';
    this.#ender.abort();
  }

  async #carryOutStops(status: RunStatus): Promise<RunResult['stop']> {
    const { failure, stop: sandbox } = this.#outcome ?? {};
    if (this.#stops.isEmpty || !failure || !isCutOff(failure)) {
      sandbox?.close();
      return undefined;
    }
    const problems = await this.#stops.carryOut(sandbox);
    const calls = this.#journal.stops;
    const failed = calls.find(({ ok }) => !ok);
    const error = problems ?? (failed && `${failed.server}.${failed.tool} failed: ${failed.error}`);
    const reason = status === 'timeout' || status === 'aborted' || status === 'limit' ? status : 'error';
    this.#options.log.info({ run: this.id, reason, calls: calls.length, error }, 'onStop was carried out');
    return { ran: error === undefined, reason, calls, ...(error !== undefined && { error }) };
  }

  async #untilEnd(): Promise<Ending> {
    const { signal } = this.#request;
    const abort = () => this.#ender.abort();
    try {
      this.#clock.start(wallSeconds(this.#request.timeout, this.#options.limits) * 1_000);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
      return await this.#steps();
    } catch (error) {
      return this.#endingOf(error);
    } finally {
      this.#clock.stop();
      signal?.removeEventListener('abort', abort);
    }
  }

  async #steps(): Promise<Ending> {
    const { code } = this.#request;
    const { limits } = this.#options;
    checkSource(code, limits);
    this.#gates = await this.#untilAborted(
      RunGates.open(this.#request, {
        run: this.id,
        principal: this.principal,
        runs: this.#options.runs,
        limits,
      }),
    );
    const input = inputText(this.#request.input, limits);
    if (this.#checkMode() !== 'off') this.#options.types.begin(code);
    const apiNames = await this.#untilAborted(this.#apiNames(code));
    // What cannot be compiled is told as that, whatever its types.
    const [compiled, verdict] = await Promise.all([
      this.#compile(code, apiNames),
      this.#untilAborted(this.#checkTypes(code)),
    ]);
    this.#compiled = compiled;
    this.#verdict = verdict;
    if (this.#checkMode() === 'strict' && verdict && verdict.diagnostics.length > 0)
      return { status: 'type_error', error: typeError(code, verdict) };
    if (this.#request.checkOnly) return { status: 'success' };
    this.#outcome = await this.#options.sandboxes.run({
      run: this.id,
      code: this.#compiled.code,
      ...(input !== undefined && { input }),
      api: apiTableText(this.#options.catalog.servers()),
      signal: this.#ender.signal,
      onCall: (call) => this.#reply(call),
      onOutput: (text) => {
        this.#output += text;
        this.#request.onOutput?.(text);
      },
    });
    const { ok, result, failure } = this.#outcome;
    if (this.#stopped) return this.#stopped;
    if (ok) return { status: 'success', ...(result !== undefined && { result }) };
    await this.#untilOutcomesAreKnown(failure);
    return this.#failed(
      failure ?? { reason: 'crashed', name: 'Error', message: 'The sandbox gave no reason.', frames: [] },
      apiNames,
    );
  }

  /** One of several calls at once failed: the others are on their way, and torn off they would be of unknown outcome. */
  async #untilOutcomesAreKnown(failure: ScriptFailure | undefined): Promise<void> {
    const canWait = failure && ['error', 'result', 'stalled'].includes(failure.reason);
    // What the script registered for its end must not wait.
    if (!canWait || (isCutOff(failure) && !this.#stops.isEmpty)) return;
    await this.#journal.outcomesKnown(this.#options.limits.leftCallMsMax);
  }

  /** Only servers that the script mentions are waited for; what it reaches by other ways is waited for at the call. */
  async #apiNames(code: string): Promise<ReadonlySet<string>> {
    const { catalog } = this.#options;
    const mentioned = mentionedServers(code, catalog.servers()).map(({ name }) => name);
    const prepared = Promise.all(mentioned.map((name) => catalog.prepare(name)));
    // While a server starts, nobody waits for this.
    setImmediate(prepareValidation);
    await prepared;
    try {
      return apiNamesFor(code, catalog.servers());
    } catch {
      // Before an import is refused for what the cache knows, the servers are asked.
      await catalog.refreshStale(mentioned);
      return apiNamesFor(code, catalog.servers());
    }
  }

  #compile(code: string, apiNames: ReadonlySet<string>): Promise<CompiledScript> {
    const { limits, log } = this.#options;
    const bounds = { msMax: limits.compileMsMax, signal: this.#ender.signal, log };
    if (!this.#request.policy) return compileScript(code, apiNames, bounds);
    return compilePolicy(code, { purpose: 'run', apiNames, ...bounds });
  }

  /** To ask for the check alone is to want it. */
  #checkMode(): CheckMode {
    const mode = this.#request.check ?? this.#options.check;
    return mode === 'off' && this.#request.checkOnly ? 'strict' : mode;
  }

  async #checkTypes(code: string): Promise<TypeVerdict | undefined> {
    if (this.#checkMode() === 'off') return undefined;
    const { checkOnly = false, policy } = this.#request;
    return this.#options.types.check(code, { listTools: checkOnly, isPolicy: policy !== undefined });
  }

  async #reply(call: SandboxCall): Promise<SandboxReply> {
    const { id, server, tool, args, raw, line, column } = call;
    const place = line > 0 ? this.#compiled?.authorPosition({ line, column }) : undefined;
    const stopSignal = this.#stops.signal;
    try {
      if (server === orchestratorServer) {
        await this.#stops.answer(tool, args, place?.line);
        return { ok: true, value: '' };
      }
      const value = await this.#options.router.call(
        { server, tool, args, raw, line: place?.line, id, stop: stopSignal !== undefined },
        {
          journal: this.#journal,
          signal: stopSignal ?? this.#ender.signal,
          caller: this.#caller,
          gates: this.#gates?.list,
          permission: this.#permission,
          lineOf: this.#lineOf,
        },
      );
      if (!raw) this.#results.note(server, tool, value);
      return { ok: true, value };
    } catch (error) {
      if (endsRun(error) && !this.#stopped) {
        this.#stopped = refusedEnding(error, this.#request.code, place);
        this.#ender.abort();
      }
      return { ok: false, failure: toolFailure(error, call) };
    }
  }

  #failed(failure: ScriptFailure, apiNames: Iterable<string>): Ending {
    if (failure.reason === 'aborted' && this.#stops.signal === undefined) return this.#aborted();
    const compiled = this.#compiled;
    if (!compiled) throw new Error('no script was compiled');
    const { code: source } = this.#request;
    return describeScriptFailure(failure, { source, compiled, apiNames, results: this.#results });
  }

  #aborted(): Ending {
    if (this.#stopped) return this.#stopped;
    if (!this.#timedOut) return cancelledEnding();
    return timeoutEnding(this.#request.timeout, this.#options.limits);
  }

  #endingOf(error: unknown): Ending {
    if (this.#ender.signal.aborted) return this.#aborted();
    const refused = refusedEnding(error, this.#request.code);
    if (refused) return refused;
    this.#options.log.error(
      { run: this.id, error: String((error as Error)?.stack ?? error) },
      'a run failed by a fault of our own',
    );
    return faultEnding();
  }

  #untilAborted<T>(work: Promise<T>): Promise<T> {
    return untilAborted(work, this.#ender.signal);
  }
}
