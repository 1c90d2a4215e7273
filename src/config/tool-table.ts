/** Settings that say something of each tool: a table from patterns of tools to words. */
import { type ConfigDocument, keyText } from './document.ts';
import { nearestWord } from './nearest.ts';
import { type Findings, isObject, shown } from './report.ts';

/** Of several that fit a tool, the last one counts. */
export interface ToolRule<Word extends string> {
  /** `server.tool` with `*` and `?`, `*` for all tools, or one of the marks. */
  readonly pattern: string;
  readonly word: Word;
}

export interface ToolTable<Word extends string> {
  /** The setting's key. */
  readonly key: string;
  readonly words: readonly Word[];
  /** Patterns that are no names, such as `@write`. */
  readonly marks: readonly string[];
}

/** A mistake in it must not allow more than was meant: whatever is not understood is a problem. */
export function readToolTable<Word extends string>(
  written: unknown,
  { key, words, marks }: ToolTable<Word>,
  document: ConfigDocument | undefined,
  findings: Findings,
): readonly ToolRule<Word>[] {
  if (written === undefined || !document) return [];
  const path = ['orchestrator', key];
  const problem = (at: readonly string[], text: string) =>
    findings.problem(`${document.at([...at])}: ${keyText([...at])} ${text}`);
  const example = `such as { "server.*": "${words[0]}" }`;
  if (!isObject(written)) {
    problem(path, `must be an object of patterns of tools, ${example}, but is ${shown(written)}.`);
    return [];
  }
  return Object.entries(written).flatMap(([pattern, word]) => {
    const at = [...path, pattern];
    if (pattern.startsWith('@') ? !marks.includes(pattern) : pattern !== '*' && !/^.+\..+$/.test(pattern)) {
      const meant = nearestWord(pattern, marks);
      const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
      const known = ['"server.tool" with * and ?', '"*"', ...marks.map((mark) => `"${mark}"`)].join(', ');
      problem(at, `is no pattern of tools: it takes ${known}.${hint}`);
      return [];
    }
    if (words.includes(word as Word)) return [{ pattern, word: word as Word }];
    problem(at, `must be one of ${words.map((one) => `"${one}"`).join(', ')}, but is ${shown(word)}.`);
    return [];
  });
}
