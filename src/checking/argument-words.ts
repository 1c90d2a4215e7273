/** TypeScript's words for an object that does not fit, said short: the property, and what is wrong with it. */
import { nearestProperty } from '../catalog/property-names.ts';
import type { Tool } from '../catalog/tool.ts';
import type { RawDiagnostic } from './type-project.ts';

const typeCharactersMax = 120;

export interface Words {
  readonly message: string;
  /** What to do, where it is not the tool's signature alone. */
  readonly hint?: string | undefined;
  /** The object at the place lacks something. */
  readonly isMissing?: boolean;
}

export interface ArgumentPlace {
  /** The text there. */
  readonly written: string;
  /** Whose call it stands in. */
  readonly tool: Tool | undefined;
  /** Where in the arguments, as they are written there: names, and numbers in lists. */
  readonly path: readonly string[];
}

/** `items`, `0`, `owner` -> `items[0].owner` */
export function pathText(path: readonly string[]): string {
  return path.join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]');
}

/** @returns undefined where TypeScript's own words are as good */
export function argumentWords(
  diagnostic: RawDiagnostic,
  { written, tool, path: writtenPath }: ArgumentPlace,
): Words | undefined {
  const texts = textsOf(diagnostic);
  const whole = texts.join('\n');
  const unknown =
    /Object literal may only specify known properties, \w+ '([^\n]+?)' does not exist in type/.exec(whole);
  if (unknown) return unknownProperty(unknown[1] ?? '', whole, tool);
  const missing = missingProperties(texts.at(-1) ?? '');
  const path = texts.flatMap((text) => /^Types of property '(.+)' are incompatible\.$/.exec(text)?.[1] ?? []);
  const key =
    diagnostic.code === 2322 && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(written) ? written : undefined;
  const place = path.length > 0 ? path.join('.') : key;
  if (missing) {
    const around = pathText(path.length > 0 || !tool ? path : writtenPath) || place;
    const inside = around === undefined || around === '' ? '' : ` in '${around}'`;
    return {
      message: `${missing}${inside}${missing.includes(',') ? ' are' : ' is'} missing.`,
      isMissing: path.length === 0,
    };
  }
  if (tool && isPositional(diagnostic)) return { message: 'A tool takes one object of arguments.' };
  const reason = shortTypes(texts.at(-1) ?? '');
  if (
    place !== undefined &&
    tool &&
    /^Type '(?:.* \| )?(?:undefined|null)(?: \| .*)?' is not assignable/.test(reason)
  )
    return {
      message: `Property '${place}': ${reason}`,
      hint: 'Check it first, or use `!` where you know that it is there.',
    };
  return place !== undefined && (path.length > 0 || tool)
    ? { message: `Property '${place}': ${reason}` }
    : undefined;
}

/**
 * A text of unknown value where a tool takes one of some words: `const args = { state: "open" }`, `for (const state of states)`.
 * Its value may well be one of them, and is checked at the call; a word that is wrong as it stands is another error.
 */
export function isWidenedWord(diagnostic: RawDiagnostic): boolean {
  const reason = textsOf(diagnostic).at(-1) ?? '';
  return /^Type 'string(?: \| undefined)?' is not assignable to type '(?:(?:"[^"\n]*"|undefined|null|\.\.\. \d+ more \.\.\.)(?: \| )?)+'\.$/.test(
    reason,
  );
}

function unknownProperty(name: string, whole: string, tool: Tool | undefined): Words {
  const meant =
    /Did you mean to write '([^']+)'/.exec(whole)?.[1] ?? (tool && nearestProperty(tool.definition, name));
  return {
    message: `Unknown property '${name}'.`,
    ...(meant !== undefined && meant !== name && { hint: `Did you mean '${meant}'?` }),
  };
}

function missingProperties(text: string): string | undefined {
  const one = /^Property '([^\n]+?)' is (?:missing in type|optional in type .* but required)/s.exec(
    text,
  )?.[1];
  if (one !== undefined) return `Property '${one}'`;
  const several = /is missing the following properties from type .*: ([^:]+?)(?:, and (\d+) more)?\.?$/s.exec(
    text,
  );
  if (!several) return undefined;
  const names = (several[1] ?? '').split(', ').map((name) => `'${name.replace(/^"|"$/g, '')}'`);
  return `Properties ${names.join(', ')}${several[2] === undefined ? '' : `, and ${several[2]} more,`}`;
}

/** `tool("a.md")`, `tool("a", "b")`, `tool()`. */
function isPositional({ code, text }: RawDiagnostic): boolean {
  if (code === 2554 || code === 2555) return true;
  return code === 2345 && /^Argument of type '(?:"|-?\d|string'|number'|true'|false'|boolean')/.test(text);
}

function textsOf({ text, messageChain }: RawDiagnostic): string[] {
  const texts = [text];
  for (let chain = messageChain; chain?.[0]; chain = chain[0].messageChain) texts.push(chain[0].text);
  return texts;
}

function shortTypes(text: string): string {
  return text.replace(/'([^'\n]+)'/g, (quoted, type: string) =>
    type.length > typeCharactersMax ? `'${type.slice(0, typeCharactersMax)}…'` : quoted,
  );
}
