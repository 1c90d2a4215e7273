/** Turns what went wrong in a script into what its author can act on: the line, the frame, the call, the next step. */
import type { ScriptFailure } from '../../sandbox/protocol.ts';
import { nearestNames } from '../catalog/names.ts';
import { absentGlobals } from '../checking/guest-library.ts';
import type { OrchestratorError } from '../errors.ts';
import type { CompiledScript } from './bundle.ts';
import { codeFrame, type Position } from './code-frame.ts';
import type { RunError, RunStatus } from './run-result.ts';

export interface ScriptFailureContext {
  readonly source: string;
  readonly compiled: CompiledScript;
  readonly apiNames: Iterable<string>;
}

const argumentCharactersMax = 600;

const statusOfReason: { readonly [reason in ScriptFailure['reason']]: RunStatus } = {
  error: 'error',
  result: 'error',
  stalled: 'error',
  crashed: 'error',
  cpu: 'limit',
  memory: 'limit',
  resident: 'limit',
  calls: 'limit',
  aborted: 'aborted',
};

/** The status and error of a script that the sandbox reports as failed. */
export function describeScriptFailure(
  failure: ScriptFailure,
  context: ScriptFailureContext,
): { status: RunStatus; error: RunError } {
  const status = statusOfReason[failure.reason];
  const position = firstAuthorPosition(failure, context.compiled);
  const error: RunError = {
    kind: kindOf(failure),
    name: failure.name,
    message: failure.message,
    ...placed(context.source, position),
  };
  if (failure.tool) {
    const { server, tool, retrySafe, hint, args, message } = failure.tool;
    // A ToolError that the script wrapped into an error of its own.
    if (!failure.message.includes(message)) error.message += ` (caused by: ${message})`;
    Object.assign(error, {
      server,
      tool,
      args: shownArguments(args),
      retry_safe: retrySafe,
      ...(hint !== undefined && { hint }),
    });
  } else {
    const hint = hintFor(failure, context.apiNames) ?? missingAwait(failure, context, position);
    if (hint !== undefined) error.hint = hint;
  }
  return { status, error };
}

/** For what fails before the sandbox: compiling, limits, a missing server. */
export function describeOrchestratorError(
  thrown: OrchestratorError,
  source: string,
  position?: Position,
): RunError {
  const { code, name, message, hint, server, tool, retrySafe } = thrown;
  return {
    kind: code,
    name: code === 'script_syntax' ? 'SyntaxError' : name,
    message,
    ...placed(source, position),
    ...(hint !== undefined && { hint }),
    ...(server !== undefined && { server }),
    ...(tool !== undefined && { tool }),
    ...(retrySafe !== undefined && { retry_safe: retrySafe }),
  };
}

function placed(source: string, position: Position | undefined): Pick<RunError, 'line' | 'column' | 'frame'> {
  return position ? { ...position, frame: codeFrame(source, position) } : {};
}

function firstAuthorPosition(failure: ScriptFailure, compiled: CompiledScript): Position | undefined {
  for (const frame of failure.frames) {
    const position = compiled.authorPosition(frame);
    if (position) return position;
  }
  return undefined;
}

function kindOf(failure: ScriptFailure): string {
  if (failure.tool) return failure.tool.kind;
  if (failure.reason === 'result') return 'script_result';
  if (failure.reason === 'aborted') return 'script_aborted';
  if (failure.reason === 'crashed') return 'sandbox_failed';
  return statusOfReason[failure.reason] === 'limit' ? 'limit_exceeded' : 'script_error';
}

function hintFor(failure: ScriptFailure, apiNames: Iterable<string>): string | undefined {
  if (failure.reason === 'memory' || failure.reason === 'resident')
    return 'Work on less data at a time: page, filter, keep only what the result needs.';
  if (failure.reason === 'cpu')
    return 'A loop may have no end; else do the heavy work in a tool, or in several runs.';
  const missing = /^([\p{ID_Continue}$]+) is not defined$/u.exec(failure.message)?.[1];
  if (failure.name !== 'ReferenceError' || missing === undefined) return undefined;
  if (Object.hasOwn(absentGlobals, missing)) return absentGlobals[missing];
  const near = nearestNames(missing, apiNames);
  return near.length > 0
    ? `Did you mean ${near.join(' or ')}?`
    : 'Call list_available_tools for the names of servers and tools.';
}

/** A TypeError on a line that uses a call's promise as if it were its value. */
function missingAwait(
  { name }: ScriptFailure,
  { source, apiNames }: ScriptFailureContext,
  position: Position | undefined,
): string | undefined {
  if (name !== 'TypeError' || !position) return undefined;
  const line = source.split('\n')[position.line - 1] ?? '';
  const names = new Set(apiNames);
  const calls = [...line.matchAll(/(await\s+)?\b([\w$]+)(\.[\w$]+)?\s*\(/g)];
  const call = calls.find(
    ([, awaited, first, member]) =>
      !awaited && names.has(first ?? '') && (member !== undefined || first?.includes('__')),
  );
  return (
    call &&
    `Is an \`await\` missing? ${call[2]}${call[3] ?? ''}(...) gives a promise: (await ${call[2]}${call[3] ?? ''}(...)).`
  );
}

/** The arguments of the failed call, as JSON where they are small, else their beginning. */
function shownArguments(text: string): unknown {
  if (text.length > argumentCharactersMax)
    return `${text.slice(0, argumentCharactersMax)}... (${text.length} characters)`;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
