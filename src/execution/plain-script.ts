/**
 * Scripts that are JavaScript as they stand, as many short ones are: they go to the sandbox untouched, without the
 * millisecond that the compiler takes, and every place in them is the author's own.
 */

/** Reading so much takes less than ten milliseconds, whatever it is. */
const charactersMax = 16_384;
const AsyncFunction = (async () => {}).constructor as new (body: string) => unknown;

/**
 * True where the text is the body of an async function in JavaScript, and means the same as in TypeScript. V8 only reads
 * it, by the rules for one function's body, so that it cannot close a bracket of ours.
 */
export function isPlainScript(source: string): boolean {
  if (source.length > charactersMax || mayHaveTypeArguments(source)) return false;
  // What concerns modules is the compiler's: it refuses what may not be imported.
  if (/\b(?:import|export)\b/.test(source)) return false;
  try {
    new AsyncFunction(`"use strict";${source}`);
    return true;
  } catch {
    return false;
  }
}

/** `f<T>(x)` is two comparisons in JavaScript; all else that only TypeScript has is no JavaScript at all. */
function mayHaveTypeArguments(source: string): boolean {
  return source.includes('<') && /[^=]>\s*[(`]/.test(source);
}
