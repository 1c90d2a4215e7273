/** Text from outside (servers, the network, the operating system) made fit for a problem message. */
import type { ServerConfig } from '../config/types.ts';

/** Characters of foreign text kept in one problem message. */
export const problemCharactersMax = 2_000;

/**
 * Foreign text without terminal escapes, control and invisible formatting characters, at most `charactersMax` long.
 * Newlines stay, so that stderr lines remain readable.
 */
export function cleanText(text: string, charactersMax: number = problemCharactersMax): string {
  const bounded = text.length > charactersMax * 4 ? text.slice(0, charactersMax * 4) : text;
  const clean = bounded
    // Not behind a line break or a tab: log lines begin with `[info]`.
    .replace(/(?![\n\r\t])\p{Cc}\[[0-9;?]*[@-~]/gu, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === '\n' ? '\n' : ' '))
    .trim();
  return clean.length > charactersMax ? `${clean.slice(0, charactersMax).trimEnd()}…` : clean;
}

export type Redact = (text: string) => string;

/** Below this, a value is found in too many words to be hidden. */
const secretCharactersMin = 4;

/** Settings that say nothing to a stranger, and occur in messages of all kinds. */
const trivialValues = new Set(
  (
    'true false null none undefined auto default always never enabled disabled hidden ' +
    'production development staging test testing local localhost ' +
    'trace debug verbose info notice warn warning error fatal critical silent ' +
    'stdio http https node json text utf8 utf-8 latest'
  ).split(' '),
);

/**
 * Hides what may be secret in a server's entry wherever a text repeats it: the values of `env` and `headers` (and what
 * follows `Bearer`), the password of a URL among them, and what variables put into the entry. Also in the spellings of
 * JSON and of URLs.
 *
 * @param live further ones, which come and go
 */
export function createRedact(config: ServerConfig, live?: { readonly values: readonly string[] }): Redact {
  const own =
    config.transport === 'stdio'
      ? Object.values(config.env)
      : Object.values(config.headers).flatMap(headerParts);
  const fixed = [...own, ...(config.secrets ?? [])];
  let seen = live?.values;
  let pattern = patternOf([...fixed, ...(seen ?? [])]);
  return (text) => {
    if (live && live.values !== seen) {
      seen = live.values;
      pattern = patternOf([...fixed, ...seen]);
    }
    return pattern ? text.replace(pattern, '[hidden]') : text;
  };
}

function patternOf(secrets: readonly string[]): RegExp | undefined {
  const values = secrets.flatMap(secretParts).filter(isWorthHiding);
  const spellings = [...new Set(values.flatMap(spellingsOf))].sort((a, b) => b.length - a.length);
  return spellings.length === 0 ? undefined : new RegExp(spellings.map(escapePattern).join('|'), 'g');
}

/** `Bearer abc` -> itself and `abc`. */
function headerParts(value: string): string[] {
  return [value, ...value.split(/\s+/).slice(1)];
}

/** The value, each line of it (a key in PEM is printed line by line), and the password where it is a URL. */
function secretParts(value: string): string[] {
  const text = value.trim();
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const password = /^[a-z][\w+.-]*:\/\/[^/?#@:]*:([^/?#]+)@/i.exec(text)?.[1] ?? '';
  return [text, ...lines, password, percentDecoded(password)];
}

function isWorthHiding(value: string): boolean {
  // Ports, times and sizes, not account numbers.
  const isPlainNumber = /^[+-]?\d{1,8}(\.\d+)?$/.test(value);
  return value.length >= secretCharactersMin && !isPlainNumber && !trivialValues.has(value.toLowerCase());
}

function spellingsOf(value: string): string[] {
  const wellFormed = value.toWellFormed();
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURI(wellFormed),
    encodeURIComponent(wellFormed),
    new URLSearchParams([['', wellFormed]]).toString().slice(1),
  ];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
