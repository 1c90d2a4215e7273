/** From a guest's request to a tool's answer: find, validate, budget, journal, call, unwrap. The guest only asks. */

import { argumentsHint } from '../catalog/arguments-hint.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ObservedResults } from '../catalog/observed.ts';
import type { JsonObject, Tool } from '../catalog/tool.ts';
import type { Caller } from '../downstream/caller.ts';
import type { Progress } from '../downstream/connection.ts';
import type { ConnectionPool } from '../downstream/pool.ts';
import { type ErrorCode, messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Approval, CallPlace } from './approval.ts';
import type { CallGate, GateAnswer, GateCall } from './call-gate.ts';
import type { Journal, StartedCall } from './journal.ts';
import type { CallEnd, JournalEntry } from './journal-entry.ts';
import { isLarge, largeCharacters, turn } from './large-values.ts';
import type { Permission } from './permission.ts';
import type { CallEvent, Telemetry } from './telemetry.ts';
import { addressOf, ToolFailedError } from './tool-failure.ts';
import { unwrapResult } from './unwrap-result.ts';
import { argumentsProblem, problemPath } from './validate-arguments.ts';

/** A call as it is asked for: by a script's names, or by the server's own. */
export interface CallRequest extends StartedCall {
  /** JSON text. */
  readonly args: string;
  /** The result as MCP has it, errors included, instead of its value. */
  readonly raw: boolean;
}

export interface CallContext {
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly caller: Caller;
  /** A line of the script, for whoever is to approve a call. */
  readonly lineOf?: ((line: number) => string) | undefined;
  /** Asked in turn before the server is. */
  readonly gates?: readonly CallGate[] | undefined;
  /** What the run may call; everything where absent. */
  readonly permission?: Permission | undefined;
}

/** How one call of a known tool is made. */
export interface ToolCallOptions {
  readonly signal: AbortSignal;
  readonly caller: Caller;
  /** How long the arguments are as JSON, where known. */
  readonly characters?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Where in a script it stands. */
  readonly place?: CallPlace | undefined;
  /** Of `onStop`: there is no time to ask anybody. */
  readonly isAtEnd?: boolean | undefined;
  /** Is told when nothing stands between the call and its server any more. */
  readonly entry?: Pick<JournalEntry, 'sending'> | undefined;
}

/** A call of a known tool with its arguments read. */
interface ReadyCall {
  readonly tool: Tool;
  readonly args: JsonObject;
  readonly request: CallRequest;
  readonly context: CallContext;
  readonly entry: JournalEntry;
}

interface Answer extends CallEnd {
  readonly value: string;
}

export interface RouterOptions {
  readonly catalog: Catalog;
  readonly connections: ConnectionPool;
  readonly limits: Limits;
  /** Is shown the values that scripts get. */
  readonly observed?: Pick<ObservedResults, 'note'>;
  /** Is told of each call that was sent. */
  readonly telemetry?: Telemetry;
  /** Decides whether a call is made; absent where all are. */
  readonly approval?: Approval | undefined;
}

export class Router {
  readonly #catalog: Catalog;
  readonly #connections: ConnectionPool;
  readonly #limits: Limits;
  readonly #observed: Pick<ObservedResults, 'note'> | undefined;
  readonly #telemetry: Telemetry | undefined;
  readonly #approval: Approval | undefined;

  constructor(options: RouterOptions) {
    this.#catalog = options.catalog;
    this.#connections = options.connections;
    this.#limits = options.limits;
    this.#observed = options.observed;
    this.#telemetry = options.telemetry;
    this.#approval = options.approval;
  }

  /**
   * @returns the value as JSON text
   * @throws OrchestratorError for everything that went wrong, an `isError` result (`tool_failed`) included
   */
  async call(request: CallRequest, context: CallContext): Promise<string> {
    const entry = context.journal.start(request);
    let answer: Answer;
    try {
      // On the way of every call, only what has to be waited for is awaited.
      const { server, tool: name } = request;
      const tool = this.#catalog.known(server, name) ?? (await this.#catalog.find(server, name));
      entry.resolved(tool);
      context.permission?.admit(tool);
      const args = this.#parseArguments(tool, request.args);
      const { gates } = context;
      answer = gates?.length
        ? await this.#throughGates(gates, { tool, args, request, context, entry })
        : await this.#ask({ tool, args, request, context, entry });
    } catch (error) {
      entry.ended({ ok: false, error });
      throw error;
    }
    entry.ended(answer);
    if (answer.value.length > largeCharacters) await turn();
    return answer.value;
  }

  async #throughGates(gates: readonly CallGate[], ready: ReadyCall): Promise<Answer> {
    const { tool, args, request } = ready;
    const { args: text, raw, line, stop } = request;
    const call: GateCall = { tool, args, text, raw, line, stop };
    const given = firstAnswer(call, gates);
    if (given) return { ok: true, resultBytes: Buffer.byteLength(given.value), ...given };
    const answer = await this.#ask(ready);
    if (answer.ok) for (const gate of gates) gate.answered?.(call, answer.value);
    return answer;
  }

  async #ask({ tool, args, request, context, entry }: ReadyCall): Promise<Answer> {
    const { raw, line, stop, args: text } = request;
    const { signal, caller, lineOf } = context;
    const result = await this.callTool(tool, args, {
      signal,
      caller,
      place: line === undefined ? undefined : { line, text: () => lineOf?.(line) ?? '' },
      characters: text.length,
      isAtEnd: stop === true,
      entry,
    });
    const ok = result.isError !== true;
    if (isLarge(result)) await turn();
    const value = this.#valueOf(tool, result, raw);
    if (ok && !raw) this.#observed?.note(tool, value);
    return { ok, value, resultBytes: Buffer.byteLength(value) };
  }

  /** One call of a known tool with checked arguments; the raw result, `isError` ones included. */
  async callTool(tool: Tool, args: JsonObject, options: ToolCallOptions): Promise<JsonObject> {
    const { signal, caller, characters, place, isAtEnd, onProgress } = options;
    if (argumentsProblem(tool.definition, args, characters)) await this.check(tool, args, characters);
    const approved = this.#approval?.check({ tool, args, caller, signal, place, isAtEnd });
    if (approved) await approved;
    const connection = this.#connections.of(tool.server, caller);
    if (!connection) throw failure('server_unavailable', tool, `Server "${tool.server}" is not connected.`);
    let startedAt: number | undefined;
    try {
      const safe = options.entry?.sending();
      if (safe) await safe;
      startedAt = performance.now();
      const { repeatable } = tool;
      const how = { signal, onProgress, repeatable, caller };
      const result = await connection.callTool(tool.remote.name, args, how);
      this.#count(tool, result.isError === true ? 'tool_failed' : 'ok', startedAt);
      return result;
    } catch (error) {
      if (startedAt !== undefined)
        this.#count(tool, error instanceof OrchestratorError ? error.code : 'sandbox_failed', startedAt);
      throw error;
    } finally {
      this.#connections.release(connection);
    }
  }

  #count({ server }: Tool, outcome: CallEvent['outcome'], startedAt: number): void {
    this.#telemetry?.callEnded({ server, outcome, ms: performance.now() - startedAt });
  }

  /** @throws OrchestratorError arguments_invalid */
  async check(tool: Tool, args: JsonObject, characters?: number): Promise<void> {
    if (!argumentsProblem(tool.definition, args, characters)) return;
    // Before a call is refused for what the cache knows, the server is asked.
    const current = await this.#catalog.current(tool);
    const problem = argumentsProblem(current.definition, args, characters);
    if (!problem) return;
    throw new OrchestratorError('arguments_invalid', `${addressOf(tool)}: ${problem}.`, {
      hint: argumentsHint(current.definition, args, problemPath(problem)),
      retrySafe: 'yes',
      server: tool.server,
      tool: tool.name,
      path: problemPath(problem),
    });
  }

  #parseArguments(tool: Tool, text: string): JsonObject {
    if (Buffer.byteLength(text) > this.#limits.argumentBytesMax) {
      throw failure(
        'limit_exceeded',
        tool,
        `${addressOf(tool)}: arguments of ${Buffer.byteLength(text)} bytes; at most ${this.#limits.argumentBytesMax} (argumentBytesMax).`,
      );
    }
    let args: unknown;
    try {
      args = JSON.parse(text);
    } catch (error) {
      throw failure(
        'arguments_invalid',
        tool,
        `${addressOf(tool)}: the arguments are not JSON: ${messageOf(error)}.`,
      );
    }
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args as JsonObject;
    const seen = Array.isArray(args) ? 'an array' : args === null ? 'null' : `a ${typeof args}`;
    throw failure(
      'arguments_invalid',
      tool,
      `${addressOf(tool)} takes one object of arguments, not ${seen}.`,
      argumentsHint(tool.definition),
    );
  }

  #valueOf(tool: Tool, result: JsonObject, raw: boolean): string {
    if (!raw && result.isError === true) {
      throw new ToolFailedError(tool, result, this.#connections.get(tool.server)?.redact);
    }
    const value = jsonOf(tool, () =>
      raw ? JSON.stringify(result) : unwrapResult(result, tool.definition.outputSchema !== undefined),
    );
    if (Buffer.byteLength(value) <= this.#limits.toolResultBytesMax) return value;
    throw new OrchestratorError(
      'result_too_large',
      `${addressOf(tool)} answered ${Buffer.byteLength(value)} bytes; at most ${this.#limits.toolResultBytesMax} (toolResultBytesMax).`,
      {
        hint: 'The call was carried out. Ask for less (paging, filters), or raise the limit.',
        retrySafe: tool.repeatable ? 'yes' : 'no',
        server: tool.server,
        tool: tool.name,
      },
    );
  }
}

/** Undefined where the call is to be made. */
function firstAnswer(call: GateCall, gates: readonly CallGate[]): GateAnswer | undefined {
  for (const gate of gates) {
    const answer = gate.answer(call);
    if (answer) return answer;
  }
  return undefined;
}

/** What a server nests thousands of levels deep can be read, but not written again. */
function jsonOf(tool: Tool, write: () => string): string {
  try {
    return write();
  } catch (cause) {
    throw new OrchestratorError(
      'result_too_large',
      `${addressOf(tool)} gave an answer that is nested too deeply.`,
      {
        hint: 'The call was carried out. Ask the tool for less.',
        retrySafe: tool.repeatable ? 'yes' : 'no',
        server: tool.server,
        tool: tool.name,
        cause,
      },
    );
  }
}

function failure(code: ErrorCode, tool: Tool, message: string, hint?: string): OrchestratorError {
  return new OrchestratorError(code, message, {
    hint,
    retrySafe: 'yes',
    server: tool.server,
    tool: tool.name,
  });
}
