/** Patterns `server.tool`, held against the servers' and tools' own names and against their names in scripts. */
import { matchesPattern } from '../config/pattern.ts';
import type { CatalogServer, Tool } from './tool.ts';

export type ServerNames = Pick<CatalogServer, 'name' | 'identifier'>;
export type ToolNames = Pick<Tool, 'name' | 'identifier'>;

export interface ToolPattern {
  mayNameToolsOf(server: ServerNames): boolean;
  names(server: ServerNames, tool: ToolNames): boolean;
}

/** Either name may hold dots, so each dot may be the one between them, but no star reaches over it. */
export function toolPattern(pattern: string): ToolPattern {
  const halves = [...pattern.matchAll(/\./g)].map(({ index }) => [
    pattern.slice(0, index),
    pattern.slice(index + 1),
  ]) as [server: string, tool: string][];
  return {
    mayNameToolsOf: (server) => halves.some(([ofServer]) => isNamed(server, ofServer)),
    names: (server, tool) =>
      halves.some(([ofServer, ofTool]) => isNamed(server, ofServer) && isNamed(tool, ofTool)),
  };
}

/** Whether a pattern fits the own name, or the one in scripts. */
export function isNamed({ name, identifier }: ServerNames | ToolNames, pattern: string): boolean {
  return matchesPattern(name, pattern) || matchesPattern(identifier, pattern);
}
