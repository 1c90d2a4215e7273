/** One value more or less in a text of JSON with comments: everything else stays, to the character. */
import { findNodeAtLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';

/**
 * Adds a child behind the last one of the object or array at `path`, laid out as its neighbours are.
 *
 * @param text sound JSON with comments and trailing commas
 * @param key of the child; undefined in an array
 */
export function insertChild(text: string, path: JSONPath, key: string | undefined, value: unknown): string {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const body = text.slice(start);
  const root = parseTree(body, [], { allowTrailingComma: true });
  const parent = root && findNodeAtLocation(root, path);
  if (!parent) throw new Error('there is nothing at the path');
  return text.slice(0, start) + insert(body, parent, key, value);
}

/**
 * Takes the value at `path` out, with its comma and the comments behind it on its line.
 *
 * @param path of something that is there, and not the root
 */
export function removeChild(text: string, path: JSONPath): string {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const body = text.slice(start);
  const root = parseTree(body, [], { allowTrailingComma: true });
  const value = root && findNodeAtLocation(root, path);
  const node = value?.parent?.type === 'property' ? value.parent : value;
  if (!node?.parent) throw new Error('there is nothing at the path');
  return text.slice(0, start) + remove(body, node, node.parent.children ?? []);
}

function remove(text: string, node: Node, siblings: readonly Node[]): string {
  const end = node.offset + node.length;
  const { at, hasComma } = behind(text, end);
  const isOwnLine = startsLine(text, node.offset) && /^[\t ]*(?:\r?\n|$)/.test(text.slice(at));
  const from = isOwnLine ? text.lastIndexOf('\n', node.offset - 1) + 1 : node.offset;
  const [space = ''] = (isOwnLine ? /^[\t ]*\r?\n?/ : /^[\t ]*/).exec(text.slice(at)) ?? [];
  const rest = text.slice(at + space.length);
  const before = siblings[siblings.indexOf(node) - 1];
  if (hasComma || !before) return text.slice(0, from) + rest;
  // The one before is the last one now.
  const beforeEnd = before.offset + before.length;
  return text.slice(0, beforeEnd) + text.slice(beforeEnd, from).replace(',', '') + rest;
}

function insert(text: string, parent: Node, key: string | undefined, value: unknown): string {
  const end = parent.offset + parent.length - 1;
  const last = parent.children?.at(-1);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const isInline =
    !text.slice(parent.offset, end).includes('\n') && text.includes('\n') && last !== undefined;
  const outer = indentAt(text, parent.offset);
  const unit = /\n([\t ]+)\S/.exec(text)?.[1] ?? '  ';
  const indent = last && startsLine(text, last.offset) ? indentAt(text, last.offset) : outer + unit;
  const label = key === undefined ? '' : `${JSON.stringify(key)}: `;
  if (isInline && last) {
    const { at, hasComma } = behind(text, last.offset + last.length);
    const child = label + JSON.stringify(value);
    return `${text.slice(0, at)}${hasComma ? ' ' : ', '}${child}${hasComma ? ',' : ''}${text.slice(at)}`;
  }
  const child = indent + label + JSON.stringify(value, null, unit).replaceAll('\n', `${newline}${indent}`);
  if (!last) {
    const { at } = behind(text, parent.offset + 1);
    const rest = text.slice(at);
    const tail = /^[\t ]*\r?\n/.test(rest) ? '' : `${newline}${outer}`;
    return `${text.slice(0, at)}${newline}${child}${tail}${tail === '' ? rest : rest.trimStart()}`;
  }
  const lastEnd = last.offset + last.length;
  const { at, hasComma } = behind(text, lastEnd);
  const comma = hasComma ? '' : ',';
  const tail = startsLine(text, end) ? '' : `${newline}${outer}`;
  const behindLast = text.slice(lastEnd, at);
  return `${text.slice(0, lastEnd)}${comma}${behindLast}${newline}${child}${hasComma ? ',' : ''}${tail}${tail === '' ? text.slice(at) : text.slice(at).trimStart()}`;
}

/** Behind the comma and the comments that follow on the same line. */
function behind(text: string, from: number): { at: number; hasComma: boolean } {
  let at = from;
  let hasComma = false;
  let isSameLine = true;
  for (let index = from; ; ) {
    const [space = ''] = /^\s*/.exec(text.slice(index)) ?? [];
    if (space.includes('\n')) {
      // A comma may come behind comments on lines of their own.
      if (hasComma) return { at, hasComma };
      isSameLine = false;
    }
    index += space.length;
    const comment = /^(?:\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)/.exec(text.slice(index))?.[0];
    const isComma: boolean = text[index] === ',' && !hasComma;
    if (comment === undefined && !isComma) return { at, hasComma };
    index += comment?.length ?? 1;
    hasComma ||= isComma;
    if (isComma || isSameLine) at = index;
  }
}

function startsLine(text: string, offset: number): boolean {
  return /(?:^|\n)[\t ]*$/.test(text.slice(0, offset));
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1);
  return /^[\t ]*/.exec(line)?.[0] ?? '';
}
