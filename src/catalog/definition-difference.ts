/** What has changed between two definitions of a tool, in lines that a person can read. */
import { cleanText } from '../downstream/problem.ts';
import type { JsonObject } from './tool.ts';

const linesMax = 12;
const valueCharactersMax = 160;

/** @returns at least one line where they differ */
export function describeDifference(before: JsonObject, now: JsonObject): string[] {
  const old = leavesOf(before);
  const current = leavesOf(now);
  const lines: string[] = [];
  for (const [place, text] of current) {
    const earlier = old.get(place);
    if (earlier === undefined) lines.push(`${place} is new: ${shown(text)}`);
    else if (earlier !== text) lines.push(`${place}: ${changed(earlier, text)}`);
  }
  for (const [place, text] of old) if (!current.has(place)) lines.push(`${place} is gone: ${shown(text)}`);
  const few = lines.slice(0, linesMax);
  if (lines.length > few.length) few.push(`and ${lines.length - few.length} more differences`);
  return few;
}

/** By path: `inputSchema.properties.path.type`. What holds nothing further counts as a value. */
function leavesOf(value: JsonObject): Map<string, string> {
  const leaves = new Map<string, string>();
  const visit = (place: string, inner: unknown): void => {
    const entries = typeof inner === 'object' && inner !== null ? Object.entries(inner) : [];
    if (entries.length === 0) leaves.set(place, typeof inner === 'string' ? inner : JSON.stringify(inner));
    for (const [key, child] of entries) visit(place === '' ? key : `${place}.${key}`, child);
  };
  visit('', value);
  return leaves;
}

/** Long texts are shown from a little before where they part. */
function changed(before: string, now: string): string {
  let same = 0;
  while (same < before.length && before[same] === now[same]) same += 1;
  const start = same > 60 ? same - 30 : 0;
  const part = (text: string) => (start === 0 ? shown(text) : `…${shown(text.slice(start))}`);
  return `${part(before)} -> ${part(now)}`;
}

/** What is invisible is spelt out. */
function shown(text: string): string {
  const spelt = text.replace(
    /[\p{Cf}\p{Cc}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${cleanText(spelt, valueCharactersMax)}"`;
}
