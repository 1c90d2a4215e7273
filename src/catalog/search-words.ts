/** Text -> the words that search compares: identifiers split, letters simplified, endings cut off. */
import { stemmer } from 'stemmer';

/** What says nothing of a tool: function words, and how people ask for things. */
const stopWords = new Set(
  `a about actually after again all good great nice already also am an and any are as at back be because been before being both but by can
  could did do does doing done down each either else etc even every everything few for from further gets give go going had has
  have having he help her here hers him his how i if im in into is isn it its itself ive just kind let lets like ll lot may me
  might mine more most much must my myself need needs no nor not now of off on once one only onto or other our ours out over own
  particular please quite rather re really s same several shall she should since so some something specific still such t tell than
  that the their theirs them then there these they thing things this those through to too under until up upon us use used user
  uses using very via want wants was way we were what when where whether which while who whom whose why will with within without
  would you your yours`.split(/\s+/),
);
stopWords.delete('user');

/** Forms that cutting an ending off does not bring together. */
const irregular: Readonly<Record<string, string>> = {
  began: 'begin',
  begun: 'begin',
  bought: 'buy',
  built: 'build',
  children: 'child',
  chose: 'choose',
  chosen: 'choose',
  drawn: 'draw',
  found: 'find',
  got: 'get',
  held: 'hold',
  indices: 'index',
  kept: 'keep',
  made: 'make',
  matrices: 'matrix',
  men: 'man',
  paid: 'pay',
  people: 'person',
  ran: 'run',
  sent: 'send',
  shown: 'show',
  spoken: 'speak',
  taken: 'take',
  took: 'take',
  told: 'tell',
  vertices: 'vertex',
  went: 'go',
  women: 'woman',
  written: 'write',
  wrote: 'write',
};

const wordCharactersMax = 64;
const stems = new Map<string, string>();
const stemsMax = 50_000;

/** The words of a text, in order, as they are compared. */
export function wordsOf(text: string): string[] {
  return rawWords(text).flatMap((word) => (stopWords.has(word) ? [] : stemOf(word)));
}

/** As `wordsOf`, for a name: it is split wherever its writing says so, and nothing of it is left out. */
export function wordsOfName(name: string): string[] {
  return rawWordsOfName(name).flatMap((word) => cjkParts(word).map(stemOf));
}

/** With their endings. */
export function rawWordsOfName(name: string): string[] {
  return plain(separated(name)).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A word as it is compared. */
export function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = stemmer(irregular[word] ?? word);
  if (stems.size < stemsMax) stems.set(word, stem);
  return stem;
}

/** Letters and digits alone, in lower case: `create-issue`, `createIssue` and `Create issue` are one. */
export function lettersOf(text: string): string {
  return plain(text).replace(/[^\p{L}\p{N}]+/gu, '');
}

function rawWords(text: string): string[] {
  const words: string[] = [];
  for (const [chunk] of text.matchAll(/[\p{L}\p{M}\p{N}_']+/gu)) {
    // `createIssue` and `create_issue` are names within a text; `GitHub` and `JSON` are words.
    const isName = chunk.includes('_') || /^\p{Ll}+\p{Lu}/u.test(chunk);
    const parts = plain(isName ? separated(chunk) : chunk.replace(/'(?:s|t|re|ve|ll|d|m)?\b/g, '')).match(
      /[\p{L}\p{N}]+/gu,
    );
    for (const part of parts ?? []) words.push(...cjkParts(part.slice(0, wordCharactersMax)));
  }
  return words;
}

function separated(name: string): string {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replaceAll('_', ' ');
}

function plain(text: string): string {
  // Nearly all there is.
  if (isAscii(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** Scripts that write no spaces are compared by pairs of characters. */
function cjkParts(word: string): string[] {
  if (isAscii(word)) return [word];
  if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(word)) return [word];
  const characters = [...word];
  if (characters.length < 2) return [word];
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
