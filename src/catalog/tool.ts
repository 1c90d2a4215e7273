/** What can be called: one tool of one server, checked, with the names by which a script reaches it. */
import type { Shape } from './observed-shape.ts';

export type JsonObject = { [key: string]: unknown };

/** What calling a tool does to the world, by the server's own (untrusted) annotations. */
export type Effect = 'read' | 'write' | 'unknown';

/** A tool as its server defined it, after the checks of `introspect`. Field names are the protocol's. */
export interface ToolDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** JSON Schema with `type: "object"`; draft by its `$schema`, else 2020-12. */
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
  readonly _meta?: JsonObject;
}

/** A tool of the catalogue. */
export interface Tool {
  readonly server: string;
  /** Always its `definition.name`: the server's own, unless the user has renamed it. */
  readonly name: string;
  /** As its server has it, under its own name and description. */
  readonly remote: ToolDefinition;
  /** The server's name in scripts: `my-server` -> `my_server`. */
  readonly serverIdentifier: string;
  /** The tool's name in scripts, a JavaScript identifier name unique within its server. */
  readonly identifier: string;
  /** `serverIdentifier__identifier`, unique in the whole catalogue. */
  readonly flatName: string;
  readonly definition: ToolDefinition;
  readonly effect: Effect;
  /** True where calling twice is harmless: `readOnlyHint` or `idempotentHint`. */
  readonly repeatable: boolean;
  /** The shape of its results so far, where it declares none and some were seen. Looked up whenever it is read. */
  readonly observed?: Shape | undefined;
}

/** A definition that was set aside, and why. */
export interface QuarantinedTool {
  /** As far as it could be read, else `#3` for the third of its list. */
  readonly name: string;
  readonly reason: string;
}

/** What is odd about a tool that can be used all the same. */
export interface ToolWarning {
  readonly tool: string;
  readonly problem: string;
}

/** What asking one server gave. Plain JSON: it is kept on disk as it is. */
export interface Introspection {
  readonly tools: readonly ToolDefinition[];
  readonly quarantined: readonly QuarantinedTool[];
  readonly instructions?: string;
  readonly serverInfo?: { readonly name: string; readonly version: string };
  readonly protocolVersion?: string;
}

export type ServerStatus = 'pending' | 'connecting' | 'ready' | 'cached' | 'failed' | 'disabled' | 'invalid';

/** One configured server in the catalogue. */
export interface CatalogServer {
  readonly name: string;
  readonly identifier: string;
  readonly status: ServerStatus;
  /** For `failed`, `disabled`, `invalid`, `connecting`: what is wrong and what to do. */
  readonly problem?: string | undefined;
  readonly instructions?: string | undefined;
  readonly tools: readonly Tool[];
  readonly quarantined: readonly QuarantinedTool[];
  /** What a person should look at before trusting its tools. Looked for when it is read. */
  readonly warnings?: readonly ToolWarning[];
}
