/** Serves one client over stdin and stdout; stdout belongs to the protocol. */
import type { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Log } from '../log.ts';
import { localAccess } from './access.ts';
import { announceChanges } from './changes.ts';
import { type ListenRequests, watchListenRequests } from './listen-requests.ts';
import { createMcpServer, type McpServerOptions } from './mcp-server.ts';
import { resourceWatch } from './offer-requests.ts';

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
  const access = options.access ?? localAccess;
  let server: Server | undefined;
  const serve = () => {
    server = createMcpServer(options);
    announceChanges(server, options);
    return server;
  };
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: messageBytesMax,
  });
  if (options.config.mode !== 'orchestrator') {
    const watch = () => server && resourceWatch(server, { ...options, access });
    showMessages(transport, watchListenRequests(watch));
  }
  serveStdio(serve, {
    transport,
    onerror: (error) => options.log.warn({ error: problemOf(error) }, 'protocol'),
  });
  return gone;
}

/** One line: of what is JSON but no message, the SDK lists all that might be wrong. */
function problemOf(error: Error): string {
  return 'issues' in error
    ? 'a line of the client is JSON, but no message of JSON-RPC: it was passed over'
    : error.message;
}

/** Whatever is set to receive them, messages are looked at first. */
function showMessages(transport: StdioServerTransport, { see }: ListenRequests): void {
  let receive: StdioServerTransport['onmessage'];
  const receiveSeen: StdioServerTransport['onmessage'] = (message) => {
    see(message);
    receive?.(message);
  };
  Object.defineProperty(transport, 'onmessage', {
    get: () => receive && receiveSeen,
    set: (receiver) => {
      receive = receiver;
    },
  });
}
