/** The order of what was found: exact names first, then by words, and some room for what else was asked for. */
import type { Indexed, SearchIndex } from './search-index.ts';
import { actionsOfQuery, agreement } from './search-intent.ts';
import { conceptsOf } from './search-query.ts';
import { lettersOf } from './search-words.ts';
import type { Tool } from './tool.ts';

export interface Ranked {
  readonly tool: Tool;
  /** Comparable within one answer only. */
  readonly score: number;
  /** The query names it. */
  readonly isNamed?: boolean;
}

/** Tools that share a word with the query, or its meaning; best first. What is hardly related is left out. */
export function rank(index: SearchIndex, query: string, isWanted: (entry: Indexed) => boolean): Ranked[] {
  const exact = index.named(namesIn(query));
  const asked = actionsOfQuery(query);
  const scores = new Map(
    index
      .score(conceptsOf(query, index))
      .map(({ entry, score }) => [
        entry,
        score * agreement(asked, entry.actions) * (entry.isDeprecated ? outdated : 1),
      ]),
  );
  const best = Math.max(0, ...scores.values());
  for (const entry of exact) scores.set(entry, best + (scores.get(entry) ?? 0) + 1);
  const wanted = [...scores].filter(([entry]) => isWanted(entry));
  const most = wanted.reduce((top, [entry, score]) => (exact.has(entry) ? top : Math.max(top, score)), 0);
  return wanted
    .filter(([, score]) => score >= most * leastShare)
    .map(([entry, score]) => ({ tool: entry.tool, score, ...(exact.has(entry) && { isNamed: true }) }))
    .sort(compare);
}

/** What the score of a tool is multiplied by that says itself to use another. */
const outdated = 0.5;

/** Of the best one's score. */
const leastShare = 0.15;

/** Equal ones in a steady order, the shorter name first: `get_issue` before `get_issue_comments`. */
function compare(a: Ranked, b: Ranked): number {
  return (
    b.score - a.score ||
    a.tool.name.length - b.tool.name.length ||
    (a.tool.flatName < b.tool.flatName ? -1 : 1)
  );
}

/** Letters of what may be a tool's name: the whole query, and each word in it that is written like one. */
function namesIn(query: string): Set<string> {
  const written = query.match(/[\p{L}\p{N}_.:/-]+/gu) ?? [];
  const names = written.filter((word) => /[\p{L}\p{N}][_.:/-]+[\p{L}\p{N}]|\p{Ll}\p{Lu}/u.test(word));
  return new Set([query, ...names].map(lettersOf));
}

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): places count, scores of different kinds do not compare. */
export function fuse(byWords: readonly Ranked[], byMeaning: readonly Tool[]): Ranked[] {
  const scores = new Map<Tool, number>();
  const add = (tool: Tool, place: number, weight: number) =>
    scores.set(tool, (scores.get(tool) ?? 0) + weight / (fusionConstant + place));
  for (const [place, { tool }] of byWords.slice(0, fusedMax).entries()) add(tool, place, 1);
  for (const [place, tool] of byMeaning.slice(0, fusedMax).entries()) add(tool, place, meaningWeight);
  // A tool that is named stands before all others, whatever they mean.
  for (const { tool, isNamed } of byWords) if (isNamed) scores.set(tool, (scores.get(tool) ?? 0) + 1);
  return [...scores].map(([tool, score]) => ({ tool, score })).sort(compare);
}

const fusionConstant = 60;
/** Where the two disagree about the first, meaning knows better. */
const meaningWeight = 1.2;
const fusedMax = 100;
