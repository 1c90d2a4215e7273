/** A run's result as text for an agent: everything it needs for the next step, in few characters. */

import { counted } from '../text.ts';
import { type NextSteps, renderJournal } from './render-journal.ts';
import type { RunResult, TypeDiagnostic } from './run-result.ts';
import { shownArguments } from './shown-arguments.ts';

const callRowsMax = 12;
const outcomeWords = { failed: 'failed', done: 'done, but its answer was lost', unknown: 'UNKNOWN OUTCOME' };
const furtherCharactersMax = 700;
/** The structured result has more of these. */
const messageCharactersMax = 500;
const argumentCharactersMax = 300;
const hintCharactersMax = 500;
const outputCharactersMax = 800;

/** The result first where it went well; else the error with its frame, then what was already done. */
export function renderRunResult(
  run: Omit<RunResult, 'stats'> & { stats: Pick<RunResult['stats'], 'calls' | 'wall_ms'> },
  steps?: NextSteps,
): string {
  const { error, output, truncated, calls, stats } = run;
  const cut =
    truncated?.what === 'output'
      ? `(${truncated.bytes} more bytes of output were cut; at most ${truncated.limit} are kept)`
      : '';
  const extent = run.status === 'type_error' ? 'nothing has run' : counted(stats.calls, 'call');
  const summary = `[${run.status}, ${extent}, ${Math.round(stats.wall_ms)} ms]`;
  const parts = error
    ? [
        renderError(error, run.status),
        renderFurther(error),
        renderCheck(run),
        renderOutput(output),
        cut,
        renderCalls(calls, stats.calls),
        renderStop(run),
        renderJournal(run, steps),
        summary,
      ]
    : [
        output,
        cut,
        renderResult(run),
        renderNotes(run),
        renderCheck(run),
        renderJournal(run, steps),
        summary,
      ];
  return parts.filter(Boolean).join('\n');
}

function renderStop({ stop }: Pick<RunResult, 'stop'>): string {
  if (!stop) return '';
  return stop.ran
    ? 'onStop: all that was registered was done'
    : `onStop: NOT ALL WAS DONE: ${middleCut(stop.error ?? '', messageCharactersMax)}`;
}

/** Of a failed run, the end of what it said. */
export function renderOutput(output: string): string {
  if (output.length <= outputCharactersMax) return output && `output:\n${output}`;
  const shown = output.slice(-outputCharactersMax);
  return `output (its end; ${output.length - shown.length} characters before it are in \`output\`):\n${shown}`;
}

function renderResult({ result, tools }: Pick<RunResult, 'result' | 'tools'>): string {
  if (tools) return '';
  return result === undefined
    ? '(no result: nothing was returned, or undefined)'
    : `result: ${JSON.stringify(result)}`;
}

/** What a success must not hide. '' where there is nothing to say. */
export function renderNotes({ notes = [] }: Pick<RunResult, 'notes'>): string {
  return notes.map((note) => `${/never awaited/.test(note) ? 'WARNING' : 'note'}: ${note}`).join('\n');
}

function renderError(error: NonNullable<RunResult['error']>, status: string): string {
  const place = error.line === undefined ? '' : ` (line ${error.line}:${error.column})`;
  const rows = [`${status}: ${error.name}: ${middleCut(error.message, messageCharactersMax)}${place}`];
  if (error.frame !== undefined) rows.push(error.frame);
  if (error.called_from) rows.push(`called from ${error.called_from.map(renderCaller).join(', ')}`);
  if (error.args !== undefined) rows.push(`args: ${renderArguments(error.args)}`);
  if (error.hint !== undefined) rows.push(`hint: ${middleCut(error.hint, hintCharactersMax)}`);
  if (error.tool !== undefined && error.retry_safe !== undefined)
    rows.push(`safe to repeat that call: ${error.retry_safe}`);
  return rows.join('\n');
}

function renderCaller(caller: { line: number; function?: string | undefined }): string {
  return `line ${caller.line}${caller.function === undefined ? '' : ` (${caller.function})`}`;
}

function renderArguments(args: unknown): string {
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  // Shortened already; once more, since text is read by the token.
  return text.length <= argumentCharactersMax
    ? text
    : JSON.stringify(shownArguments(text, argumentCharactersMax));
}

/** Beginning and end: servers put what matters first, and programs their reason last. */
function middleCut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const end = Math.floor(charactersMax / 4);
  return `${text.slice(0, charactersMax - end)} … ${text.slice(-end)}`;
}

/** The type errors behind the first, a line or two each, as far as there is room. */
function renderFurther({ diagnostics = [], diagnostics_total }: NonNullable<RunResult['error']>): string {
  return renderDiagnostics(diagnostics.slice(1), (diagnostics_total ?? diagnostics.length) - 1);
}

function renderDiagnostics(diagnostics: readonly TypeDiagnostic[], total: number): string {
  const rows: string[] = [];
  let characters = 0;
  for (const { code, line, column, message, hint } of diagnostics) {
    const row = `${line}:${column} ${code}: ${message}${hint === undefined ? '' : ` ${hint}`}`;
    characters += row.length;
    if (rows.length > 0 && characters > furtherCharactersMax) break;
    rows.push(row);
  }
  const rest = total - rows.length;
  return [...rows, ...(rest > 0 ? [`... and ${rest} more`] : [])].join('\n');
}

/** What the type check has to say beside an error: '' where there is nothing. */
export function renderCheck({
  warnings = [],
  unchecked,
  tools,
}: Pick<RunResult, 'warnings' | 'unchecked' | 'tools'>): string {
  return [
    unchecked !== undefined && `note: types were not checked: ${unchecked}`,
    warnings.length > 0 && `type warnings:\n${renderDiagnostics(warnings, warnings.length)}`,
    tools && `can call: ${tools.join(', ') || 'no tool'}`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** Reads that went well are only counted: they can be made again. The rest is what must not be repeated blindly. */
function renderCalls(calls: RunResult['calls'], total: number): string {
  if (calls.length === 0) return '';
  const notable = calls.filter(({ ok, effect }) => !ok || effect !== 'read');
  const rows = rowsOf(notable);
  const shown = rows.slice(-callRowsMax);
  const counts = {
    earlier: notable.length - shown.reduce((sum, { calls }) => sum + calls, 0),
    reads: calls.length - notable.length,
    'not listed': total - calls.length,
  };
  const others = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
  const lines = shown.map(({ first, last, calls: count, text }) =>
    count === 1 ? `  #${first} ${text}` : `  #${first}-#${last} ${text} (${count} calls)`,
  );
  return [`calls already made:${others && ` (besides ${others})`}`, ...lines].join('\n');
}

/** Calls of the same kind, one behind the other, are one row. */
function rowsOf(calls: RunResult['calls']): { first: number; last: number; calls: number; text: string }[] {
  const rows: { first: number; last: number; calls: number; text: string }[] = [];
  for (const call of calls) {
    const { index, server, tool, line } = call;
    const text = `${server}.${tool}${line === undefined ? '' : ` line ${line}`}: ${stateOf(call)}`;
    const before = rows.at(-1);
    if (before?.text === text) Object.assign(before, { last: index, calls: before.calls + 1 });
    else rows.push({ first: index, last: index, calls: 1, text });
  }
  return rows;
}

function stateOf({ ok, effect, outcome = 'unknown', error, awaited }: RunResult['calls'][number]): string {
  const left = awaited === false ? ', never awaited' : '';
  if (ok) return `done${effect === 'unknown' ? ', may have written' : ''}${left}`;
  if (effect === 'read' && outcome === 'unknown') return `no answer (${error})${left}`;
  return `${outcomeWords[outcome]} (${error})${left}`;
}
