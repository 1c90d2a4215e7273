/** Shows a place in a script: the line, its neighbours and a caret, in few characters. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

const lineCharactersMax = 160;

/** The line with some before and after it, by default two and one; long lines are cut around the column. */
export function codeFrame(
  source: string,
  { line, column }: Position,
  { before = 2, after = 1 }: { before?: number; after?: number } = {},
): string {
  const lines = linesOf(source);
  const first = Math.max(1, line - before);
  const last = Math.min(lines.length, line + after);
  const width = String(last).length;
  const cutAt = Math.max(0, column - lineCharactersMax / 2);
  const rows: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const text = (lines[number - 1] ?? '').replace(/\t/g, ' ').slice(cutAt, cutAt + lineCharactersMax);
    rows.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number === line)
      rows.push(`  ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1 - cutAt))}^`);
  }
  return rows.join('\n');
}

/** As the language counts lines: also by a lone carriage return, and by U+2028 and U+2029. */
export function linesOf(source: string): string[] {
  return source.split(/\r\n?|[\n\u2028\u2029]/);
}

/** The position of an offset in a text. */
export function positionAt(source: string, offset: number): Position {
  const before = linesOf(source.slice(0, offset));
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
