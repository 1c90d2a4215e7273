/** What a script's author can do about a failure that is no tool's: one sentence, or nothing where there is no better guess. */
import type { ScriptFailure } from '../../sandbox/protocol.ts';
import { nearestNames } from '../catalog/names.ts';
import { absentGlobals } from '../checking/guest-library.ts';
import { linesOf, type Position } from './code-frame.ts';
import type { RecentResults } from './recent-results.ts';

export interface HintContext {
  /** The author's text. */
  readonly source: string;
  /** Every name that the API has. */
  readonly apiNames: Iterable<string>;
  /** What the script's calls gave. */
  readonly results: RecentResults;
}

const lineCharactersMax = 2_000;
const declarationsMax = 500;
const stepsMax = 4;
/** V8's words for a value that is not what it was taken for. */
const wrongValue =
  /^Cannot (?:read|set|destructure|convert|use 'in')|is not (?:a function|iterable|a constructor)/;

/**
 * @param place where it was thrown, in the author's text
 * @param callers who called there, from the inside outwards
 */
export function hintFor(
  failure: ScriptFailure,
  place: Position | undefined,
  callers: readonly Position[],
  context: HintContext,
): string | undefined {
  const { reason, name, message, uncaught, tool } = failure;
  if (tool) return tool.hint ?? hintForCall(tool.kind, tool.message);
  if (reason !== 'error') return hintForReason(failure);
  if (name === 'ReferenceError') return hintForName(message, context.apiNames);
  if (name === 'SyntaxError' && /not valid JSON|JSON/.test(message)) return hintForJson(message);
  const lines = linesOf(context.source);
  if (name === 'TypeError' && place && wrongValue.test(message)) {
    const at = [place, ...callers].map(({ line }) => (lines[line - 1] ?? '').slice(0, lineCharactersMax));
    const hint = missingAwait(at[0] ?? '', context.apiNames) ?? shapeOfResult(at, lines, context);
    if (hint !== undefined) return hint;
  }
  if (uncaught === 'promise')
    return 'Nothing awaits the promise that was rejected: `await` the call that it came from, or catch there.';
  if (uncaught === 'callback') return 'It was thrown in a timer or a listener: catch it there.';
  return undefined;
}

function hintForCall(kind: string, message: string): string | undefined {
  return kind === 'arguments_invalid' && message.includes('larger than')
    ? 'Send it in parts, or have a tool read it where it is.'
    : undefined;
}

function hintForReason({ reason, message }: ScriptFailure): string | undefined {
  switch (reason) {
    case 'memory':
    case 'resident':
      return 'Work on less data at a time: page, filter, keep only what the result needs.';
    case 'cpu':
      return 'A loop may have no end; else do the heavy work in a tool, or in several runs.';
    case 'calls':
      return 'A loop may have no end; else fetch more with each call (pages, batches), or spread the work over several runs.';
    case 'stalled':
      return 'A `new Promise` whose `resolve` nothing calls? Wait for calls and timers only.';
    case 'result':
      if (/is a Promise/.test(message)) return '`await` it; for a list: `await Promise.all(list)`.';
      if (/larger than/.test(message))
        return 'Return less: counts, ids, the first few; or write it by a tool.';
      return 'Return plain data: objects, arrays, texts, numbers.';
    default:
      return undefined;
  }
}

function hintForName(message: string, apiNames: Iterable<string>): string | undefined {
  const missing = /^([\p{ID_Continue}$]+) is not defined$/u.exec(message)?.[1];
  if (missing === undefined) return undefined;
  if (Object.hasOwn(absentGlobals, missing)) return absentGlobals[missing];
  const near = nearestNames(missing, apiNames);
  return near.length > 0
    ? `Did you mean ${near.join(' or ')}?`
    : 'Call list_available_tools for the names of servers and tools.';
}

function hintForJson(message: string): string {
  return message.includes('[object')
    ? 'A call gives JSON already parsed: use its value as it is, without JSON.parse.'
    : 'What was parsed is no JSON (a call gives plain text where the tool answers with text): look at it before parsing.';
}

/** A line that uses a call's promise as if it were its value. */
function missingAwait(line: string, apiNames: Iterable<string>): string | undefined {
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

/** What the value that the script stumbled over really looks like, where it came from a call. */
function shapeOfResult(
  stumbled: readonly string[],
  lines: readonly string[],
  { results, apiNames }: HintContext,
): string | undefined {
  const names = new Set(apiNames);
  const origins = originsOf(lines, names);
  for (const line of stumbled) {
    const call =
      calledIn(line, names) ??
      wordsOf(line)
        .map((word) => origins.get(word))
        .find(Boolean);
    const shape = call && results.shapeOf(call.server, call.tool);
    if (call && shape !== undefined) return `${call.server}.${call.tool} gave: ${shape}`;
  }
  return undefined;
}

interface CalledTool {
  readonly server: string;
  readonly tool: string;
}

/** The call that each variable's value came from, as far as declarations tell: `const r = await a.b()`, `for (const x of r.items)`. */
function originsOf(lines: readonly string[], names: ReadonlySet<string>): ReadonlyMap<string, CalledTool> {
  const declarations = lines
    .flatMap((line) => [
      ...line
        .slice(0, lineCharactersMax)
        .matchAll(/\b(?:const|let|var)\s+([^=]{1,200}?)(?:\s+of\s+|\s*=(?![=>]))(.*)/g),
    ])
    .slice(0, declarationsMax);
  const origins = new Map<string, CalledTool>();
  for (let step = 0; step < stepsMax; step += 1) {
    for (const [, pattern = '', value = ''] of declarations) {
      const origin =
        calledIn(value, names) ??
        wordsOf(value)
          .map((word) => origins.get(word))
          .find(Boolean);
      if (!origin) continue;
      for (const word of wordsOf(pattern)) if (!origins.has(word)) origins.set(word, origin);
    }
  }
  return origins;
}

/** The first call of a tool in a line: `a.b(`, `a["b"](` or `a__b(`. */
function calledIn(line: string, names: ReadonlySet<string>): CalledTool | undefined {
  const calls = line.matchAll(/([\w$]+)(?:\s*\??\.\s*([\w$]+)|\s*\[\s*["'`]([^"'`]+)["'`]\s*\])?\s*\(/g);
  for (const [, word = '', member, element] of calls) {
    if (!names.has(word)) continue;
    const tool = member ?? element;
    if (tool !== undefined) return { server: word, tool };
    const at = word.indexOf('__');
    if (at > 0) return { server: word.slice(0, at), tool: word.slice(at + 2) };
  }
  return undefined;
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
}
