/** Turns what went wrong in a script into what its author can act on: the line, the frame, the call, the next step. */
import type { ScriptFailure } from '../../sandbox/protocol.ts';
import type { ErrorCode, OrchestratorError } from '../errors.ts';
import type { CompiledScript } from './bundle.ts';
import { codeFrame, linesOf, type Position } from './code-frame.ts';
import type { RunError, RunStatus } from './run-result.ts';
import { type HintContext, hintFor } from './script-hints.ts';
import { shownArguments } from './shown-arguments.ts';

export interface ScriptFailureContext extends HintContext {
  readonly compiled: CompiledScript;
}

const callersMax = 3;

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
  const [place, ...callers] = authorFrames(failure, context);
  const error: RunError = {
    kind: kindOf(failure),
    name: failure.name,
    message: messageOf(failure, place),
    ...placed(context.source, place),
    ...(callers.length > 0 && {
      called_from: callers.map(({ line, ...rest }) => ({ line, ...named(rest) })),
    }),
    ...(failure.tool && callOf(failure.tool)),
  };
  const hint = hintFor(failure, place, callers, context);
  if (hint !== undefined) error.hint = hint;
  return { status: statusOfReason[failure.reason], error };
}

/** What such an error is called in the language. */
const names: { readonly [code in ErrorCode]?: string } = {
  script_syntax: 'SyntaxError',
  script_import: 'SyntaxError',
  limit_exceeded: 'RangeError',
};

/** For what fails before the sandbox: compiling, limits, a missing server. */
export function describeOrchestratorError(
  thrown: OrchestratorError,
  source: string,
  position?: Position,
): RunError {
  const { code, message, hint, server, tool, path, retrySafe } = thrown;
  return {
    kind: code,
    name: names[code] ?? 'Error',
    message,
    ...placed(source, position),
    ...(hint !== undefined && { hint }),
    ...(server !== undefined && { server }),
    ...(tool !== undefined && { tool }),
    ...(path !== undefined && { path }),
    ...(retrySafe !== undefined && { retry_safe: retrySafe }),
  };
}

/** A place in the author's text, and the function that it stands in. */
interface AuthorFrame extends Position {
  readonly function?: string;
}

/** Innermost first, as far as they are the author's and on lines of their own. */
function authorFrames({ frames }: ScriptFailure, { compiled, source }: ScriptFailureContext): AuthorFrame[] {
  const found: AuthorFrame[] = [];
  const lines = linesOf(source).length;
  for (const frame of frames) {
    const position = compiled.authorPosition(frame);
    // Behind the author's last line stands our wrapper.
    if (!position || position.line > lines || found.some(({ line }) => line === position.line)) continue;
    found.push({ ...position, ...named(frame) });
    if (found.length > callersMax) break;
  }
  return found;
}

/** Without the names of our own wrapper. */
function named({ function: name }: { readonly function?: string }): { function?: string } {
  return name === undefined || /^__script$|^<anonymous>$/.test(name) ? {} : { function: name };
}

function placed(source: string, place: Position | undefined): Pick<RunError, 'line' | 'column' | 'frame'> {
  if (!place) return {};
  const { line, column } = place;
  return { line, column, frame: codeFrame(source, place) };
}

function kindOf(failure: ScriptFailure): string {
  if (failure.tool) return failure.tool.kind;
  if (failure.reason === 'result') return 'script_result';
  if (failure.reason === 'aborted') return 'script_aborted';
  if (failure.reason === 'crashed') return 'sandbox_failed';
  return statusOfReason[failure.reason] === 'limit' ? 'limit_exceeded' : 'script_error';
}

/** What was thrown and what caused it; of a promise that nobody awaits, that. */
function messageOf(
  { message, tool, causes = [], uncaught }: ScriptFailure,
  place: Position | undefined,
): string {
  const behind = [
    // A ToolError that the script wrapped into an error of its own.
    ...(tool && !message.includes(tool.message) ? [tool.message] : []),
    ...causes.filter((cause) => !message.includes(cause.replace(/^\w+: /, ''))),
  ];
  const whole = behind.length > 0 ? `${message} (caused by: ${behind.join('; ')})` : message;
  if (uncaught !== 'call' || !tool) return whole;
  const line = place ? ` on line ${place.line}` : '';
  return `\`${tool.server}.${tool.tool}\`${line} was never awaited, and failed: ${whole}`;
}

function callOf({
  server,
  tool,
  path,
  args,
  retrySafe,
}: NonNullable<ScriptFailure['tool']>): Partial<RunError> {
  return {
    server,
    tool,
    ...(path !== undefined && { path }),
    ...(args !== '' && { args: shownArguments(args) }),
    retry_safe: retrySafe,
  };
}
