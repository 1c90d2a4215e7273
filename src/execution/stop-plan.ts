/**
 * What a script registered by `onStop`, held on this side of the sandbox: it is done where the script was cut off, and
 * the lists of calls even where the sandbox had to be killed. The last thing registered is done first.
 */
import type { ScriptFailure } from '../../sandbox/protocol.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { JsonObject, Tool } from '../catalog/tool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Router } from './router.ts';
import type { SandboxStop } from './sandbox-script.ts';

export interface StopPlanOptions {
  readonly catalog: Pick<Catalog, 'findAddress'>;
  readonly router: Pick<Router, 'check'>;
  readonly limits: Limits;
  /** Makes one call of a list. */
  call(tool: Tool, args: string, line: number | undefined, signal: AbortSignal): Promise<unknown>;
  /** A function's failure in one line. */
  describe(failure: ScriptFailure): string;
}

interface StopFunction {
  readonly id: number;
  readonly line: number | undefined;
}

interface CheckedCall {
  readonly tool: Tool;
  readonly args: string;
}

interface StopList extends StopFunction {
  readonly count: number;
  readonly checked: Promise<readonly CheckedCall[]>;
}

type Entry = StopFunction | StopList;

const entriesMax = 200;
const problemsShownMax = 3;

export class StopPlan {
  readonly #options: StopPlanOptions;
  #entries: Entry[] = [];
  #signal: AbortSignal | undefined;

  constructor(options: StopPlanOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** For the calls of a function that runs now. */
  get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  /**
   * `onStop` and `offStop`, as the sandbox asks for them.
   *
   * @param text the arguments as JSON
   * @returns when the tools of a list are found and its arguments are checked
   * @throws OrchestratorError that names the call of the list
   */
  async answer(tool: string, text: string, line: number | undefined): Promise<void> {
    const { id, calls } = JSON.parse(text) as { id?: unknown; calls?: unknown };
    if (typeof id !== 'number') throw invalid('onStop: its registration has no number');
    if (tool === 'offStop') return this.#remove(id);
    if (this.#entries.length >= entriesMax)
      throw new OrchestratorError(
        'limit_exceeded',
        `onStop: ${entriesMax} are registered, the most allowed.`,
      );
    if (calls === undefined) {
      this.#entries.push({ id, line });
      return;
    }
    const wanted = parseCalls(calls);
    const { stopCallsMax } = this.#options.limits;
    const held = this.#entries.reduce((sum, entry) => sum + ('count' in entry ? entry.count : 0), 0);
    if (held + wanted.length > stopCallsMax) {
      const message = `onStop: ${held + wanted.length} calls are registered in lists; at most ${stopCallsMax} (stopCallsMax).`;
      throw new OrchestratorError('limit_exceeded', message, { retrySafe: 'yes' });
    }
    const checked = Promise.all(wanted.map((call, index) => this.#check(call, index)));
    // Held from now on: the script may be cut off while its tools are looked up.
    this.#entries.push({ id, line, count: wanted.length, checked });
    try {
      await checked;
    } catch (error) {
      this.#remove(id);
      throw error;
    }
  }

  /**
   * Does what is registered, once. Functions and lists have `stopMsMax` each; what fails does not keep the rest from
   * being done. Never rejects.
   *
   * @param sandbox of the script, where it can still run; it is ended here
   * @returns what was not done, or failed
   */
  async carryOut(sandbox: SandboxStop | undefined): Promise<string | undefined> {
    const { stopMsMax } = this.#options.limits;
    const functions = new Budget(stopMsMax, () => sandbox?.close());
    const lists = new Budget(stopMsMax);
    const problems: string[] = [];
    const entries = this.#entries.toReversed();
    this.#entries = [];
    for (const entry of entries) {
      const where = entry.line === undefined ? '' : ` on line ${entry.line}`;
      if ('count' in entry) await lists.spend((signal) => this.#callAll(entry, where, signal, problems));
      else if (!sandbox) problems.push(`the function${where} was not run: the sandbox had to be ended`);
      else {
        const failure = await functions.spend((signal) => {
          this.#signal = signal;
          return sandbox.run(entry.id);
        });
        const late = functions.isSpent && failure?.reason === 'aborted';
        if (late) problems.push(`the function${where} did not end within ${stopMsMax} ms (stopMsMax)`);
        else if (failure) problems.push(`the function${where} failed: ${this.#options.describe(failure)}`);
      }
    }
    this.#signal = undefined;
    sandbox?.close();
    if (problems.length === 0) return undefined;
    const more = problems.length > problemsShownMax ? `; and ${problems.length - problemsShownMax} more` : '';
    return problems.slice(0, problemsShownMax).join('; ') + more;
  }

  async #callAll(entry: StopList, where: string, signal: AbortSignal, problems: string[]): Promise<void> {
    let calls: readonly CheckedCall[];
    try {
      calls = await untilAborted(entry.checked, signal);
    } catch (error) {
      problems.push(`the list${where} was not carried out: ${messageOf(error)}`);
      return;
    }
    for (const { tool, args } of calls) {
      if (signal.aborted) {
        problems.push(
          `${tool.serverIdentifier}.${tool.identifier}${where} was not called: stopMsMax was over`,
        );
        continue;
      }
      await untilAborted(this.#options.call(tool, args, entry.line, signal), signal).catch((error) => {
        problems.push(messageOf(error));
      });
    }
  }

  async #check({ address, args }: WantedCall, index: number): Promise<CheckedCall> {
    const { catalog, router } = this.#options;
    try {
      const tool = await catalog.findAddress(address);
      await router.check(tool, args);
      return { tool, args: JSON.stringify(args) };
    } catch (error) {
      if (!(error instanceof OrchestratorError)) throw error;
      const { code, hint, server, tool, path } = error;
      const message = `onStop, call ${index + 1} of the list: ${error.message}`;
      throw new OrchestratorError(code, message, {
        hint,
        server,
        tool,
        path,
        retrySafe: 'yes',
        cause: error,
      });
    }
  }

  #remove(id: number): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
  }
}

interface WantedCall {
  readonly address: string;
  readonly args: JsonObject;
}

/** @throws OrchestratorError arguments_invalid */
function parseCalls(calls: unknown): WantedCall[] {
  if (!Array.isArray(calls)) throw invalid('onStop: the list of calls is no array');
  return calls.map((call: unknown, index) => {
    const { tool, args = {}, ...others } = (isObject(call) ? call : {}) as JsonObject;
    const where = `onStop, call ${index + 1} of the list`;
    if (typeof tool !== 'string') throw invalid(`${where} has no "tool": give it as "server.tool"`);
    if (!isObject(args)) throw invalid(`${where}: "args" is not an object`);
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw invalid(`${where} has a key "${unknown}"; it takes "tool" and "args"`);
    return { address: tool, args };
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): OrchestratorError {
  const hint = 'Write: await onStop([{ tool: "server.tool", args: {...} }])';
  return new OrchestratorError('arguments_invalid', `${message}.`, { hint, retrySafe: 'yes' });
}

/** Time for several things one after the other. */
class Budget {
  readonly #controller = new AbortController();
  readonly #onSpent: (() => void) | undefined;
  #msLeft: number;

  constructor(ms: number, onSpent?: () => void) {
    this.#msLeft = ms;
    this.#onSpent = onSpent;
  }

  get isSpent(): boolean {
    return this.#controller.signal.aborted;
  }

  async spend<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const timer = setTimeout(() => this.#end(), Math.max(0, this.#msLeft));
    try {
      return await work(this.#controller.signal);
    } finally {
      clearTimeout(timer);
      this.#msLeft -= performance.now() - startedAt;
    }
  }

  #end(): void {
    this.#controller.abort();
    this.#onSpent?.();
  }
}

/** @throws Error where the signal comes first */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('stopMsMax was over'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
