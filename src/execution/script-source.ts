/** Reads the shape of a script's source without parsing it whole: its leading imports, whether it is a module, the names it mentions. */

export interface ImportedName {
  readonly name: string;
  /** The specifier of the module, as it is written. */
  readonly from: string;
  /** Offset in the source. */
  readonly offset: number;
}

export interface LeadingImports {
  /** Offset behind the last leading import; 0 where there is none. */
  readonly end: number;
  /** Names imported as values, as the exporting side calls them. */
  readonly names: readonly ImportedName[];
}

/**
 * Finds the import declarations before the first other statement. Only that part of a script is read token by
 * token: there, no regular expression, template or JSX can mislead.
 */
export function leadingImports(source: string): LeadingImports {
  const names: ImportedName[] = [];
  let end = 0;
  let at = skipBlank(source, source.startsWith('#!') ? endOfLine(source, 0) : 0);
  while (/^import(?![\w$])/.test(source.slice(at, at + 7))) {
    const declarationEnd = importEnd(source, at + 'import'.length);
    if (declarationEnd === undefined) break;
    names.push(...importedNames(source.slice(at, declarationEnd), at));
    end = declarationEnd;
    at = skipBlank(source, end);
  }
  return { end, names };
}

/** True where `import` or `export` starts a line behind the leading imports: the script wants to be a module. */
export function looksLikeModule(source: string, from: number): boolean {
  return /^[ \t]*(?:export\b|import\b(?!\s*[(.]))/m.test(source.slice(from));
}

/** Every word of the source that could be a name, comments and strings included: a cheap upper bound. */
export function mentionedNames(source: string): Set<string> {
  return new Set(source.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
}

/** `unified_api`, or a relative path to the generated file, so that the same script runs by plain node. */
export function isApiSpecifier(specifier: string): boolean {
  return /^(?:unified_api|\.{1,2}\/(?:[\w.-]+\/)*unified_api)(?:\.[jt]s)?$/.test(specifier);
}

function endOfLine(source: string, at: number): number {
  const newline = source.indexOf('\n', at);
  return newline < 0 ? source.length : newline;
}

function skipBlank(source: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < source.length && /[\s;\uFEFF]/.test(source.charAt(at))) at += 1;
    if (source.startsWith('//', at)) at = endOfLine(source, at);
    else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2);
      // One that is never closed swallows the rest.
      at = close < 0 ? source.length : close + 2;
    } else return at;
  }
}

/** Offset behind the declaration whose clause starts at `from`, or undefined where it is not a declaration. */
function importEnd(source: string, from: number): number | undefined {
  let depth = 0;
  let at = skipBlank(source, from);
  if (source.charAt(at) === '(' || source.charAt(at) === '.') return undefined;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    else if (character === '=' || character === '(') return undefined;
    else if (character === '"' || character === "'") {
      const close = source.indexOf(character, at + 1);
      if (close < 0) return undefined;
      at = close;
      if (depth === 0) return attributesEnd(source, close + 1);
    }
    at = skipBlank(source, at + 1);
  }
  return undefined;
}

/** Skips `with { type: "json" }` behind a specifier, and the semicolon. */
function attributesEnd(source: string, from: number): number {
  const attributes = /^\s*(?:with|assert)\s*\{[^}]*\}/.exec(source.slice(from, from + 300));
  const end = from + (attributes?.[0].length ?? 0);
  return source.charAt(end) === ';' ? end + 1 : end;
}

function importedNames(declaration: string, offset: number): ImportedName[] {
  const text = declaration.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) => ' '.repeat(comment.length));
  const clause = /^import(?!\s+type\b)\s*(?:[\w$]+\s*,\s*)?\{([^}]*)\}/.exec(text);
  if (!clause) return [];
  const names: ImportedName[] = [];
  const from = /\bfrom\s*(["'])(.*?)\1/.exec(text)?.[2] ?? '';
  const clauseAt = text.indexOf('{') + 1;
  for (const match of (clause[1] ?? '').matchAll(/[^,]+/g)) {
    const specifier = /^\s*(type\s+)?(?:(['"])(.*?)\2|([\p{ID_Continue}$]+))/u.exec(match[0]);
    const name = specifier?.[3] ?? specifier?.[4];
    if (!specifier || specifier[1] || name === undefined) continue;
    names.push({ name, from, offset: offset + clauseAt + match.index + specifier[0].lastIndexOf(name) });
  }
  return names;
}
