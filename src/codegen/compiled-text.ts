/** The compiler's text, whose words are all ours, laid out; then every placeholder gives way to its text. */
import type { PlainDocument } from './plain-schema.ts';
import { commentText, jsDoc, pascalCase, quote, unusedName } from './text.ts';
import type { TypeText } from './tool-types.ts';

/**
 * @param compiled a declaration of `Root` and of the types that it names, as json-schema-to-typescript writes them unformatted
 * @throws Error where there is no `Root`
 */
export function layOutType(compiled: string, document: PlainDocument): TypeText {
  const used = new Set<string>();
  const names = new Map<string, string>();
  const nameOf = (key: string, index: number): string => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = unusedName(pascalCase(commentText(document.typeNames[index] ?? '', 40)), used);
    names.set(key, name);
    return name;
  };
  const restore = (text: string): string =>
    text.replace(
      /"textQ(\d+)Q"|\bnameQ(\d+)Q\b|\b(TypeQ(\d+)Q\d*)\b/g,
      (whole, textIndex, nameIndex, typeKey, typeIndex) => {
        if (textIndex !== undefined) return quote(document.texts[Number(textIndex)] ?? '');
        if (nameIndex !== undefined) return quote(document.names[Number(nameIndex)] ?? '');
        return typeKey === undefined ? whole : `\uE000${nameOf(typeKey, Number(typeIndex))}\uE001`;
      },
    );
  const comment = (lines: readonly string[]): string =>
    lines.join('\n').replace(/\bdocQ(\d+)Q\b/g, (_, index) => document.docs[Number(index)] ?? '');

  const declarations = declarationsOf(compiled).map(({ name, docs, body }) => ({
    name: name === 'Root' ? name : restore(name),
    doc: comment(docs),
    text: layOut(body, restore, comment),
  }));
  const root = declarations.find((declaration) => declaration.name === 'Root');
  if (!root) throw new Error('no root type');
  const subTypes = declarations
    .filter((declaration) => declaration !== root)
    .map(({ name, doc, text }) => ({ name: name.slice(1, -1), doc, text }));
  return { type: root.text, subTypes };
}

interface Declaration {
  readonly name: string;
  readonly docs: readonly string[];
  /** The lines of the type itself. */
  readonly body: readonly string[];
}

/** Cuts the compiler's text into its declarations: `export interface X {...}` and `export type X = ...`. */
function declarationsOf(compiled: string): Declaration[] {
  const declarations: { name: string; docs: string[]; body: string[] }[] = [];
  let docs: string[] = [];
  let inComment = false;
  let depth = 0;
  for (const line of compiled.split('\n')) {
    const head = depth === 0 ? /^export (?:interface (\w+) |type (\w+) = )/.exec(line) : null;
    if (head) {
      declarations.push({ name: head[1] ?? head[2] ?? '', docs, body: [line.slice(head[0].length)] });
      docs = [];
    } else if (depth === 0) {
      if (line === '/**') inComment = true;
      else if (line === ' */') inComment = false;
      else if (inComment) docs.push(line.slice(3));
      continue;
    } else {
      declarations.at(-1)?.body.push(line);
    }
    if (!/^ ?[/*]/.test(line)) depth += bracketsOpened(line);
  }
  return declarations;
}

/** Indents, ends members with `;`, and puts comments and words back. Brackets are only code in here. */
function layOut(
  lines: readonly string[],
  restore: (text: string) => string,
  comment: (lines: readonly string[]) => string,
): string {
  let depth = 0;
  let text = '';
  let docs: string[] | undefined;
  for (const line of lines) {
    if (line === '/**') docs = [];
    else if (line === ' */') {
      text += jsDoc(comment(docs ?? []), '  '.repeat(depth));
      docs = undefined;
    } else if (docs) docs.push(line.slice(3));
    else if (line !== '') {
      const closing = /^[)\]}]/.test(line);
      const indent = '  '.repeat(Math.max(0, closing ? depth - 1 : depth));
      depth += bracketLevels(line);
      const end = depth > 0 && !line.endsWith('{') ? ';' : '';
      const type = withoutOuterBrackets(line).replaceAll('[k: string]', '[key: string]');
      text += `${indent}${restore(type)}${end}\n`;
    }
  }
  // Across lines, which no word of the server's can be: a map on one line.
  return text
    .trimEnd()
    .replace(/\{\n\s*(\[key: string\]: [^\n{}]*);\n\s*\}/g, '{ $1 }')
    .replace(/\{\n\s*\}/g, '{}');
}

function bracketsOpened(line: string): number {
  return line.replace(/[^([{]/g, '').length - line.replace(/[^)\]}]/g, '').length;
}

/** How much deeper the next line is: by braces alone, since `({` opens one level and `})` closes it. */
function bracketLevels(line: string): number {
  return line.replace(/[^{]/g, '').length - line.replace(/[^}]/g, '').length;
}

/** `mode?: ("a" | "b")` -> `mode?: "a" | "b"` */
function withoutOuterBrackets(line: string): string {
  const parts = /^((?:[\w$"-]+\??: )?)\(([^()]*)\)$/.exec(line);
  return parts ? `${parts[1]}${parts[2]}` : line;
}
