/** Changes in a JSON file of a person's: every comment, blank and line of all else stays as it is. */
import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';

export interface JsonEdit {
  readonly path: readonly string[];
  /** Undefined removes the key. */
  readonly value: unknown;
}

/**
 * @param text '' for a file that is to be made
 * @throws Error where the text is not JSON (with comments), or something in the way is no object
 */
export function editJson(text: string, edits: readonly JsonEdit[]): string {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const own = text.slice(bom.length);
  let edited = own.trim() === '' ? '{}\n' : own;
  for (const { path, value } of edits)
    edited = value === undefined ? removed(edited, path) : added(edited, path, value);
  treeOf(edited);
  return bom + edited;
}

function treeOf(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (!root || errors.length > 0) throw new Error('it is not JSON');
  return root;
}

/** With the comma that goes with it, its line, and the comment on that; those on lines of their own stay. */
function removed(text: string, path: readonly string[]): string {
  const property = findNodeAtLocation(treeOf(text), [...path])?.parent;
  if (property?.type !== 'property') return text;
  const siblings = property.parent?.children ?? [];
  const place = siblings.indexOf(property);
  const before = siblings[place - 1];
  const end = property.offset + property.length;
  const comma = commaIn(text.slice(end, siblings[place + 1]?.offset ?? endOf(property.parent)));
  if (comma >= 0) return cutOut(text, property.offset, end + comma + 1);
  const cut = cutOut(text, property.offset, end);
  if (!before) return cut;
  const lastComma =
    before.offset + before.length + commaIn(text.slice(before.offset + before.length, property.offset));
  return cut.slice(0, lastComma) + cut.slice(lastComma + 1);
}

function endOf(node: Node | undefined): number {
  return node ? node.offset + node.length - 1 : 0;
}

/** The whole line where nothing else stands on it. */
function cutOut(text: string, from: number, to: number): string {
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const rest = /^[ \t]*(?:\/\/[^\r\n]*)?(?:\r?\n|$)/.exec(text.slice(to))?.[0];
  const isAlone = text.slice(lineStart, from).trim() === '' && rest !== undefined;
  return isAlone
    ? text.slice(0, lineStart) + text.slice(to + rest.length)
    : text.slice(0, from) + text.slice(to);
}

function added(text: string, path: readonly string[], value: unknown): string {
  const root = treeOf(text);
  const there = findNodeAtLocation(root, [...path]);
  if (there) {
    const written = valueText(value, indentAt(text, there.offset), styleOf(text, there));
    return text.slice(0, there.offset) + written + text.slice(there.offset + there.length);
  }
  // The nearest object that is there, and what has to be made in it.
  let depth = path.length - 1;
  while (depth > 0 && !findNodeAtLocation(root, path.slice(0, depth))) depth -= 1;
  const parent = depth === 0 ? root : findNodeAtLocation(root, path.slice(0, depth));
  if (parent?.type !== 'object') throw new Error(`"${path[depth - 1] ?? 'the file'}" is no object`);
  const inner = path.slice(depth + 1).reduceRight<unknown>((made, key) => ({ [key]: made }), value);
  return withProperty(text, parent, path[depth] ?? '', inner);
}

/** Behind the last property and the comment on its line. */
function withProperty(text: string, parent: Node, key: string, value: unknown): string {
  const style = styleOf(text, parent);
  const last = parent.children?.at(-1);
  const closing = parent.offset + parent.length - 1;
  const outer = indentAt(text, parent.offset);
  const indent = last && style.isMultiline ? indentAt(text, last.offset) : outer + style.unit;
  const property = `${JSON.stringify(key)}: ${valueText(value, indent, style)}`;
  if (!last) {
    const body = text.slice(parent.offset + 1, closing).trimEnd();
    return `${text.slice(0, parent.offset + 1)}${body}${style.eol}${indent}${property}${style.eol}${outer}${text.slice(closing)}`;
  }
  const end = last.offset + last.length;
  const behind = text.slice(end, closing);
  const hasComma = withoutComments(behind).includes(',');
  const commaEnd = hasComma ? end + commaIn(behind) + 1 : end;
  if (!style.isMultiline)
    return `${text.slice(0, commaEnd)}${hasComma ? '' : ','} ${property}${text.slice(commaEnd)}`;
  const comment =
    /^[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*(?=\r?\n))?/.exec(text.slice(commaEnd))?.[0] ?? '';
  const at = commaEnd + comment.trimEnd().length;
  return `${text.slice(0, end)}${hasComma ? text.slice(end, commaEnd) : ','}${text.slice(commaEnd, at)}${style.eol}${indent}${property}${hasComma ? ',' : ''}${text.slice(at)}`;
}

interface Style {
  readonly unit: string;
  readonly eol: string;
  /** The object is written over several lines. */
  readonly isMultiline: boolean;
}

function styleOf(text: string, node: Node): Style {
  const first = /^(?:\t| +)(?=\S)/m.exec(text)?.[0] ?? '  ';
  return {
    unit: first.startsWith('\t') ? '\t' : first,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    isMultiline: text.slice(node.offset, node.offset + node.length).includes('\n'),
  };
}

/** Lists of short texts stay on one line, as people write them. */
function valueText(value: unknown, indent: string, { unit, eol }: Style): string {
  const lines = JSON.stringify(value, undefined, unit).replace(
    /\[\n\s*((?:"(?:[^"\\]|\\.)*"|-?[\d.]+)(?:,\n\s*(?:"(?:[^"\\]|\\.)*"|-?[\d.]+))*)\n\s*\]/g,
    (whole, items: string) => {
      const line = `[${items.replace(/,\n\s*/g, ', ')}]`;
      return line.length <= 80 ? line : whole;
    },
  );
  return lines.replaceAll('\n', eol + indent);
}

function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** Blanks in their place, so that offsets stay. */
function withoutComments(text: string): string {
  return text.replace(/\/\/[^\r\n]*|\/\*[^]*?\*\//g, (comment) => ' '.repeat(comment.length));
}

function commaIn(text: string): number {
  return withoutComments(text).indexOf(',');
}
