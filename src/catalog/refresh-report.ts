/** What asking the servers anew has changed. */
import type { CatalogServer, ToolDefinition } from './tool.ts';

export interface RefreshReport {
  readonly status: 'ok' | 'partial';
  readonly server_count: number;
  readonly tool_count: number;
  /** `server.tool` each. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly failed: readonly { readonly server: string; readonly problem: string }[];
}

/** @param before, after the servers of the catalogue, earlier and now */
export function refreshReport(
  before: readonly CatalogServer[],
  after: readonly CatalogServer[],
): RefreshReport {
  const old = definitionsOf(before);
  const now = definitionsOf(after);
  const both = [...now].filter(([name]) => old.has(name));
  const failed = after.filter(({ status }) => status === 'failed');
  return {
    status: failed.length > 0 ? 'partial' : 'ok',
    server_count: after.length,
    tool_count: now.size,
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: both.filter(([name, tool]) => !isSame(tool, old.get(name))).map(([name]) => name),
    failed: failed.map(({ name, problem }) => ({ server: name, problem: problem ?? '' })),
  };
}

function definitionsOf(servers: readonly CatalogServer[]): Map<string, ToolDefinition> {
  const tools = servers.flatMap((server) => server.tools);
  return new Map(tools.map((tool) => [`${tool.serverIdentifier}.${tool.identifier}`, tool.definition]));
}

/** What was read from JSON and checked for depth: its text tells. */
export function isSame(a: object, b: object | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
