/** What may stand between a script's call and its server: a record that has the answer, a plan that holds it back or stops it. */
import type { JsonObject, Tool } from '../catalog/tool.ts';
import type { AnsweredBy } from './journal-entry.ts';
import { unwrapResult } from './unwrap-result.ts';

/** A call of a known tool, its arguments parsed. */
export interface GateCall {
  readonly tool: Tool;
  readonly args: JsonObject;
  /** The arguments as they came. */
  readonly text: string;
  /** The result as MCP has it is wanted, instead of its value. */
  readonly raw: boolean;
  /** The author's line, where known. */
  readonly line?: number | undefined;
  /** Made by `onStop`, after the script was cut off. */
  readonly stop?: boolean | undefined;
}

/** An answer that takes the server's place. */
export interface GateAnswer {
  /** JSON text, as `raw` wants it. */
  readonly value: string;
  readonly by: AnsweredBy;
  /** The run from whose record it is. */
  readonly run?: string | undefined;
}

/** One for each run; calls come in the order in which the script makes them. */
export interface CallGate {
  /**
   * @returns the answer; undefined where the call is to be made, or is the next gate's
   * @throws OrchestratorError where the call must not be made
   */
  answer(call: GateCall): GateAnswer | undefined;
  /** The call went through all gates and its server answered without a failure. */
  answered?(call: GateCall, value: string): void;
}

/** A value kept in one form, as the script wants it now. */
export function inForm(
  value: string,
  { raw: isRaw, wanted, tool }: { raw: boolean; wanted: boolean; tool: Tool },
): string {
  if (isRaw === wanted) return value;
  if (isRaw) return unwrapResult(JSON.parse(value) as JsonObject, tool.definition.outputSchema !== undefined);
  return JSON.stringify(rawResult(value));
}

/** The MCP result that unwraps to this value, as far as it can be known. */
function rawResult(value: string): JsonObject {
  const parsed: unknown = JSON.parse(value);
  const text = typeof parsed === 'string' ? parsed : value;
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  return { content: [{ type: 'text', text }], ...(isObject && { structuredContent: parsed }) };
}
