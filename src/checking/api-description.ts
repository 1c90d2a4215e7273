/** What the checker is told of the tools that scripts can call; the composition root makes it of the catalogue. */
import type { CatalogServer, Tool } from '../catalog/tool.ts';

export interface ApiDescription {
  /** A declaration file that exports every server, every tool under its flat name, and their types. */
  readonly declarations: string;
  /** A declaration file that makes the names of the first one (`./unified_api.d.ts`) global. */
  readonly globals: string;
  /** The servers, by the name of the interface that declares their tools. */
  readonly interfaces: ReadonlyMap<string, CatalogServer>;
  readonly servers: readonly CatalogServer[];
  /** How the tool is called, with the types of what it takes: short, in one line. */
  callOf(tool: Tool): string;
}
