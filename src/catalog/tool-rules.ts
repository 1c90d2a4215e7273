/** What the configuration's tables say of a tool. */
import type { ToolRule } from '../config/tool-table.ts';
import type { Effect, Tool } from './tool.ts';
import { type ServerNames, type ToolNames, toolPattern } from './tool-pattern.ts';

/** Tools that say of themselves that they destroy, and tools by their effect. */
export const toolMarks = ['@destructive', '@write', '@read', '@unknown'] as const;

type ToolMark = (typeof toolMarks)[number];

/** @returns the word of the last rule whose pattern names the tool */
export function effectRules(rules: readonly ToolRule<'read' | 'write'>[]) {
  const compiled = rules.map(({ pattern, word }) => ({ word, names: namesOf(pattern) }));
  return (server: ServerNames, tool: ToolNames): Effect | undefined =>
    compiled.findLast(({ names }) => names(server, tool))?.word;
}

/** As `effectRules`, with marks: of tools as they are in the catalogue. */
export function toolRules<Word extends string>(
  rules: readonly ToolRule<Word>[],
): (tool: Tool) => Word | undefined {
  const compiled = rules.map(({ pattern, word }) => {
    const names = namesOf(pattern);
    const fits = (tool: Tool) =>
      pattern.startsWith('@') ? hasMark(tool, pattern as ToolMark) : names(serverOf(tool), tool);
    return { word, fits };
  });
  return (tool) => compiled.findLast(({ fits }) => fits(tool))?.word;
}

/** Whether a tool is of a kind; `@destructive` are those that say that they destroy and do not only read. */
export function hasMark({ effect, definition }: Tool, mark: ToolMark): boolean {
  if (mark === '@destructive') return effect !== 'read' && definition.annotations?.destructiveHint === true;
  return mark === `@${effect}`;
}

function namesOf(pattern: string): (server: ServerNames, tool: ToolNames) => boolean {
  return pattern === '*' ? () => true : toolPattern(pattern).names;
}

function serverOf({ server, serverIdentifier }: Tool): ServerNames {
  return { name: server, identifier: serverIdentifier };
}
