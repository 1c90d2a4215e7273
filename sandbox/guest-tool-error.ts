/** What a failed tool call throws in a script. */
import { defineProperty, freeze, jsonParse } from './guest-primordials.ts';
import type { ToolFailure } from './protocol.ts';

export interface FailedCall {
  readonly failure: ToolFailure;
  /** As sent, JSON. */
  readonly args: string;
}

/** `instanceof Error`, with own fields that say which call failed and whether it may be repeated. */
export class ToolError extends Error {
  declare readonly server: string;
  declare readonly tool: string;
  declare readonly args: unknown;
  /** One of the orchestrator's error codes. */
  declare readonly kind: string;
  declare readonly retrySafe: 'yes' | 'no' | 'unknown';
  declare readonly hint: string | undefined;
  declare readonly content: unknown;
  /** Only errors made here have one: what a script changes on the fields cannot falsify the report. */
  #origin: FailedCall | undefined;

  /** Scripts may make their own, to rethrow or to test: `new ToolError(message, { server, tool, kind })`. */
  constructor(message: string, fields: Partial<ToolFailure> & { readonly args?: unknown } = {}) {
    super(message);
    defineProperty(this, 'name', { value: 'ToolError', writable: true, configurable: true });
    this.server = fields.server ?? '';
    this.tool = fields.tool ?? '';
    this.args = fields.args;
    this.kind = fields.kind ?? 'tool_failed';
    this.retrySafe = fields.retrySafe ?? 'unknown';
    if (fields.hint !== undefined) this.hint = fields.hint;
    if (fields.content !== undefined) this.content = fields.content;
  }

  /** @param stack the frames of the call, since the error itself is made outside the script */
  static fromFailure(failure: ToolFailure, args: string, stack: string): ToolError {
    const error = new ToolError(failure.message, { ...failure, args: parsed(args) });
    error.#origin = { failure, args };
    defineProperty(error, 'stack', {
      value: `ToolError: ${failure.message}${stack}`,
      writable: true,
      configurable: true,
      enumerable: false,
    });
    return error;
  }

  static failureOf(value: object): FailedCall | undefined {
    return #origin in value ? value.#origin : undefined;
  }
}

const { fromFailure, failureOf } = ToolError;

/** The static functions where scripts cannot reach them; the class that scripts see has none. */
export const toolErrors = freeze({ fromFailure, failureOf });
Reflect.deleteProperty(ToolError, 'fromFailure');
Reflect.deleteProperty(ToolError, 'failureOf');

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : jsonParse(text);
  } catch {
    return undefined;
  }
}
