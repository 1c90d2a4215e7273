/** What a success must not hide: calls that were never awaited, and calls that failed on the way. */
import { counted } from '../text.ts';
import { notAwaited } from './journal.ts';
import type { CallRecord } from './journal-entry.ts';

const notesMax = 5;
const failuresShownMax = 5;

interface FloatingCall {
  readonly callee: string;
  readonly isTool: boolean;
  readonly line: number;
}

/**
 * One sentence each, the weightiest first; empty where there is nothing to say.
 *
 * @param floating what the script's text starts and does not await
 * @param ran false where the script was only checked: else its calls speak for themselves
 */
export function notesOn(
  calls: readonly CallRecord[],
  floating: readonly FloatingCall[] = [],
  ran = true,
): string[] {
  const left = grouped(calls.filter(({ awaited }) => awaited === false));
  const failed = calls.filter(({ ok, awaited, error }) => !ok && awaited !== false && error !== notAwaited);
  const torn = calls.filter(({ error, awaited }) => error === notAwaited && awaited !== false);
  const unawaited = floating.filter(({ isTool }) => !(ran && isTool));
  const notes = [...left.map(leftNote), ...grouped(torn).map(leftNote), ...unawaited.map(floatingNote)];
  const shown = notes.slice(0, notesMax);
  if (notes.length > shown.length)
    shown.push(`... and ${notes.length - shown.length} more that is never awaited.`);
  if (failed.length > 0)
    shown.push(`${counted(failed.length, 'call')} failed on the way: ${places(failed)}.`);
  return shown;
}

/** Calls of one tool from one place, that ended the same way. */
function grouped(calls: readonly CallRecord[]): CallRecord[][] {
  const groups = new Map<string, CallRecord[]>();
  for (const call of calls) {
    const key = JSON.stringify([call.server, call.tool, call.line, endOf(call)]);
    const group = groups.get(key);
    if (group) group.push(call);
    else groups.set(key, [call]);
  }
  return [...groups.values()].sort((a, b) => gravity(b) - gravity(a));
}

function gravity([call]: readonly CallRecord[]): number {
  return call?.ok ? 0 : call?.outcome === 'unknown' ? 2 : 1;
}

function leftNote(calls: readonly CallRecord[]): string {
  const [call] = calls;
  if (!call) return '';
  const times = calls.length > 1 ? ` (${calls.length} calls)` : '';
  return `\`${call.server}.${call.tool}\`${lineOf(call)}${times} was never awaited: ${endOf(call)}.`;
}

function floatingNote({ callee, line }: FloatingCall): string {
  if (callee.endsWith('.forEach'))
    return `\`${callee}\` on line ${line} is never awaited: use \`for (... of ...)\`, or \`await Promise.all(list.map(...))\`.`;
  return `\`${callee}(...)\` on line ${line} is never awaited: \`await\` it, or its failure may go unseen.`;
}

function endOf({ ok, error, outcome }: CallRecord): string {
  if (ok) return 'the script returned first; it was carried out';
  if (error !== notAwaited) return `the script returned first; it failed (${error})`;
  return outcome === 'unknown' ? 'it was cut short, with unknown outcome' : 'it was cut short';
}

function places(calls: readonly CallRecord[]): string {
  const shown = calls
    .slice(0, failuresShownMax)
    .map((call) => `${call.server}.${call.tool}${lineOf(call)} ${call.error}`);
  return `${shown.join(', ')}${calls.length > shown.length ? ', ...' : ''}`;
}

function lineOf({ line }: CallRecord): string {
  return line === undefined ? '' : ` on line ${line}`;
}
