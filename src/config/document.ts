/** A configuration file as text with places: JSON with comments, every value findable by its line and column. */
import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

export type KeyPath = readonly (string | number)[];

export interface ConfigDocument {
  readonly file: string;
  /** Plain data, objects without a prototype; undefined where the text is not JSON. */
  readonly value: unknown;
  /** Syntax errors, each with its place and its fix. */
  readonly problems: readonly string[];
  /** Keys written twice. */
  readonly warnings: readonly string[];
  /** `file:line:column` of the value at the path (or its key), or of the nearest enclosing one there is. */
  at(path: KeyPath, part?: 'key' | 'value'): string;
}

/** How many syntax errors are worth reading: those after the first few follow from them. */
const syntaxProblemsMax = 5;

/** @param file its absolute path, for messages */
export function parseDocument(file: string, content: Uint8Array): ConfigDocument {
  const text = decode(content);
  if (text === undefined) {
    return unreadable(file, `${file}: the file is not text in UTF-8 or UTF-16. Save it as UTF-8.`);
  }
  if (text.trim() === '') {
    return unreadable(file, `${file}:1:1: the file is empty. Write at least { "mcpServers": {} }.`);
  }
  const errors: ParseError[] = [];
  let root: Node | undefined;
  let value: unknown;
  const place = (offset: number) => `${file}:${lineAndColumn(text, offset)}`;
  try {
    root = parseTree(text, errors, { allowTrailingComma: true });
    value = root === undefined ? undefined : getNodeValue(root);
  } catch {
    // The parser is recursive: only depth can make it throw.
    return unreadable(file, `${file}:1:1: values are nested too deeply to be read. Check the brackets.`);
  }
  const warnings: string[] = [];
  if (root !== undefined) findDuplicates(root, place, warnings);
  return {
    file,
    value,
    problems: syntaxProblems(text, errors, place),
    warnings,
    at: (path, part = 'value') => place(nodeAt(root, path, part)?.offset ?? 0),
  };
}

/** `mcpServers.weather.args[1]`; keys that are not plain words are quoted, long ones shortened. */
export function keyText(path: KeyPath): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[\w$-]{1,64}$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key.length > 64 ? `${key.slice(0, 64)}…` : key)}]`;
  }
  return text === '' ? 'the file' : text;
}

function unreadable(file: string, problem: string): ConfigDocument {
  return { file, value: undefined, problems: [problem], warnings: [], at: () => `${file}:1:1` };
}

// Editors on Windows write a byte order mark, and PowerShell's `>` writes UTF-16.
function decode(content: Uint8Array): string | undefined {
  const encoding = content[0] === 0xff && content[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return `${before.split('\n').length}:${offset - lineStart + 1}`;
}

function nodeAt(root: Node | undefined, path: KeyPath, part: 'key' | 'value'): Node | undefined {
  let node = root;
  for (const [depth, key] of path.entries()) {
    const next = typeof key === 'number' ? node?.children?.[key] : property(node, key);
    if (next === undefined) return node;
    const isKey = next.type === 'property';
    const wantsKey = part === 'key' && depth === path.length - 1;
    node = isKey ? (next.children?.[wantsKey ? 0 : 1] ?? next) : next;
  }
  return node;
}

// The last of two equal keys, since that is the one whose value counts.
function property(node: Node | undefined, key: string): Node | undefined {
  if (node?.type !== 'object') return undefined;
  return node.children?.findLast((child) => child.children?.[0]?.value === key);
}

function findDuplicates(node: Node, place: (offset: number) => string, warnings: string[]): void {
  const seen = new Map<string, Node>();
  for (const child of node.children ?? []) {
    const key = child.type === 'property' ? child.children?.[0] : undefined;
    if (key !== undefined) {
      const earlier = seen.get(key.value);
      if (earlier !== undefined) {
        const where = place(earlier.offset).split(':').at(-2);
        warnings.push(
          `${place(key.offset)}: the key ${JSON.stringify(key.value)} was written before, on line ${where}; ` +
            'only the later one counts. Remove or rename one of them.',
        );
      }
      seen.set(key.value, key);
    }
    findDuplicates(child, place, warnings);
  }
}

// One a line: the parser goes on after an error, and what it then finds on that line is mostly an echo.
function syntaxProblems(
  text: string,
  errors: readonly ParseError[],
  place: (offset: number) => string,
): string[] {
  const byLine = new Map<string, string>();
  for (const error of errors) {
    const where = place(error.offset);
    const line = where.slice(0, where.lastIndexOf(':'));
    if (!byLine.has(line)) byLine.set(line, `${where}: ${describe(error, text)}`);
  }
  return [...byLine.values()].slice(0, syntaxProblemsMax);
}

const syntaxFixes: Readonly<Record<string, string>> = {
  InvalidSymbol: 'is not JSON here. Put keys and texts in double quotes',
  InvalidNumberFormat: 'begins no number that JSON knows. Write digits, or put a text in double quotes',
  PropertyNameExpected: 'stands where a key was expected. Write "key": value',
  ValueExpected: 'stands where a value was expected. Write the value, or remove the key',
  ColonExpected: 'stands where a colon was expected. Write "key": value',
  CommaExpected: 'stands where a comma was expected. Put a comma after the value before it',
  CloseBraceExpected: 'stands where a closing brace was expected. Add the missing }',
  CloseBracketExpected: 'stands where a closing bracket was expected. Add the missing ]',
  EndOfFileExpected: 'follows after the end of the JSON value. Remove it',
  UnexpectedEndOfComment: 'begins a comment that never ends. Close it with */',
  UnexpectedEndOfString: 'begins a text that does not end on its line. Close it with a double quote',
  UnexpectedEndOfNumber: 'begins a number that breaks off. Complete it',
  InvalidUnicode: 'begins a \\u escape without four hexadecimal digits. Complete it',
  InvalidEscapeCharacter:
    'begins a text with a \\ escape that JSON does not know. Write \\\\ for one backslash',
  InvalidCharacter: 'begins a text with a raw control character. Write it as an escape, such as \\t',
};

// Of the text only one character is shown: what stands there may be a secret that lost its quotes.
function describe(error: ParseError, text: string): string {
  const character = text[error.offset];
  const seen = character === undefined ? 'the end of the file' : JSON.stringify(character);
  const name = printParseErrorCode(error.error);
  return `${seen} ${syntaxFixes[name] ?? `is not JSON (${name})`}.`;
}
