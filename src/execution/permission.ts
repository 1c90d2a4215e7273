/** What a run may call, where that is not everything: the tools that a policy lists, and how many calls it may make. */
import type { Tool } from '../catalog/tool.ts';
import { OrchestratorError } from '../errors.ts';

export interface PermissionOptions {
  /** Of the policy, for messages. */
  readonly policy: string;
  /** `server.tool` or `server.*`, by identifiers or the servers' own names. */
  readonly tools: readonly string[];
  readonly callsMax?: number | undefined;
}

export class Permission {
  readonly #options: PermissionOptions;
  readonly #addresses: ReadonlySet<string>;
  #calls = 0;

  constructor(options: PermissionOptions) {
    this.#options = options;
    this.#addresses = new Set(options.tools);
  }

  allows(tool: Tool): boolean {
    return addressesOf(tool).some((address) => this.#addresses.has(address));
  }

  /** @throws OrchestratorError `tool_not_allowed` */
  assertAllows(tool: Tool): void {
    if (this.allows(tool)) return;
    const { policy } = this.#options;
    const address = `${tool.serverIdentifier}.${tool.identifier}`;
    throw new OrchestratorError(
      'tool_not_allowed',
      `The policy "${policy}" may not call ${address}: its \`tools\` do not list it.`,
      {
        hint: `Add "${address}" to the policy's \`tools\`, if it is meant to call it.`,
        retrySafe: 'yes',
        server: tool.server,
        tool: tool.name,
      },
    );
  }

  /** Before each call: counts it. @throws OrchestratorError `tool_not_allowed`, or `limit_exceeded` */
  admit(tool: Tool): void {
    this.assertAllows(tool);
    const { policy, callsMax = Number.POSITIVE_INFINITY } = this.#options;
    this.#calls += 1;
    if (this.#calls <= callsMax) return;
    throw new OrchestratorError(
      'limit_exceeded',
      `The policy "${policy}" may make ${callsMax} calls (limits.callsMax), and this would be one more.`,
      { retrySafe: 'yes', server: tool.server, tool: tool.name },
    );
  }
}

/** Every way to write that a tool may be called. */
export function addressesOf({ server, serverIdentifier, name, identifier, flatName }: Tool): string[] {
  return [
    `${serverIdentifier}.${identifier}`,
    `${server}.${name}`,
    `${serverIdentifier}.${name}`,
    `${server}.${identifier}`,
    flatName,
    `${serverIdentifier}.*`,
    `${server}.*`,
  ];
}
