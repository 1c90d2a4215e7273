/** Serves one client over stdin and stdout; stdout belongs to the protocol. */
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Log } from '../log.ts';
import { announceChanges } from './changes.ts';
import { createMcpServer, type McpServerOptions } from './mcp-server.ts';

export interface StdioOptions extends McpServerOptions {
  readonly log: Log;
}

/** Room for a script with its input, and some more, in one message. */
const messageBytesMax = 64 * 1024 * 1024;

/** Resolves when the client has gone: its end of stdin is closed, or our stdout is. */
export function serveOverStdio(options: StdioOptions): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve);
    process.stdout.once('error', () => resolve()).once('close', resolve);
  });
  const serve = () => {
    const server = createMcpServer(options);
    announceChanges(server, options);
    return server;
  };
  serveStdio(serve, {
    transport: new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: messageBytesMax }),
    onerror: (error) => options.log.warn({ error: error.message }, 'protocol'),
  });
  return gone;
}
