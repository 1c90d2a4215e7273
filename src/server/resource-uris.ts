/**
 * Resources of all servers under addresses of ours: `mcp://SERVER/` and the server's own URI behind it. So two servers
 * may have the same URI, and the own one is found again by cutting, whatever is in it: a template's `{parts}` too.
 */

export interface OwnUri {
  /** The server's name in scripts. */
  readonly identifier: string;
  readonly uri: string;
}

/** @returns `mcp://SERVER/` and the own URI */
export function exposedUri({ identifier, uri }: OwnUri): string {
  return `mcp://${identifier}/${uri}`;
}

/** Undefined for an address that is not of ours. */
export function ownUri(exposed: string): OwnUri | undefined {
  const parts = /^mcp:\/\/(\w+)\/(.+)$/s.exec(exposed);
  const [, identifier, uri] = parts ?? [];
  return identifier === undefined || uri === undefined ? undefined : { identifier, uri };
}
