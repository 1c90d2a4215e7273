/**
 * Headers that repeat arguments, as servers of protocol revision 2026-07-28 may ask for over HTTP: a property of
 * `inputSchema` marked `x-mcp-header: Name` is to be sent as `Mcp-Param-Name` too (SEP-2243), so that a gateway can
 * route without reading bodies. The SDK does this only within its own `callTool`.
 */

interface Declaration {
  readonly path: readonly string[];
  readonly header: string;
}

/** Properties nested deeper than this are not looked at. */
const depthMax = 16;

/** The declarations of a tool's input schema. Cheap where there are none. */
export function paramHeaderDeclarations(inputSchema: unknown): readonly Declaration[] {
  return find(inputSchema, [], 0);
}

/** The headers of one call. Arguments that are absent, null or no primitives get none. */
export function paramHeaders(declarations: readonly Declaration[], args: object): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, header } of declarations) {
    const value = path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), args);
    if (!['string', 'number', 'boolean'].includes(typeof value)) continue;
    headers[`Mcp-Param-${header}`] = encode(String(value));
  }
  return headers;
}

function find(schema: unknown, path: readonly string[], depth: number): Declaration[] {
  if (!isObject(schema) || depth > depthMax) return [];
  const header = schema['x-mcp-header'];
  const own = typeof header === 'string' && path.length > 0 && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header);
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return [
    ...(own ? [{ path, header }] : []),
    ...properties.flatMap(([name, child]) => find(child, [...path, name], depth + 1)),
  ];
}

/** Plain visible ASCII goes as it is; all else, and what looks encoded already, as base64 of UTF-8. */
function encode(value: string): string {
  const isPlain =
    /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value);
  return isPlain ? value : `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
