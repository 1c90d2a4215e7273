/** How the configuration's problems and warnings are gathered and worded. */
import { type ConfigDocument, type KeyPath, keyText } from './document.ts';
import { nearestWord } from './nearest.ts';

/** What was found while reading: a problem makes its subject unusable, a warning is only odd. */
export interface Findings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  problem(text: string): void;
  warning(text: string): void;
}

/** Empty lists to be filled. */
export function createFindings(): Findings {
  const problems: string[] = [];
  const warnings: string[] = [];
  return {
    problems,
    warnings,
    problem: (text) => void problems.push(text),
    warning: (text) => void warnings.push(text),
  };
}

/** An object of JSON: no list, not null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message, short. Never for what may be a secret: use `kindOf` there. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** What sort of value it is, without the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value === undefined) return 'missing';
  return (
    { string: 'a text', number: 'a number', boolean: 'a boolean', object: 'an object' }[
      typeof value as string
    ] ?? typeof value
  );
}

/** Above this many unknown keys in one place it is another program's file, and one warning says it. */
const unknownKeysMax = 5;

interface KeyCheck {
  readonly document: ConfigDocument;
  /** Of the object that holds the keys. */
  readonly path: KeyPath;
  readonly keys: readonly string[];
  readonly known: readonly string[];
}

/** Warns of keys that are not known. Keys that start like a comment (`_`, `$`, `#`, `/`, `x-`) are let be. */
export function unknownKeys(check: KeyCheck, findings: Findings): void {
  const { document, path, known } = check;
  const unknown = check.keys.filter((key) => !known.includes(key) && !/^(?:[_$#/]|x-)/.test(key));
  const misspelt = unknown.map((key) => ({ key, meant: nearestWord(key, known) }));
  const rest = misspelt.filter(({ meant }) => meant === undefined);
  const single =
    unknown.length > unknownKeysMax ? misspelt.filter(({ meant }) => meant !== undefined) : misspelt;
  for (const { key, meant } of single) {
    const advice = meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
    findings.warning(
      `${document.at([...path, key], 'key')}: the key ${keyText([...path, key])} is not known and has no effect. ${advice}`,
    );
  }
  if (unknown.length > unknownKeysMax && rest.length > 0) {
    findings.warning(
      `${document.at(path)}: ${rest.length} keys of ${keyText(path)} are not known and have no effect, such as ${JSON.stringify(rest[0]?.key)}. Known here: ${known.join(', ')}.`,
    );
  }
}
