/** The names by which scripts reach servers and tools, and the nearest known name to one that is wrong. */
import { distance } from 'fastest-levenshtein';

/** One server's names in scripts. */
export interface ServerNames {
  readonly identifier: string;
  /** By the tool's own name. `flatName` is always `identifier` of the server, `__`, `identifier` of the tool. */
  readonly tools: ReadonlyMap<string, { readonly identifier: string; readonly flatName: string }>;
}

/**
 * Names for a whole catalogue, by the servers' own names. A server's names follow from its own tools and from the
 * names of all configured servers, never from what other servers have answered so far: give every
 * configured server, with no tools where they are not known yet.
 *
 * Flat names are unique: of two servers `a` and `a__b`, a tool of `a` whose flat name could be read as a tool of
 * `a__b` (or as that server itself) gets another identifier.
 */
export function assignNames(
  servers: readonly { readonly name: string; readonly tools: readonly string[] }[],
): Map<string, ServerNames> {
  const identifiers = serverIdentifiers(servers.map((server) => server.name));
  const known = [...identifiers.values()];
  const assigned = new Map<string, ServerNames>();
  for (const { name, tools } of servers) {
    const identifier = identifiers.get(name) ?? '_';
    const longer = known.filter((other) => other.startsWith(`${identifier}_`));
    const ambiguous = (tool: string): boolean => {
      const flatName = `${identifier}__${tool}`;
      return longer.some((other) => flatName === other || flatName.startsWith(`${other}__`));
    };
    const byTool = new Map<string, { identifier: string; flatName: string }>();
    for (const [toolName, tool] of identifiersOf(tools, toolIdentifier, ambiguous)) {
      byTool.set(toolName, { identifier: tool, flatName: `${identifier}__${tool}` });
    }
    assigned.set(name, { identifier, tools: byTool });
  }
  return assigned;
}

/** Identifiers for servers: usable as a top-level `const`, and shadowing nothing that a script's global holds. */
export function serverIdentifiers(names: readonly string[]): Map<string, string> {
  return identifiersOf(names, serverIdentifier, () => false);
}

/** Identifiers for the tools of one server: property names that do not change how an object behaves. */
export function toolIdentifiers(names: readonly string[]): Map<string, string> {
  return identifiersOf(names, toolIdentifier, () => false);
}

/**
 * Up to `max` known names that `wanted` may have meant, best first; none where nothing is near.
 * Case and separators do not count; a part of a name and its words in another order do.
 */
export function nearestNames(wanted: string, known: Iterable<string>, max = 3): string[] {
  const asked = simplify(wanted.slice(0, identifierCharactersMax));
  if (asked.letters === '') return [];
  const scored: { name: string; score: number }[] = [];
  for (const name of known) {
    const score = farness(asked, simplify(name.slice(0, 2 * identifierCharactersMax)));
    if (score < Number.POSITIVE_INFINITY) scored.push({ name, score });
  }
  scored.sort((a, b) => a.score - b.score || compare(a.name, b.name));
  return scored.slice(0, max).map((entry) => entry.name);
}

/** The protocol allows 128; what is longer is cut, and told apart by its number. */
const identifierCharactersMax = 128;

/**
 * A name that is an identifier already keeps it, whatever else there is. The others are converted, and take the
 * first free of `x`, `x_2`, `x_3`, ... in the order of their own names, so the order of listing does not matter.
 */
function identifiersOf(
  names: readonly string[],
  convert: (name: string) => string,
  forbidden: (identifier: string) => boolean,
): Map<string, string> {
  const sorted = [...new Set(names)].sort(compare);
  const given = new Map<string, string>();
  const taken = new Set<string>();
  const nextNumber = new Map<string, number>();
  const rest: string[] = [];
  for (const name of sorted) {
    if (convert(name) !== name || forbidden(name)) {
      rest.push(name);
      continue;
    }
    given.set(name, name);
    taken.add(name);
  }
  for (const name of rest) {
    let base = convert(name);
    if (forbidden(base)) base = unambiguous(base);
    let number = nextNumber.get(base) ?? 1;
    let identifier = numbered(base, number);
    while (taken.has(identifier) || forbidden(identifier)) {
      number += 1;
      identifier = numbered(base, number);
    }
    nextNumber.set(base, number);
    given.set(name, identifier);
    taken.add(identifier);
  }
  return given;
}

/** Without `__` inside or `_` at an end, so that behind `server__` it can be read in one way only. */
function unambiguous(identifier: string): string {
  const word = identifier.replace(/_+/g, '_').replace(/^_|_$/g, '');
  return word === '' || /^[0-9]/.test(word) || reservedToolNames.has(word) ? `tool${word}` : word;
}

function numbered(base: string, number: number): string {
  if (number === 1) return base;
  return base.endsWith('_') ? `${base}${number}` : `${base}_${number}`;
}

/** `$` is converted here, though legal: names that start with it are free for generated code's own use. */
function serverIdentifier(name: string): string {
  const word = toWord(name, /[^A-Za-z0-9_]/gu);
  return reservedWords.has(word) || guestGlobals.has(word) || reservedToolNames.has(word) ? `${word}_` : word;
}

function toolIdentifier(name: string): string {
  const word = toWord(name, /[^A-Za-z0-9_$]/gu);
  return reservedToolNames.has(word) ? `${word}_` : word;
}

/** ASCII only: letters of other scripts are legal, but look-alikes and compilers' Unicode versions are not worth it. */
function toWord(name: string, others: RegExp): string {
  // Twice as much is enough: a character outside the BMP is two code units and becomes one `_`.
  const word = name
    .slice(0, 2 * identifierCharactersMax)
    .replace(others, '_')
    .slice(0, identifierCharactersMax);
  return word === '' ? '_' : /^[0-9]/.test(word) ? `_${word}` : word;
}

/** By code units: the same on every machine, unlike `localeCompare`. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Simplified {
  readonly letters: string;
  readonly words: string;
}

function simplify(name: string): Simplified {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return { letters: words.join(''), words: words.sort(compare).join(' ') };
}

/** 0 is the same name; infinite is not worth naming. */
function farness(asked: Simplified, known: Simplified): number {
  if (known.letters === '') return Number.POSITIVE_INFINITY;
  if (asked.letters === known.letters) return 0;
  if (asked.words === known.words) return 0.5;
  const [short, long] =
    asked.letters.length < known.letters.length
      ? [asked.letters, known.letters]
      : [known.letters, asked.letters];
  const edits = distance(short, long);
  const editsMax = Math.max(1, Math.floor(long.length / 3));
  if (edits <= Math.min(editsMax, 6)) return edits;
  // A part counts where it is a good part: three letters at least, and a quarter of the whole.
  if (short.length >= 3 && short.length * 4 >= long.length) {
    if (long.startsWith(short) || long.endsWith(short)) return 7 + edits / 100;
    if (long.includes(short)) return 8 + edits / 100;
  }
  return Number.POSITIVE_INFINITY;
}

function words(text: string): Set<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ''));
}

/** What an ES module in strict mode cannot name a binding. */
const reservedWords = words(`
  arguments await break case catch class const continue debugger default delete do else enum eval export extends
  false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof var void while with yield`);

/** What a script's global holds, or a script may expect to find (and to be told is missing). */
const guestGlobals = words(`
  AggregateError Array ArrayBuffer AsyncDisposableStack AsyncFunction AsyncIterator Atomics BigInt BigInt64Array
  BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array
  Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise
  Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal
  TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly
  decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt
  undefined unescape
  AbortController AbortSignal Buffer DOMException Event EventTarget TextDecoder TextEncoder URL URLSearchParams atob
  btoa clearImmediate clearInterval clearTimeout console crypto performance queueMicrotask setImmediate setInterval
  setTimeout structuredClone
  ToolError __dirname __filename exports global input module onStop process require`);

/** What makes an object behave: inherited members, and names that `await`, JSON and module loaders look for. No tool has them in scripts. */
export const reservedToolNames: ReadonlySet<string> = words(`
  __defineGetter__ __defineSetter__ __esModule __lookupGetter__ __lookupSetter__ __proto__ constructor hasOwnProperty
  isPrototypeOf propertyIsEnumerable prototype then toJSON toLocaleString toString valueOf`);
