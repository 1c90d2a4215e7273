/** What is known of a request to `/mcp` before the protocol sees it. */
import type { Access } from '../access.ts';

export interface RequestContext {
  readonly access: Access;
  /** The parsed body; undefined for a request that has none. */
  readonly body: unknown;
}
