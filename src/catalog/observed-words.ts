/**
 * The only values that are ever kept of a result: words such as `open` and `closed` under a key such as `state`.
 *
 * A small set of short words may just as well be people, so the key must say that it is a classification, and the
 * words must be seen often. They are told as seen, never as all that there is: the next one may be new.
 */

/** `add` for what was seen one after the other, `max` for two records that may have seen the same. */
export type Counting = 'add' | 'max';

/** How often each was seen. */
export type Words = Readonly<Record<string, number>>;
type StringShape = { readonly words?: Words };

const classes =
  'type|kind|status|state|level|severity|priority|mode|method|format|visibility|phase|stage|direction|conclusion';
/** `state`, `merge_state`; `mergeState`; not `estate`. */
const classifyingKeys = [
  new RegExp(`(?:^|[_:-])(?:${classes})$`, 'i'),
  new RegExp(`[a-z](?:${classes.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())})$`),
];
/** `open`, `in_progress`, `inProgress`, `OPEN`; not `Bavaria`, `CA`, which may be somebody's. */
const word = /^(?:[a-z]+(?:[_-][a-z]+|[A-Z][a-z]+)*|[A-Z]{3,}(?:[_-][A-Z]+)*)$/;
const wordCharactersMax = 24;
const wordsMax = 8;
/** Words seen so often in all, and each so often, may be told. */
const seenMin = 10;
const eachMin = 2;

/** @param key under which the text stands; '' for none */
export function wordsOf(key: string, text: string): StringShape {
  const tells = isWord(text) && classifyingKeys.some((pattern) => pattern.test(key));
  return tells ? { words: Object.fromEntries([[text, 1]]) } : {};
}

/** Open as soon as one of them is. */
export function mergeWords(a: StringShape, b: StringShape, counting: Counting): StringShape {
  if (!a.words || !b.words) return {};
  const all = new Map(Object.entries(a.words));
  for (const [text, seen] of Object.entries(b.words))
    all.set(text, count(all.get(text) ?? 0, seen, counting));
  return all.size > wordsMax ? {} : { words: Object.fromEntries(all) };
}

/** Those that may be told, in a fixed order; mostly none. */
export function toldWords({ words = {} }: StringShape): string[] {
  const seen = Object.values(words).reduce((sum, one) => sum + one, 0);
  if (seen < seenMin) return [];
  return Object.keys(words)
    .filter((text) => (words[text] ?? 0) >= eachMin)
    .sort();
}

/** Two counts of the same as one. */
export function count(a: number, b: number, counting: Counting): number {
  return counting === 'add' ? a + b : Math.max(a, b);
}

/** For what comes from disk. */
export function isWord(text: string): boolean {
  return text.length <= wordCharactersMax && word.test(text);
}
