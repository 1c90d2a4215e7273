/** `forward_headers` of a server: which headers of whoever calls us may go on to it, and what follows from that. */
import type { ServerEntry } from './schema.ts';
import type { Reading } from './server-fields.ts';
import type { HttpServerConfig } from './types.ts';

/** Meant for us alone: what is given to one server for its own use must not be used at another. */
const credentialHeaders = ['authorization', 'cookie', 'proxy-authorization'];
/** What the protocol, HTTP and the connection say for themselves. */
const ownHeaders =
  /^(?:host|connection|content-.*|transfer-encoding|accept(?:-encoding)?|keep-alive|te|trailer|upgrade|origin|last-event-id|mcp-.*)$/;

/**
 * A server that knows who calls has a connection for each of them, unless the entry says one for each run.
 *
 * @returns the entry with the scope that it has to have
 */
export function ofTheCallers(parsed: ServerEntry, reading: Reading): ServerEntry {
  const hasForwarded = Object.keys(parsed.forward_headers ?? {}).length > 0;
  if (!hasForwarded && parsed.auth?.type !== 'token_exchange') return parsed;
  if (parsed.scope === 'shared') {
    reading.report(
      'problem',
      ['scope'],
      'is "shared", but the server is to know each caller, and would take all for the first one. Remove it.',
    );
  }
  const scope = parsed.scope ?? (reading.connectionScope === 'run' ? 'run' : 'principal');
  // What one caller's results teach would show in the types of all the others.
  return { ...parsed, scope, ...(scope === 'run' && { learnTypes: false }) };
}

/** @param headers of the entry, filled in */
export function forwardedHeaders(
  { forward_headers, unsafe_passthrough, auth }: ServerEntry,
  headers: Readonly<Record<string, string>>,
  reading: Reading,
): Pick<HttpServerConfig, 'forwardHeaders'> {
  const pairs = Object.entries(forward_headers ?? {});
  if (pairs.length === 0) return {};
  const fixed = Object.keys(headers).map((name) => name.toLowerCase());
  for (const [written, to] of pairs) {
    const from = written.toLowerCase();
    const report = (kind: 'problem' | 'warning', text: string) =>
      reading.report(kind, ['forward_headers', written], text);
    if (!isName(written) || !isName(to)) {
      report('problem', 'must lead from the name of a header to another: { "x-user": "X-User" }.');
    } else if (ownHeaders.test(to.toLowerCase())) {
      report('problem', `leads to ${to}, which is not for others to set. Choose another name.`);
    } else if (fixed.includes(to.toLowerCase())) {
      report('problem', `leads to ${to}, which "headers" gives too. Keep one of them.`);
    } else if (auth !== undefined && to.toLowerCase() === 'authorization') {
      report('problem', `leads to ${to}, which "auth" gives too. Keep one of them.`);
    }
    if (!credentialHeaders.includes(from)) continue;
    if (unsafe_passthrough === true) {
      report(
        'warning',
        'passes on a credential that was meant for us, which the protocol forbids: whoever runs that server can use it here and elsewhere. "auth" of type "token_exchange" does the same safely.',
      );
    } else {
      report(
        'problem',
        'would pass on a credential that was meant for us, which the protocol forbids. Use "auth" of type "token_exchange", or say "unsafe_passthrough": true.',
      );
    }
  }
  const targets = pairs.map(([, to]) => to.toLowerCase());
  if (new Set(targets).size < targets.length)
    reading.report('problem', ['forward_headers'], 'leads to one name twice. Keep one of them.');
  return { forwardHeaders: Object.fromEntries(pairs.map(([from, to]) => [from.toLowerCase(), to])) };
}

function isName(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}
