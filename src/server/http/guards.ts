/** Which hosts and origins are let in: without this, a web page could reach a server on its visitor's own machine. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv4 } from 'node:net';
import type { HttpConfig } from '../../config/http-types.ts';
import { HttpProblem } from './answers.ts';

const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const everyAddress: readonly string[] = ['0.0.0.0', '::', '[::]'];
const corsHeaders = {
  'Access-Control-Allow-Methods': 'GET, POST, DELETE, OPTIONS',
  'Access-Control-Max-Age': '600',
};
/** What scripts of allowed pages may read of an answer. */
const exposedHeaders = 'Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate, Retry-After';

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' || name === '::1' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'))
  );
}

export interface Guards {
  /** @throws HttpProblem 403 */
  checkHost(request: IncomingMessage): void;
  /**
   * Lets pages of allowed origins read the answer.
   *
   * @throws HttpProblem 403 for any other page
   */
  checkOrigin(request: IncomingMessage, response: ServerResponse): void;
}

export function createGuards(config: HttpConfig): Guards {
  const hosts = allowedHosts(config);
  const origins = new Set(config.allowedOrigins);
  return {
    checkHost({ headers: { host } }) {
      const name = nameOf(host ?? '');
      if (hosts === 'any' ? name !== undefined : name !== undefined && hosts.has(name)) return;
      throw new HttpProblem(403, `The host ${quoted(host)} is not served here.`, {
        hint: 'Whoever runs this server can add it to orchestrator.http.allowedHosts.',
      });
    },
    checkOrigin(request, response) {
      const { origin, host } = request.headers;
      if (origin === undefined) return;
      response.setHeader('Vary', 'Origin');
      // A page of our own address is no stranger; the host has been checked.
      const isOwn = origin === `http://${host}` || origin === `https://${host}`;
      if (!isOwn && !origins.has(origin)) {
        throw new HttpProblem(403, `Pages of ${quoted(origin)} may not call this server.`, {
          hint: 'Whoever runs it can add the origin to orchestrator.http.allowedOrigins.',
        });
      }
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', exposedHeaders);
    },
  };
}

/** The answer to a browser that asks before it sends. */
export function preflightHeaders(request: IncomingMessage): Record<string, string> {
  const asked = request.headers['access-control-request-headers'];
  return { ...corsHeaders, ...(asked !== undefined && { 'Access-Control-Allow-Headers': asked }) };
}

/** Where we listen on every address, it is not known by which names we are called: tokens protect us then. */
function allowedHosts({ host, publicUrl, allowedHosts: more }: HttpConfig): ReadonlySet<string> | 'any' {
  const names = new Set(more.flatMap((one) => nameOf(one) ?? []));
  if (isLoopback(host)) for (const name of loopbackNames) names.add(name);
  else if (everyAddress.includes(host) && more.length === 0 && publicUrl === undefined) return 'any';
  if (!everyAddress.includes(host))
    names.add(nameOf(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host) ?? host);
  if (publicUrl !== undefined) names.add(new URL(publicUrl).hostname);
  return names;
}

/** `localhost:8080` -> `localhost`; undefined where it is no host. */
function nameOf(host: string): string | undefined {
  if (!/^[\w.:[\]-]+$/.test(host)) return undefined;
  return URL.parse(`http://${host}`)?.hostname;
}

/** For a message: it is a stranger's text. */
export function quoted(text: string | undefined): string {
  return text === undefined ? '(none)' : JSON.stringify(text.slice(0, 200));
}
