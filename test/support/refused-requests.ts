/** Requests that the HTTP front refuses, and how: one row each. */
import { type Ask, callBody } from './http.ts';

/** Of the front that they are sent to: one may do all, one only look, one is for the profile `calm`. */
export const tokens = {
  all: 'all-token-0123456789',
  looks: 'looks-token-0123456789',
  calm: 'calm-token-0123456789',
};

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
export const good = callBody('list_servers');
export const script = callBody('execute_composed_code', { code: 'return 1' });
export const message = (more: object) =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list', ...more });
export const initialize = (params: object) => message({ method: 'initialize', params });
export const client = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'raw', version: '1' },
};

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const envelope = {
  [versionKey]: '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
/** A request of the revision 2026-07-28, which headers repeat. */
const modern = (
  method: string,
  headers: Record<string, string> = {},
  params: object = {},
  meta: unknown = envelope,
) => ({
  headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method, ...headers },
  body: message({ method, params: { ...params, _meta: meta } }),
});

/** What is sent, beside a good token and a good message; then status, code, and words of the message. */
export type Row = readonly [name: string, sent: Ask, status: number, code: number, words: RegExp];

export const admission: readonly Row[] = [
  [
    'no token',
    { headers: { Authorization: '' } },
    401,
    -32_000,
    /wants to know who calls.*Authorization: Bearer TOKEN/,
  ],
  [
    'another scheme',
    { headers: { Authorization: 'Basic YTpi' } },
    401,
    -32_000,
    /Authorization is no "Bearer TOKEN"/,
  ],
  [
    'a token that nobody gave',
    { headers: bearer('nobodys-token-0123456789') },
    401,
    -32_000,
    /not known here.*Send one/,
  ],
  [
    'no token for the numbers',
    { method: 'GET', path: '/metrics', headers: { Authorization: '' } },
    401,
    -32_000,
    /who calls/,
  ],
  [
    'a scope that is too small',
    { headers: bearer(tokens.looks), body: script },
    403,
    -32_000,
    /needs the scope "mcp:run"/,
  ],
  [
    'the profile of another token',
    { path: '/mcp/p/other', headers: bearer(tokens.calm) },
    403,
    -32_000,
    /for the profile "calm".*Send it to \/mcp/,
  ],
  [
    'a host that is not ours',
    { headers: { Host: 'evil.example.com' } },
    403,
    -32_000,
    /"evil.example.com".*allowedHosts/,
  ],
  [
    'a page of somebody else',
    { headers: { Origin: 'https://evil.example.com' } },
    403,
    -32_000,
    /Pages of "https:\/\/evil.example.com".*allowedOrigins/,
  ],
  ['a page without an origin', { headers: { Origin: 'null' } }, 403, -32_000, /Pages of "null"/],
];

export const places: readonly Row[] = [
  ['another path', { path: '/mpc' }, 404, -32_000, /nothing at "\/mpc".*at \/mcp/],
  ['a path that is none', { path: '/mcp/p/%ff' }, 404, -32_000, /%ff/],
  ['a profile that is none', { path: '/mcp/p/clam' }, 404, -32_000, /no profile "clam".*\/mcp\/p\/PROFILE/],
  [
    'a session that is none',
    { headers: { 'Mcp-Session-Id': 'x' } },
    404,
    -32_001,
    /Session not found. Initialize again/,
  ],
  ['GET outside a session', { method: 'GET' }, 405, -32_000, /GET is for sessions.*POST/],
  ['DELETE outside a session', { method: 'DELETE' }, 405, -32_000, /DELETE is for sessions.*POST/],
  ['another method', { method: 'PUT' }, 405, -32_000, /PUT is not served here.*POST/],
  [
    'a message for whoever watches',
    { path: '/healthz' },
    405,
    -32_000,
    /POST is not served here.*GET.*\/mcp/,
  ],
  ['a message for Prometheus', { path: '/metrics' }, 405, -32_000, /GET/],
  [
    'an answer that is HTML',
    { headers: { Accept: 'text/html' } },
    406,
    -32_000,
    /"text\/html".*Accept: application\/json, text\/event-stream/,
  ],
  [
    'an answer that is JSON alone',
    { headers: { Accept: 'application/json' }, body: message({}) },
    406,
    -32_000,
    /text\/event-stream/,
  ],
];

export const bodies: readonly Row[] = [
  ['no JSON', { body: '{"jsonrpc": ' }, 400, -32_700, /not JSON: Unexpected end/],
  ['nothing', { body: '' }, 400, -32_700, /it is empty/],
  ['no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, -32_700, /UTF-8/],
  [
    'more than may be',
    { body: JSON.stringify('x'.repeat(20_001)) },
    413,
    -32_000,
    /20000 bytes \(httpBodyBytesMax\).*Send less/,
  ],
  [
    'another content type',
    { headers: { 'Content-Type': 'text/plain' } },
    415,
    -32_000,
    /"text\/plain".*Content-Type: application\/json/,
  ],
  [
    'no content type',
    { headers: { 'Content-Type': '' } },
    415,
    -32_000,
    /\(none\).*Content-Type: application\/json/,
  ],
  [
    'something compressed',
    { headers: { 'Content-Encoding': 'gzip' } },
    415,
    -32_000,
    /"gzip".*without Content-Encoding/,
  ],
  ['a number', { body: '42' }, 400, -32_600, /must be an object, but is a number/],
  ['null', { body: 'null' }, 400, -32_600, /must be an object, but is null/],
  [
    'no version of JSON-RPC',
    { body: '{"id":7,"method":"tools/list"}' },
    400,
    -32_600,
    /"jsonrpc" must be "2.0", but is missing/,
  ],
  ['an older JSON-RPC', { body: message({ jsonrpc: '1.0' }) }, 400, -32_600, /"2.0", but is "1.0"/],
  [
    'neither a request nor an answer',
    { body: '{"jsonrpc":"2.0","id":7}' },
    400,
    -32_600,
    /"method" is missing/,
  ],
  ['a method that is a number', { body: message({ method: 5 }) }, 400, -32_600, /"method" must be a text/],
  [
    'an id that is null',
    { body: message({ id: null }) },
    400,
    -32_600,
    /"id" must be a text or a whole number, but is null/,
  ],
  ['an id that is a fraction', { body: message({ id: 1.5 }) }, 400, -32_600, /"id" .* 1\.5/],
  [
    'parameters in a list',
    { body: message({ params: [1] }) },
    400,
    -32_600,
    /"params" must be an object, but is a list/,
  ],
  [
    'a member that nobody knows',
    { body: message({ cursor: 'x' }) },
    400,
    -32_600,
    /no member "cursor".*in "params"/,
  ],
  [
    'a progress token that is none',
    { body: message({ params: { _meta: { progressToken: {} } } }) },
    400,
    -32_600,
    /progressToken/,
  ],
  [
    'an answer with two ends',
    { body: '{"jsonrpc":"2.0","id":7,"result":{},"error":{}}' },
    400,
    -32_600,
    /both/,
  ],
  [
    'an error without a code',
    { body: '{"jsonrpc":"2.0","id":7,"error":{"message":"x"}}' },
    400,
    -32_600,
    /"code"/,
  ],
  ['an empty list', { body: '[]' }, 400, -32_600, /empty list.*Send one message/],
  [
    'a list with something else in it',
    { body: `[${message({})},2]` },
    400,
    -32_600,
    /Message 2 of the list .* a number/,
  ],
  ['lists without end', { body: `${'['.repeat(9_000)}${']'.repeat(9_000)}` }, 400, -32_600, /a list/],
  [
    'initialize with nothing',
    { body: initialize({}) },
    400,
    -32_602,
    /initialize: "protocolVersion" .* missing/,
  ],
  [
    'initialize by nobody',
    { body: initialize({ ...client, clientInfo: { name: 'raw' } }) },
    400,
    -32_602,
    /"clientInfo.version"/,
  ],
  [
    'two of them',
    { body: `[${initialize(client)},${initialize(client)}]` },
    400,
    -32_600,
    /[Oo]ne initialization/,
  ],
];

export const protocol: readonly Row[] = [
  [
    'a revision that is none',
    { headers: { 'MCP-Protocol-Version': '1999-01-01' } },
    400,
    -32_000,
    /1999-01-01 .*2025-11-25/,
  ],
  [
    'a revision that is to come',
    modern(
      'tools/list',
      { 'MCP-Protocol-Version': '2030-01-01' },
      {},
      { ...envelope, [versionKey]: '2030-01-01' },
    ),
    400,
    -32_022,
    /2030-01-01/,
  ],
  [
    'a message of an older revision than its header',
    { headers: { 'MCP-Protocol-Version': '2026-07-28' } },
    400,
    -32_602,
    /missing .*_meta/,
  ],
  [
    'a header of an older revision than its message',
    modern('tools/list', { 'MCP-Protocol-Version': '2025-11-25' }),
    400,
    -32_020,
    /disagree.*2026-07-28.*2025-11-25/,
  ],
  ['no Mcp-Method', modern('tools/list', { 'Mcp-Method': '' }), 400, -32_020, /Mcp-Method/],
  [
    'another Mcp-Method',
    modern('tools/list', { 'Mcp-Method': 'tools/call' }),
    400,
    -32_020,
    /tools\/list .*tools\/call/,
  ],
  ['no Mcp-Name', modern('tools/call', {}, { name: 'list_servers' }), 400, -32_020, /Mcp-Name/],
  [
    'another Mcp-Name',
    modern('tools/call', { 'Mcp-Name': 'x' }, { name: 'list_servers' }),
    400,
    -32_020,
    /list_servers.*"x"/,
  ],
  [
    'no capabilities',
    modern('tools/list', {}, {}, { [versionKey]: '2026-07-28' }),
    400,
    -32_602,
    /clientCapabilities: missing/,
  ],
  ['_meta in a list', modern('tools/list', {}, {}, [1]), 400, -32_600, /_meta" must be an object/],
  [
    'a list of the newer era',
    { ...modern('tools/list'), body: `[${modern('tools/list').body}]` },
    400,
    -32_600,
    /batches .*2026-07-28/,
  ],
  ['a method that is none, in the newer era', modern('tools/lost'), 404, -32_601, /Method not found/],
  [
    'a task, by a client that knows none',
    modern('tasks/get', { 'Mcp-Name': 'x' }, { taskId: 'x' }),
    400,
    -32_021,
    /clients that declare/,
  ],
  // Answered within the protocol: the request as such is good.
  ['a method that is none', { body: message({ method: 'tools/lost' }) }, 200, -32_601, /Method not found/],
  [
    'a call of nothing',
    { body: message({ method: 'tools/call' }) },
    200,
    -32_602,
    /"name" must be a text, but is missing/,
  ],
  [
    'a tool that is none',
    { body: callBody('list_server') },
    200,
    -32_602,
    /list_server not found. Did you mean list_servers\?/,
  ],
  [
    'a page that is none',
    { body: message({ params: { cursor: 'x' } }) },
    200,
    -32_602,
    /cursor is "x".*nextCursor/,
  ],
  [
    'a level that is none',
    { body: message({ method: 'logging/setLevel', params: { level: 'loud' } }) },
    200,
    -32_602,
    /"loud"/,
  ],
];
