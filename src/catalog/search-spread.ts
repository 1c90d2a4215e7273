/** A query that asks for several things at once gets tools for each, though those for one of them may outdo all others. */
import type { SearchIndex } from './search-index.ts';
import { conceptsOf } from './search-query.ts';
import type { Ranked } from './search-ranking.ts';
import { wordsOf } from './search-words.ts';
import type { Tool } from './tool.ts';

const clausesMax = 6;
const wordsMin = 2;
/** Of what the clause's words could say for a tool at most: less is a coincidence of words. */
const strengthMin = 0.5;
/** Where there is room for more than a few. */
const hitsOfClauseMax = 2;

/**
 * The first `max` of what was found, but its last places go to tools of servers that a part of the query points to and that would
 * not be there.
 *
 * @param ranked best first
 */
export function spread(index: SearchIndex, query: string, ranked: readonly Ranked[], max: number): Ranked[] {
  const hits = ranked.slice(0, max);
  const clauses = max < 2 || ranked.length <= max ? [] : clausesOf(query);
  if (clauses.length < 2) return hits;
  const wanted = new Map(ranked.map((one) => [one.tool, one]));
  const servers = new Set(hits.map(({ tool }) => tool.server));
  const missing: Ranked[] = [];
  for (const clause of clauses) {
    const [first, ...others] = listOf(index, clause, wanted);
    if (!first || servers.has(first.tool.server)) continue;
    const { server } = first.tool;
    servers.add(server);
    const same = others.filter(({ tool }) => tool.server === server);
    missing.push(first, ...same.slice(0, max < 5 ? 0 : hitsOfClauseMax - 1));
  }
  const kept = Math.max(1, max - missing.length);
  return [...hits.slice(0, kept), ...missing.slice(0, max - kept)];
}

/** What the clause finds by itself, best first; nothing where it says too little for the best of it. */
function listOf(index: SearchIndex, clause: string, wanted: ReadonlyMap<Tool, Ranked>): Ranked[] {
  const scored = index.score(conceptsOf(clause, index)).filter(({ entry }) => wanted.has(entry.tool));
  if ((scored[0]?.strength ?? 0) < strengthMin) return [];
  return scored.flatMap(({ entry }) => wanted.get(entry.tool) ?? []);
}

/** `read the report and mail it to Ann` -> two. What is only a word or none of it is no request. */
function clausesOf(query: string): string[] {
  return query
    .split(/[,;\n→&+]|\.\s|\b(?:and|then|plus|afterwards)\b/i)
    .filter((part) => wordsOf(part).length >= wordsMin)
    .slice(0, clausesMax);
}
