/**
 * An index of tools, ranked by BM25F: the words of a tool's name count more than those of its description, and each field
 * is measured against the usual length of its kind (Robertson, Zaragoza and Taylor 2004; Robertson and Zaragoza 2009).
 *
 * A query is a list of concepts. A concept is a word with whatever else may be written for it (synonyms, the word in another
 * spelling), each with a weight; of these, the one that says most for a tool counts.
 */
import { isDeprecated } from './search-deprecated.ts';
import { type FieldName, toolFields } from './search-fields.ts';
import { type Action, actionsOfTool } from './search-intent.ts';
import { lettersOf, rawWordsOfName } from './search-words.ts';
import type { Tool } from './tool.ts';

/**
 * Weight: what one word of the field counts. Length: how far a long field thins its words out, 0 to 1. Commonness: how far a
 * word is common that stands in such fields. What every tool of a server takes as a parameter is still rare as a name.
 */
const fields: readonly { name: FieldName; weight: number; length: number; commonness: number }[] = [
  { name: 'name', weight: 3.5, length: 0.5, commonness: 1 },
  { name: 'title', weight: 1.5, length: 0.4, commonness: 1 },
  { name: 'server', weight: 1, length: 0, commonness: 0.6 },
  { name: 'summary', weight: 1.8, length: 0.6, commonness: 1 },
  { name: 'description', weight: 0.6, length: 0.7, commonness: 0.6 },
  { name: 'parameters', weight: 0.6, length: 0.6, commonness: 0.2 },
  { name: 'parameterTexts', weight: 0.3, length: 0.7, commonness: 0.1 },
];

/** How soon further occurrences of a word stop to count. */
const saturation = 1.2;
/** What a tool gains whose whole name is asked for. */
const nameGain = 0.6;
/** What a tool gains whose server is named. */
const serverGain = 0.3;
/** A synonym of a server's name does not name it. */
const namingMin = 0.9;

export interface Concept {
  /** 0 to 1: how much it says of what is looked for. */
  readonly weight: number;
  readonly terms: readonly { readonly term: string; readonly weight: number }[];
}

export interface Indexed {
  /** As it is in the catalogue now. */
  tool: Tool;
  /** The words of it that its action shows in. */
  readonly actions: readonly Action[];
  readonly isDeprecated: boolean;
  readonly slot: number;
  /** By field. */
  readonly lengths: readonly number[];
  readonly terms: readonly string[];
  /** Each once. */
  readonly nameTerms: readonly string[];
  readonly serverTerms: readonly string[];
  /** The letters of its names. */
  readonly letters: readonly string[];
}

interface Posting {
  readonly entry: Indexed;
  /** By field: how often the word stands in it. */
  readonly counts: Uint16Array;
}

interface Word {
  postings: Posting[];
  /** In how many tools it is, each as far as its fields make it common. */
  commonness: number;
}

export interface Scored {
  readonly entry: Indexed;
  readonly score: number;
  /** Of what the query's words can say for a tool at most, 0 to 1. */
  readonly strength: number;
}

export class SearchIndex {
  readonly #words = new Map<string, Word>();
  readonly #entries = new Set<Indexed>();
  readonly #freeSlots: number[] = [];
  readonly #byLetters = new Map<string, Set<Indexed>>();
  readonly #lengths = fields.map(() => 0);
  /** Made at need, dropped with each change. */
  #byFirst: Map<string, string[]> | undefined;

  has(term: string): boolean {
    return this.#words.has(term);
  }

  /** Every word of some tool that begins with this letter. */
  termsFrom(letter: string): readonly string[] {
    this.#byFirst ??= Map.groupBy(this.#words.keys(), (term) => term.charAt(0));
    return this.#byFirst.get(letter) ?? [];
  }

  /** Tools whose name, with or without the server's, has these letters. */
  named(letters: ReadonlySet<string>): Set<Indexed> {
    return new Set([...letters].flatMap((one) => [...(this.#byLetters.get(one) ?? [])]));
  }

  add(tool: Tool): Indexed {
    const texts = toolFields(tool);
    const counts = new Map<string, Uint16Array>();
    for (const [index, { name }] of fields.entries()) {
      for (const word of texts[name]) {
        const own = counts.get(word) ?? new Uint16Array(fields.length);
        own[index] = (own[index] ?? 0) + 1;
        counts.set(word, own);
      }
    }
    const entry: Indexed = {
      tool,
      actions: actionsOfTool(tool, rawWordsOfName(tool.name)),
      isDeprecated: isDeprecated(tool.definition),
      slot: this.#freeSlots.pop() ?? this.#entries.size,
      lengths: fields.map(({ name }) => texts[name].length),
      terms: [...counts.keys()],
      nameTerms: [...new Set(texts.name)],
      serverTerms: texts.server,
      letters: [lettersOf(tool.name), lettersOf(`${tool.server}${tool.name}`)].filter((one) => one !== ''),
    };
    this.#entries.add(entry);
    this.#count(entry, 1);
    for (const one of entry.letters)
      this.#byLetters.set(one, (this.#byLetters.get(one) ?? new Set()).add(entry));
    for (const [term, own] of counts) {
      const word = this.#words.get(term) ?? { postings: [], commonness: 0 };
      word.postings.push({ entry, counts: own });
      word.commonness += commonnessOf(own);
      this.#words.set(term, word);
    }
    return entry;
  }

  remove(entries: ReadonlySet<Indexed>): void {
    const terms = new Set<string>();
    for (const entry of entries) {
      if (!this.#entries.delete(entry)) continue;
      this.#freeSlots.push(entry.slot);
      this.#count(entry, -1);
      for (const one of entry.letters) {
        const named = this.#byLetters.get(one);
        named?.delete(entry);
        if (named?.size === 0) this.#byLetters.delete(one);
      }
      for (const term of entry.terms) terms.add(term);
    }
    for (const term of terms) {
      const postings = (this.#words.get(term)?.postings ?? []).filter(({ entry }) => !entries.has(entry));
      const commonness = postings.reduce((sum, { counts }) => sum + commonnessOf(counts), 0);
      if (postings.length > 0) this.#words.set(term, { postings, commonness });
      else this.#words.delete(term);
    }
  }

  /** Tools that have a word of a concept at least, best first. */
  score(concepts: readonly Concept[]): Scored[] {
    const slots = this.#entries.size + this.#freeSlots.length;
    const sums = new Float64Array(slots);
    const parts = new Float64Array(slots);
    const found = new Set<Indexed>();
    const usual = this.#lengths.map((sum) => Math.max(1, sum / Math.max(1, this.#entries.size)));
    let most = 0;
    for (const concept of concepts) {
      const touched = this.#scoreConcept(concept, usual, parts);
      let best = 0;
      for (const entry of touched) {
        const part = parts[entry.slot] ?? 0;
        parts[entry.slot] = 0;
        sums[entry.slot] = (sums[entry.slot] ?? 0) + part;
        best = Math.max(best, part);
        found.add(entry);
      }
      most += best;
    }
    const asked = askedTerms(concepts);
    return [...found]
      .map((entry) => {
        const sum = sums[entry.slot] ?? 0;
        return { entry, score: sum * this.#gain(entry, asked), strength: most === 0 ? 0 : sum / most };
      })
      .sort((a, b) => b.score - a.score);
  }

  /** Fills `parts`, by slot, and gives the tools that are in it. */
  #scoreConcept(concept: Concept, usual: readonly number[], parts: Float64Array): Set<Indexed> {
    const touched = new Set<Indexed>();
    for (const { term, weight } of concept.terms) {
      const worth = concept.weight * weight * this.#rarity(term) * (saturation + 1);
      for (const { entry, counts } of this.#words.get(term)?.postings ?? []) {
        const frequency = frequencyOf(entry, counts, usual);
        const part = (worth * frequency) / (saturation + frequency);
        if (part > (parts[entry.slot] ?? 0)) parts[entry.slot] = part;
        touched.add(entry);
      }
    }
    return touched;
  }

  #gain({ nameTerms, serverTerms }: Indexed, asked: ReadonlyMap<string, number>): number {
    let whole = 0;
    let covered = 0;
    for (const term of nameTerms) {
      const worth = this.#rarity(term);
      whole += worth;
      covered += worth * (asked.get(term) ?? 0);
    }
    const named = serverTerms.filter((term) => (asked.get(term) ?? 0) >= namingMin).length;
    const ofServer = serverTerms.length === 0 ? 0 : named / serverTerms.length;
    return (1 + nameGain * (whole === 0 ? 0 : covered / whole)) * (1 + serverGain * ofServer);
  }

  /** How much a word tells tools apart; 0 where no tool has it. */
  #rarity(term: string): number {
    const common = this.#words.get(term)?.commonness;
    if (common === undefined) return 0;
    return Math.log(1 + (this.#entries.size - common + 0.5) / (common + 0.5));
  }

  #count({ lengths }: Indexed, sign: 1 | -1): void {
    this.#byFirst = undefined;
    for (const [index, length] of lengths.entries())
      this.#lengths[index] = (this.#lengths[index] ?? 0) + sign * length;
  }
}

function frequencyOf({ lengths }: Indexed, counts: Uint16Array, usual: readonly number[]): number {
  let frequency = 0;
  for (let index = 0; index < fields.length; index++) {
    const count = counts[index] ?? 0;
    const field = fields[index];
    if (count === 0 || !field) continue;
    const thinned = 1 - field.length + (field.length * (lengths[index] ?? 0)) / (usual[index] ?? 1);
    frequency += (field.weight * count) / thinned;
  }
  return frequency;
}

function commonnessOf(counts: Uint16Array): number {
  return fields.reduce(
    (most, { commonness }, index) => (counts[index] ? Math.max(most, commonness) : most),
    0,
  );
}

/** By term, how far it is asked for. */
function askedTerms(concepts: readonly Concept[]): Map<string, number> {
  const asked = new Map<string, number>();
  for (const { weight: ofConcept, terms } of concepts)
    for (const { term, weight } of terms) asked.set(term, Math.max(asked.get(term) ?? 0, ofConcept * weight));
  return asked;
}
