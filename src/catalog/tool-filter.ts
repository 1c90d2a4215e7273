/** Which servers and tools somebody sees: the one place that decides what is in a profile. */
import type { Profile } from '../config/profiles.ts';
import type { CatalogServer, QuarantinedTool, Tool } from './tool.ts';
import { isNamed, type ServerNames, type ToolNames, toolPattern } from './tool-pattern.ts';

export interface ToolFilter {
  hasServer(server: ServerNames): boolean;
  hasTool(server: ServerNames, tool: Tool): boolean;
  /** Of a tool that cannot be used, only its name is known. */
  hasSetAside(server: ServerNames, tool: QuarantinedTool): boolean;
}

/** Patterns are held against the servers' and tools' own names and against their names in scripts. */
export function profileFilter({ servers, includeTools, excludeTools = [], readOnly }: Profile): ToolFilter {
  const includes = includeTools?.map(toolPattern);
  const excludes = excludeTools.map(toolPattern);
  const hasServer = (server: ServerNames) =>
    (servers === undefined || servers.some((pattern) => isNamed(server, pattern))) &&
    (includes === undefined || includes.some((include) => include.mayNameToolsOf(server)));
  const hasName = (server: ServerNames, tool: ToolNames) =>
    !excludes.some((exclude) => exclude.names(server, tool)) &&
    (includes === undefined || includes.some((include) => include.names(server, tool)));
  return {
    hasServer,
    hasTool: (server, tool) =>
      hasServer(server) && hasName(server, tool) && (readOnly !== true || tool.effect === 'read'),
    hasSetAside: (server, { name }) =>
      hasServer(server) && hasName(server, { name, identifier: name }) && readOnly !== true,
  };
}

/** What the filter leaves of a server; undefined where it leaves out the server itself. Its status stays up to date. */
export function narrowedServer(server: CatalogServer, filter: ToolFilter): CatalogServer | undefined {
  return filter.hasServer(server) ? new NarrowedServer(server, filter) : undefined;
}

class NarrowedServer implements CatalogServer {
  readonly name: string;
  readonly identifier: string;
  readonly tools: readonly Tool[];
  readonly #server: CatalogServer;
  readonly #filter: ToolFilter;

  constructor(server: CatalogServer, filter: ToolFilter) {
    this.name = server.name;
    this.identifier = server.identifier;
    this.tools = server.tools.filter((tool) => filter.hasTool(server, tool));
    this.#server = server;
    this.#filter = filter;
  }

  get status() {
    return this.#server.status;
  }

  get problem() {
    return this.#server.problem;
  }

  get instructions() {
    return this.#server.instructions;
  }

  get quarantined() {
    return this.#server.quarantined.filter((tool) => this.#filter.hasSetAside(this.#server, tool));
  }

  get warnings() {
    const names = new Set(this.tools.map(({ name }) => name));
    return (this.#server.warnings ?? []).filter(({ tool }) => names.has(tool));
  }
}
