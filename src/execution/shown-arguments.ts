/** A call's arguments as a report may show them: secrets hidden by the names of their keys, long values shortened. */

export const hidden = '[hidden]';

/** From generous to tight: the first in which the whole fits is taken. */
const measures: readonly Measure[] = [
  { characters: 200, entries: 30, items: 8, depth: 5 },
  { characters: 80, entries: 20, items: 3, depth: 4 },
  { characters: 40, entries: 12, items: 1, depth: 2 },
];
const shownCharactersMax = 600;

interface Measure {
  readonly characters: number;
  readonly entries: number;
  readonly items: number;
  readonly depth: number;
}

/**
 * @param text JSON as it was sent; where it was too long for a report, its beginning as a JSON string
 * @returns JSON of at most about `charactersMax` characters
 */
export function shownArguments(text: string, charactersMax = shownCharactersMax): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return cut(withoutSecretsAsText(text), charactersMax);
  }
  if (typeof value === 'string') return shortText(withoutSecretsAsText(value), charactersMax);
  let shown = '';
  for (const measure of measures) {
    const sketch = sketchOf(value, measure, 0);
    shown = JSON.stringify(sketch);
    if (shown.length <= charactersMax) return sketch;
  }
  return cut(shown, charactersMax);
}

/** The whole, with nothing shortened. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecretsInside(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecretKey(key) && hasContent(item) ? hidden : withoutSecrets(item),
    ]),
  );
}

/** Words that a secret's key holds, without separators, in lower case. */
const secretWords =
  /passw(?:or)?d|passphrase|secret|apikey|accesskey|privatekey|credential|authorization|cookie|bearer|connectionstring|(?:^|access|auth|api|refresh|id|bot|session|security|personal|csrf|xsrf|jwt|user|app)token$|^(?:auth|pwd|pin|otp|jwt|pat)$/;
/** What stands behind them where the value is something about a secret, and not the secret. */
const harmlessEnd =
  /(?:name|names|type|id|ids|policy|length|count|expiry|expires|expiresin|ttl|url|uri|path|field|hint|version|limit|enabled)$/;

/** Whether a value under this key may be a secret, by its words. */
export function isSecretKey(key: string): boolean {
  const plain = key.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  return secretWords.test(plain) && !harmlessEnd.test(plain);
}

function sketchOf(value: unknown, measure: Measure, depth: number): unknown {
  if (typeof value === 'string') return shortText(withoutSecretsInside(value), measure.characters);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (depth >= measure.depth && value.length > 0) return `[${value.length} items]`;
    const shown = value.slice(0, measure.items).map((item) => sketchOf(item, measure, depth + 1));
    const rest = value.length - shown.length;
    return rest > 0 ? [...shown, `... ${rest} more`] : shown;
  }
  const entries = Object.entries(value);
  if (depth >= measure.depth && entries.length > 0) return `{${entries.length} keys}`;
  const rest = entries.length - measure.entries;
  return Object.fromEntries([
    ...entries
      .slice(0, measure.entries)
      .map(([key, item]) => [
        shortText(key, measure.characters),
        isSecretKey(key) && hasContent(item) ? hidden : sketchOf(item, measure, depth + 1),
      ]),
    ...(rest > 0 ? [['...', `${rest} more`]] : []),
  ]);
}

/** A key of JSON, with its value where that is a string, be it cut off. */
const pairs = /"((?:[^"\\]|\\.){1,200})"\s*:\s*("(?:[^"\\]|\\.)*(?:"|$))?/g;

/** A flag under a secret's name tells nothing. */
export function hasContent(value: unknown): boolean {
  return value !== '' && value !== null && typeof value !== 'boolean';
}

/** `Bearer abc`, and the password in a URL. */
export function withoutSecretsInside(text: string): string {
  return text
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`)
    .replace(/(\/\/[^/:@\s]{0,200}:)[^/@\s]{1,200}@/g, `$1${hidden}@`);
}

/** For what cannot be parsed, since its end is missing. From the first secret that is no string on, nothing is shown. */
function withoutSecretsAsText(text: string): string {
  let shown = '';
  let from = 0;
  for (const { 0: pair, 1: key = '', 2: value, index } of text.matchAll(pairs)) {
    if (!isSecretKey(key)) continue;
    shown += text.slice(from, index);
    if (value === undefined) return `${withoutSecretsInside(shown)}...`;
    shown += `"${key}":"${hidden}"`;
    from = index + pair.length;
  }
  return withoutSecretsInside(shown + text.slice(from));
}

function shortText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  // What was cut before already says how long it was.
  if (/\(\d+ characters\)$/.test(text))
    return text.length <= charactersMax + 40 ? text : cut(text, charactersMax);
  return `${text.slice(0, charactersMax)}... (${text.length} characters)`;
}

function cut(text: string, charactersMax: number): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}...` : text;
}
