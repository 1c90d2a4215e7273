/** Passes a server's progress on to the client that asked for it. */
import type { ServerContext } from '@modelcontextprotocol/server';
import type { Progress } from '../downstream/connection.ts';

/** Undefined where the client asked for none. A notification that cannot be sent ends nothing. */
export function reportProgress(context: ServerContext): ((progress: Progress) => void) | undefined {
  const { mcpReq } = context;
  if (mcpReq._meta?.progressToken === undefined) return undefined;
  return (progress) => {
    // Looked up each time: a client that answers a question comes back with another token.
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken === undefined) return;
    const params = { progressToken, ...progress };
    void mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
