/** Waits on this machine for the browser to come back from a login. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const path = '/callback';

export interface Loopback {
  readonly port: number;
  /** What the authorization server is to send the browser to. */
  readonly redirectUrl: string;
  /**
   * The parameters that the browser brought with this `state`; others are turned away.
   *
   * @throws the signal's reason
   */
  redirect(state: string, signal: AbortSignal): Promise<URLSearchParams>;
  /** Tells the person in the browser how it went, and ends. */
  close(outcome: string): Promise<void>;
}

/** @param port one that is wanted; where it is taken and not `isFixed`, any free one. @throws the system's error */
export async function openLoopback(port: number, isFixed: boolean): Promise<Loopback> {
  const server = createServer();
  await listen(server, port).catch((error: unknown) => {
    if (isFixed || port === 0) throw error;
    return listen(server, 0);
  });
  const { port: own } = server.address() as AddressInfo;
  let waiting: ServerResponse | undefined;
  return {
    port: own,
    redirectUrl: `http://127.0.0.1:${own}${path}`,
    redirect: (state, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        server.on('request', (request, response) => {
          const url = URL.parse(request.url ?? '', 'http://127.0.0.1');
          if (request.method !== 'GET' || url?.pathname !== path) return say(response, 404, 'Nothing here.');
          if (!isSame(url.searchParams.get('state') ?? '', state))
            return say(response, 400, 'This is no answer to the login that is under way.');
          if (waiting) return say(response, 409, 'This login is under way already.');
          waiting = response;
          resolve(url.searchParams);
        });
      }),
    async close(outcome) {
      if (waiting) say(waiting, 200, `${outcome} You can close this window.`);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Our own words only: nothing that came from outside is shown. */
function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  });
  response.end(`MCP Tools Orchestrator: ${text}\n`);
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
