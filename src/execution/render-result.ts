/** A run's result as text for an agent: everything it needs for the next step, in few characters. */
import { notAwaited } from './journal.ts';
import type { RunResult } from './run-result.ts';

const callsShownMax = 12;

/** The result first where it went well; else the error with its frame, then what was already done. */
export function renderRunResult(
  run: Omit<RunResult, 'stats'> & { stats: Pick<RunResult['stats'], 'calls' | 'wall_ms'> },
): string {
  const { error, output, truncated, calls, stats } = run;
  const cut =
    truncated?.what === 'output'
      ? `(${truncated.bytes} more bytes of output were cut; at most ${truncated.limit} are kept)`
      : '';
  const summary = `[${run.status}, ${stats.calls} calls, ${Math.round(stats.wall_ms)} ms]`;
  const parts = error
    ? [
        renderError(error, run.status),
        output && `output:\n${output}`,
        cut,
        renderCalls(calls, stats.calls),
        summary,
      ]
    : [output, cut, renderResult(run.result), renderNotAwaited(calls), summary];
  return parts.filter(Boolean).join('\n');
}

function renderResult(result: unknown): string {
  return result === undefined ? '(no result: use `return` to give one)' : `result: ${JSON.stringify(result)}`;
}

/** A script that ends before its calls do has not done what it seems to have done. */
function renderNotAwaited(calls: RunResult['calls']): string {
  const rows = calls.filter(({ error }) => error === notAwaited);
  if (rows.length === 0) return '';
  const names = rows
    .slice(0, callsShownMax)
    .map(({ server, tool, line }) => `${server}.${tool}${line === undefined ? '' : ` (line ${line})`}`);
  return `WARNING: ${rows.length} calls were never awaited and were cut short, with unknown outcome: ${names.join(', ')}`;
}

function renderError(error: NonNullable<RunResult['error']>, status: string): string {
  const place = error.line === undefined ? '' : ` (line ${error.line}:${error.column})`;
  const rows = [`${status}: ${error.name}: ${error.message}${place}`];
  if (error.frame !== undefined) rows.push(error.frame);
  if (error.args !== undefined)
    rows.push(`args: ${typeof error.args === 'string' ? error.args : JSON.stringify(error.args)}`);
  if (error.hint !== undefined) rows.push(`hint: ${error.hint}`);
  if (error.tool !== undefined && error.retry_safe !== undefined)
    rows.push(`safe to repeat that call: ${error.retry_safe}`);
  return rows.join('\n');
}

/** Reads that went well are only counted: they can be made again. The rest is what must not be repeated blindly. */
function renderCalls(calls: RunResult['calls'], total: number): string {
  if (calls.length === 0) return '';
  const notable = calls.filter(({ ok, effect }) => !ok || effect !== 'read');
  const shown = notable.slice(-callsShownMax);
  const rows = shown.map(({ index, server, tool, ok, effect, line, outcome, error }) => {
    const state = ok ? 'done' : outcome === 'unknown' ? `UNKNOWN OUTCOME (${error})` : `failed (${error})`;
    return `  #${index} ${server}.${tool}${line === undefined ? '' : ` line ${line}`}: ${state}${ok && effect === 'unknown' ? ', may have written' : ''}`;
  });
  const left = notable.length - shown.length;
  const reads = total - notable.length;
  const others = [left > 0 ? `${left} earlier` : '', reads > 0 ? `${reads} reads` : '']
    .filter(Boolean)
    .join(', ');
  return [`calls already made:${others && ` (${others} not shown)`}`, ...rows].join('\n');
}
