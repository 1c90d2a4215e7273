/** One script from text to result. A run never throws: whatever happens is a RunResult that says so. */
import { randomUUID } from 'node:crypto';
import type { ScriptFailure, ToolFailure } from '../../sandbox/protocol.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogServer } from '../catalog/tool.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { type CompiledScript, compileScript, ScriptCompileError } from './bundle.ts';
import { positionAt } from './code-frame.ts';
import { type CallRecord, Journal } from './journal.ts';
import { renderRunResult } from './render-result.ts';
import { type Router, ToolFailedError } from './router.ts';
import { type RunResult, type RunStatus, returnCodes } from './run-result.ts';
import type { SandboxCall, SandboxOutcome, SandboxPool, SandboxReply } from './sandbox-pool.ts';
import { describeOrchestratorError, describeScriptFailure } from './script-error.ts';
import { leadingImports, mentionedNames } from './script-source.ts';

export interface RunRequest {
  /** TypeScript. */
  readonly code: string;
  /** Wall-clock seconds, tool calls included; the limits' default where absent. */
  readonly timeout?: number | undefined;
  /** JSON; the script sees it as `input`. */
  readonly input?: unknown;
  /** Ends the run and its calls under way. */
  readonly signal?: AbortSignal | undefined;
  /** Console output as it comes, whole lines. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** After each call: how many have ended, and the last one. */
  readonly onCall?: ((record: CallRecord, done: number) => void) | undefined;
}

export interface RunnerOptions {
  readonly catalog: Catalog;
  readonly router: Router;
  readonly sandboxes: SandboxPool;
  readonly limits: Limits;
  readonly log: Log;
}

type Ending = Pick<RunResult, 'status'> & Partial<Pick<RunResult, 'result' | 'error'>>;

const callsListedMax = 200;

export class Runner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  async run(request: RunRequest): Promise<RunResult> {
    const run = new Run(request, this.#options);
    return run.execute();
  }
}

/** The state of one run; made, executed once and dropped. */
class Run {
  readonly #id = `run_${randomUUID()}`;
  readonly #request: RunRequest;
  readonly #options: RunnerOptions;
  readonly #journal: Journal;
  readonly #ender = new AbortController();
  readonly #startedAt = performance.now();
  #timedOut = false;
  #output = '';
  #outcome: SandboxOutcome | undefined;
  #compiled: CompiledScript | undefined;

  constructor(request: RunRequest, options: RunnerOptions) {
    this.#request = request;
    this.#options = options;
    this.#journal = new Journal(request.onCall);
  }

  async execute(): Promise<RunResult> {
    const { signal } = this.#request;
    const abort = () => this.#ender.abort();
    let timer: NodeJS.Timeout | undefined;
    try {
      const seconds = this.#wallSeconds();
      timer = setTimeout(() => {
        this.#timedOut = true;
        abort();
      }, seconds * 1_000);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
      return this.#result(await this.#steps());
    } catch (error) {
      return this.#result(this.#endingOf(error));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      // Calls that the script did not await end with it.
      abort();
    }
  }

  async #steps(): Promise<Ending> {
    const { code } = this.#request;
    this.#checkSource(code);
    const input = this.#inputText();
    await this.#untilAborted(this.#waitForServers(code));
    const { apiNames } = this.#checkImports(code);
    this.#compiled = await this.#untilAborted(compileScript(code, apiNames));
    this.#outcome = await this.#options.sandboxes.run({
      run: this.#id,
      code: this.#compiled.code,
      ...(input !== undefined && { input }),
      signal: this.#ender.signal,
      onCall: (call) => this.#reply(call),
      onOutput: (text) => {
        this.#output += text;
        this.#request.onOutput?.(text);
      },
    });
    const { ok, result, failure } = this.#outcome;
    if (ok) return { status: 'success', ...(result !== undefined && { result: JSON.parse(result) }) };
    return this.#failed(
      failure ?? { reason: 'crashed', name: 'Error', message: 'The sandbox gave no reason.', frames: [] },
      apiNames,
    );
  }

  #wallSeconds(): number {
    const { wallSecondsDefault, wallSecondsMax } = this.#options.limits;
    const seconds = this.#request.timeout ?? Math.min(wallSecondsDefault, wallSecondsMax);
    if (Number.isFinite(seconds) && seconds > 0 && seconds <= wallSecondsMax) return seconds;
    throw new OrchestratorError(
      'limit_exceeded',
      `timeout is ${seconds}; it takes seconds, above 0 and at most ${wallSecondsMax}.`,
    );
  }

  #checkSource(code: string): void {
    const bytes = Buffer.byteLength(code);
    const { codeBytesMax } = this.#options.limits;
    if (bytes > codeBytesMax) {
      throw new OrchestratorError(
        'limit_exceeded',
        `The script has ${bytes} bytes; at most ${codeBytesMax} (codeBytesMax).`,
        {
          hint: 'Give data in `input`, or let tools read it, instead of writing it into the script.',
        },
      );
    }
    if (code.trim() === '')
      throw new ScriptCompileError(
        'script_syntax',
        'The script is empty.',
        'Send TypeScript, such as: return await server.tool({...})',
        undefined,
      );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: binary is what is looked for
    const binary = /[\0-\x08\x0e-\x1f\ufffd]/.exec(code);
    if (binary && binary[0] !== '\x1b') {
      const shown = `U+${(binary[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0').toUpperCase()}`;
      throw new ScriptCompileError(
        'script_syntax',
        `The script is not text: it holds the character ${shown}.`,
        'Send TypeScript source as UTF-8.',
        positionAt(code, binary.index),
      );
    }
  }

  #inputText(): string | undefined {
    if (this.#request.input === undefined) return undefined;
    const text = JSON.stringify(this.#request.input);
    const { inputBytesMax } = this.#options.limits;
    if (Buffer.byteLength(text) <= inputBytesMax) return text;
    throw new OrchestratorError(
      'limit_exceeded',
      `The input has ${Buffer.byteLength(text)} bytes; at most ${inputBytesMax} (inputBytesMax).`,
    );
  }

  /** Only servers that the script mentions are waited for; what it reaches by other ways is waited for at the call. */
  async #waitForServers(code: string): Promise<void> {
    const { catalog } = this.#options;
    const words = [...mentionedNames(code)];
    const mentioned = catalog
      .servers()
      .filter((server) =>
        words.some((word) => word === server.identifier || word.startsWith(`${server.identifier}__`)),
      );
    await Promise.all(mentioned.map(({ name }) => catalog.ensure(name)));
  }

  /** A name that the API does not have stops the run before anything is done. Capitalised names may be types. */
  #checkImports(code: string): { apiNames: Set<string> } {
    const { catalog } = this.#options;
    const apiNames = new Set(['ToolError', ...catalog.servers().flatMap(namesOf)]);
    for (const { name, offset } of leadingImports(code).names) {
      if (apiNames.has(name) || /^[A-Z]/.test(name)) continue;
      const owner = catalog.servers().find(({ identifier }) => name.startsWith(`${identifier}__`));
      const problem =
        owner?.problem !== undefined
          ? `Server "${owner.name}" is not usable: ${owner.problem}`
          : catalog.unknownNameHint(name);
      throw new ScriptCompileError(
        'script_import',
        `"unified_api" has no "${name}".`,
        problem,
        positionAt(code, offset),
      );
    }
    return { apiNames };
  }

  async #reply(call: SandboxCall): Promise<SandboxReply> {
    const { server, tool, args, raw, line, column } = call;
    const place = line > 0 ? this.#compiled?.authorPosition({ line, column }) : undefined;
    try {
      const value = await this.#options.router.call(
        { server, tool, args, raw, line: place?.line },
        { journal: this.#journal, signal: this.#ender.signal },
      );
      return { ok: true, value };
    } catch (error) {
      return { ok: false, failure: toolFailure(error, call) };
    }
  }

  #failed(failure: ScriptFailure, apiNames: ReadonlySet<string>): Ending {
    if (failure.reason === 'aborted') return this.#aborted();
    const compiled = this.#compiled;
    if (!compiled) throw new Error('no script was compiled');
    return describeScriptFailure(failure, { source: this.#request.code, compiled, apiNames });
  }

  #aborted(): Ending {
    if (!this.#timedOut)
      return {
        status: 'aborted',
        error: { kind: 'script_aborted', name: 'AbortError', message: 'The run was cancelled.' },
      };
    const message = `The script did not end within ${this.#wallSeconds()} s.`;
    const hint = `Pass a longer \`timeout\` (at most ${this.#options.limits.wallSecondsMax} s), or do less in one run.`;
    return { status: 'timeout', error: { kind: 'script_timeout', name: 'TimeoutError', message, hint } };
  }

  #endingOf(error: unknown): Ending {
    if (this.#ender.signal.aborted) return this.#aborted();
    const source = this.#request.code;
    if (error instanceof OrchestratorError) {
      const status: RunStatus = error.code === 'limit_exceeded' ? 'limit' : 'error';
      return {
        status,
        error: describeOrchestratorError(
          error,
          source,
          error instanceof ScriptCompileError ? error.position : undefined,
        ),
      };
    }
    this.#options.log.error(
      { run: this.#id, error: String((error as Error)?.stack ?? error) },
      'a run failed by a fault of our own',
    );
    return {
      status: 'error',
      error: {
        kind: 'sandbox_failed',
        name: 'Error',
        message: `The orchestrator failed: ${messageOf(error)}`,
      },
    };
  }

  #result(ending: Ending): RunResult {
    const calls = this.#journal.records();
    const outputBytesCut = this.#outcome?.outputBytesCut ?? 0;
    const result: RunResult = {
      run_id: this.#id,
      returncode: returnCodes[ending.status],
      ...ending,
      output: this.#output,
      calls: listed(calls),
      ...(outputBytesCut > 0 && {
        truncated: {
          what: 'output' as const,
          bytes: outputBytesCut,
          limit: this.#options.limits.outputBytesMax,
        },
      }),
      ...(outputBytesCut === 0 &&
        calls.length > callsListedMax && {
          truncated: { what: 'calls' as const, bytes: 0, limit: callsListedMax },
        }),
      stats: {
        wall_ms: Math.round((performance.now() - this.#startedAt) * 10) / 10,
        cpu_ms: Math.round(this.#outcome?.cpuMs ?? 0),
        memory_bytes_peak: this.#outcome?.memoryBytesPeak ?? 0,
        calls: calls.length,
        bytes_from_tools: this.#journal.bytesFromTools,
        bytes_to_agent: 0,
      },
    };
    result.stats.bytes_to_agent = Buffer.byteLength(renderRunResult(result));
    return result;
  }

  /** What does not know the signal itself is left behind when the run ends. */
  #untilAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#ender;
    return new Promise((resolve, reject) => {
      const stop = () => reject(new OrchestratorError('script_aborted', 'The run ended.'));
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }
}

function namesOf({ identifier, tools }: CatalogServer): string[] {
  return [identifier, ...tools.map(({ flatName }) => flatName)];
}

/** Where not all can be listed, reads that went well give way: the rest is what must not be repeated blindly. */
function listed(calls: readonly CallRecord[]): CallRecord[] {
  if (calls.length <= callsListedMax) return [...calls];
  const notable = calls.filter(({ ok, effect }) => !ok || effect !== 'read').slice(-callsListedMax);
  const reads = calls
    .filter(({ ok, effect }) => ok && effect === 'read')
    .slice(-(callsListedMax - notable.length || calls.length));
  return [...notable, ...(notable.length < callsListedMax ? reads : [])].sort((a, b) => a.index - b.index);
}

function toolFailure(error: unknown, { server, tool }: SandboxCall): ToolFailure {
  if (!(error instanceof OrchestratorError)) {
    return {
      message: `The orchestrator failed: ${messageOf(error)}`,
      kind: 'sandbox_failed',
      server,
      tool,
      retrySafe: 'unknown',
    };
  }
  return {
    message: error.message,
    kind: error.code,
    server: error.server ?? server,
    tool: error.tool ?? tool,
    retrySafe: error.retrySafe ?? 'unknown',
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error instanceof ToolFailedError && { content: error.content }),
  };
}
