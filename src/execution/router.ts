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
  /** Called when nothing stands between the call and its server any more. */
  readonly onSend?: (() => Promise<void> | undefined) | undefined;
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
    let value: string;
    let ok: boolean;
    try {
      const tool = await this.#catalog.find(request.server, request.tool);
      entry.resolved(tool);
      context.permission?.admit(tool);
      const args = this.#parseArguments(tool, request.args);
      const { signal, caller, gates = [] } = context;
      const { args: text, raw, line, stop } = request;
      const call: GateCall = { tool, args, text, raw, line, stop };
      const answer = firstAnswer(call, gates);
      if (answer) {
        entry.ended({ ok: true, resultBytes: Buffer.byteLength(answer.value), ...answer });
        return answer.value;
      }
      const place = line === undefined ? undefined : { line, text: () => context.lineOf?.(line) ?? '' };
      const result = await this.callTool(tool, args, {
        ...{ signal, caller, place, characters: text.length },
        isAtEnd: stop === true,
        onSend: () => entry.sending(),
      });
      ok = result.isError !== true;
      if (isLarge(result)) await turn();
      value = this.#valueOf(tool, result, request.raw);
      if (ok && !request.raw) this.#observed?.note(tool, value);
      if (ok) for (const gate of gates) gate.answered?.(call, value);
    } catch (error) {
      entry.ended({ ok: false, error });
      throw error;
    }
    entry.ended({ ok, resultBytes: Buffer.byteLength(value), value });
    if (value.length > largeCharacters) await turn();
    return value;
  }

  /** One call of a known tool with checked arguments; the raw result, `isError` ones included. */
  async callTool(tool: Tool, args: JsonObject, options: ToolCallOptions): Promise<JsonObject> {
    const { characters, place, isAtEnd, onSend, ...how } = options;
    const { signal, caller } = options;
    await this.check(tool, args, characters);
    const approved = this.#approval?.check({ tool, args, caller, signal, place, isAtEnd });
    if (approved) await approved;
    const connection = this.#connections.of(tool.server, caller);
    if (!connection) throw failure('server_unavailable', tool, `Server "${tool.server}" is not connected.`);
    let startedAt: number | undefined;
    const ended = (outcome: CallEvent['outcome']) =>
      startedAt !== undefined &&
      this.#telemetry?.callEnded({ server: tool.server, outcome, ms: performance.now() - startedAt });
    try {
      const safe = onSend?.();
      if (safe) await safe;
      startedAt = performance.now();
      const result = await connection.callTool(tool.remote.name, args, {
        ...how,
        repeatable: tool.repeatable,
      });
      ended(result.isError === true ? 'tool_failed' : 'ok');
      return result;
    } catch (error) {
      ended(error instanceof OrchestratorError ? error.code : 'sandbox_failed');
      throw error;
    } finally {
      this.#connections.release(connection);
    }
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
