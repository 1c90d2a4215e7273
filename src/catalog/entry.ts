/** One configured server in the catalogue: what it last answered, and how it is doing right now. */
import type { Connection } from '../downstream/connection.ts';
import type { ServerNames } from './names.ts';
import type { ObservedResults } from './observed.ts';
import { suspiciousTexts } from './suspicious-text.ts';
import type {
  CatalogServer,
  Effect,
  Introspection,
  QuarantinedTool,
  ServerStatus,
  Tool,
  ToolDefinition,
  ToolWarning,
} from './tool.ts';
import { selectTools } from './tool-selection.ts';

/** What changes over time; the rest of a server follows from it. */
export interface Entry {
  readonly connection: Connection;
  introspection: Introspection | undefined;
  /** As the server gave it, before anything was withheld. */
  received: Introspection | undefined;
  /** What has changed since the tools were pinned. */
  warnings: readonly ToolWarning[];
  /** False where the introspection is from the cache and the server itself has not answered in this process. */
  fresh: boolean;
  /** True once what this process was told is known to the others on the storage. */
  shared: boolean;
  /** When the server's own word on how long its list is fresh runs out. */
  staleAtMs: number;
  /** Why it could not be asked the last time. */
  problem: string | undefined;
  underWay: Promise<void> | undefined;
  changeTimer: NodeJS.Timeout | undefined;
}

/** What is known of a server's tools beside their definitions. */
export interface ServerKnowledge {
  readonly observed?: ObservedResults | undefined;
  /** What the configuration says of their effects. */
  readonly effectOf?:
    | ((
        server: Pick<CatalogServer, 'name' | 'identifier'>,
        tool: Pick<Tool, 'name' | 'identifier'>,
      ) => Effect | undefined)
    | undefined;
}

/** A server that is connected to. Its tools and names are fixed, its status is looked up whenever it is read. */
export class ConnectedServer implements CatalogServer {
  readonly name: string;
  readonly identifier: string;
  readonly tools: readonly Tool[];
  readonly #entry: Entry;

  constructor(entry: Entry, names: ServerNames, { observed, effectOf }: ServerKnowledge = {}) {
    const { name } = entry.connection.config;
    this.name = name;
    this.identifier = names.identifier;
    this.#entry = entry;
    this.tools = selectTools(entry.introspection, entry.connection.config.toolRules)
      .tools.flatMap(({ definition, remote }) => {
        const own = names.tools.get(definition.name);
        if (!own) return [];
        return {
          server: name,
          serverIdentifier: names.identifier,
          remote,
          ...own,
          ...describe(definition, effectOf?.(this, { name: remote.name, identifier: own.identifier })),
          get observed() {
            return observed?.shapeOf(name, remote);
          },
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get status(): ServerStatus {
    return statusOf(this.#entry).status;
  }

  get problem(): string | undefined {
    return statusOf(this.#entry).problem;
  }

  get instructions(): string | undefined {
    return this.#entry.introspection?.instructions;
  }

  get quarantined(): readonly QuarantinedTool[] {
    const { introspection, connection } = this.#entry;
    return selectTools(introspection, connection.config.toolRules).quarantined;
  }

  get warnings(): readonly ToolWarning[] {
    const texts = this.tools.flatMap(({ name, definition }) =>
      suspiciousTexts(definition).map((problem) => ({ tool: name, problem })),
    );
    return [...this.#entry.warnings, ...texts];
  }
}

function statusOf({ connection, introspection, fresh, problem }: Entry): {
  status: ServerStatus;
  problem?: string;
} {
  const current = connection.state();
  const breaker = connection.breaker();
  if (breaker?.state === 'open') return { status: 'failed', problem: breaker.problem };
  if (current.state === 'failed')
    return { status: 'failed', problem: problem ?? current.problem ?? 'The connection failed.' };
  if (introspection && problem === undefined) return { status: fresh ? 'ready' : 'cached' };
  if (current.state === 'connecting') {
    const seconds = Math.round((Date.now() - current.sinceMs) / 1_000);
    return {
      status: 'connecting',
      problem: `No answer for ${seconds} s; given up after ${connection.config.connectMsMax / 1_000} s.`,
    };
  }
  return problem === undefined ? { status: 'pending' } : { status: 'failed', problem };
}

/** @param said of its effect, by the user: that counts more than what the server says */
function describe(
  definition: ToolDefinition,
  said?: Effect,
): Pick<Tool, 'name' | 'definition' | 'effect' | 'repeatable'> {
  const { readOnlyHint, idempotentHint, destructiveHint } = definition.annotations ?? {};
  const saysItWrites = readOnlyHint === false || destructiveHint !== undefined;
  const effect: Effect = said ?? (readOnlyHint === true ? 'read' : saysItWrites ? 'write' : 'unknown');
  return {
    name: definition.name,
    definition,
    effect,
    repeatable: effect === 'read' || idempotentHint === true,
  };
}
