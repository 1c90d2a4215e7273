/** A query -> the concepts it is about: its words, each with whatever else may be written for it. */
import { distance } from 'fastest-levenshtein';
import type { Concept, SearchIndex } from './search-index.ts';
import { phrases, synonymsOf, verbs } from './search-synonyms.ts';
import { wordsOf } from './search-words.ts';

const conceptsMax = 40;
/** Of a synonym of a word that some tool has, and of one that none has. */
const synonymWeight = 0.45;
const insteadWeight = 0.6;
/** Of a verb that nearly every tool has. */
const verbWeight = 0.7;
const nearWeight = 0.6;
const partWeight = 0.7;
const nearTermsMax = 4;

/** @param index tells which words there are at all */
export function conceptsOf(query: string, index: SearchIndex): Concept[] {
  const text = phrases.reduce((changed, [pattern, by]) => changed.replace(pattern, by), query);
  const words = [...wordsOf(text)];
  const stems = [...new Set(words)].slice(0, conceptsMax);
  const joins = new Map<string, string[]>();
  for (const [at, word] of words.entries()) {
    const next = words[at + 1];
    const join = next === undefined ? '' : `${word}${next}`;
    if (next === undefined || !index.has(join)) continue;
    for (const half of [word, next]) joins.set(half, [...(joins.get(half) ?? []), join]);
  }
  return stems.flatMap((stem): Concept[] => {
    const terms = new Map<string, number>();
    const add = (term: string, weight: number) => {
      if (index.has(term) && (terms.get(term) ?? 0) < weight) terms.set(term, weight);
    };
    add(stem, 1);
    for (const join of joins.get(stem) ?? []) add(join, 1);
    for (const synonym of synonymsOf(stem)) add(synonym, index.has(stem) ? synonymWeight : insteadWeight);
    if (!index.has(stem)) for (const [term, weight] of nearTerms(stem, index)) add(term, weight);
    return terms.size === 0
      ? []
      : [
          {
            weight: verbs.has(stem) ? verbWeight : 1,
            terms: [...terms].map(([term, weight]) => ({ term, weight })),
          },
        ];
  });
}

/** For a word that no tool has: what it begins or ends with, what begins with it, what it is misspelt for. */
function nearTerms(stem: string, index: SearchIndex): [term: string, weight: number][] {
  if (stem.length < 5) return [];
  const near: { term: string; weight: number; farness: number }[] = [];
  for (let length = 4; length < stem.length; length++) {
    for (const [term, own] of [
      [stem.slice(0, length), 0],
      [stem.slice(-length), 1],
    ] as const)
      if (index.has(term)) near.push({ term, weight: partWeight, farness: stem.length - length + own });
  }
  const editsMax = stem.length < 6 ? 0 : stem.length < 8 ? 1 : 2;
  for (const term of index.termsFrom(stem.charAt(0))) {
    const gap = term.length - stem.length;
    if (gap > 0 && term.startsWith(stem)) near.push({ term, weight: partWeight, farness: gap });
    else if (Math.abs(gap) <= editsMax) {
      const edits = distance(stem, term);
      if (edits <= editsMax) near.push({ term, weight: nearWeight, farness: edits });
    }
  }
  near.sort((a, b) => a.farness - b.farness || (a.term < b.term ? -1 : 1));
  return near.slice(0, nearTermsMax).map(({ term, weight }) => [term, weight]);
}
