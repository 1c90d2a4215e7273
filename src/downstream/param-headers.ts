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

const known = new WeakMap<object, readonly Declaration[]>();

/** The declarations of a tool's input schema, which is read once. */
export function paramHeaderDeclarations(inputSchema: unknown): readonly Declaration[] {
  if (!isObject(inputSchema)) return [];
  const declarations = known.get(inputSchema) ?? find(inputSchema, [], 0);
  known.set(inputSchema, declarations);
  return declarations;
}

/** The headers of one call. Arguments that are absent, null or no primitives get none. */
export function paramHeaders(declarations: readonly Declaration[], args: object): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const declaration of declarations) {
    const value = valueAt(declaration, args);
    if (value !== undefined) headers[`Mcp-Param-${declaration.header}`] = encode(String(value));
  }
  return headers;
}

/**
 * For a server that is called: what the headers of a call say otherwise than its arguments, if so.
 *
 * @param header the value of a header by its name in lower case
 */
export function paramHeaderMismatch(
  declarations: readonly Declaration[],
  args: object,
  header: (name: string) => string | undefined,
): string | undefined {
  for (const declaration of declarations) {
    const value = valueAt(declaration, args);
    if (value === undefined) continue;
    const name = `Mcp-Param-${declaration.header}`;
    const sent = header(name.toLowerCase());
    if (sent === undefined) return `the arguments ask for the header ${name}, which is missing`;
    const said = decode(sent);
    if (said === undefined) return `the header ${name} is not the base64 that it says it is`;
    const isSame = typeof value === 'number' && said !== '' ? Number(said) === value : said === String(value);
    if (!isSame)
      return `the header ${name} says ${JSON.stringify(said.slice(0, 100))}, and the argument is another`;
  }
  return undefined;
}

/**
 * Why a tool with this input schema must not be called over HTTP (SEP-2243): what routes by the headers would be told
 * something else than the server. Undefined where all is well.
 */
export function paramHeaderProblem(inputSchema: unknown): string | undefined {
  const taken = new Set<string>();
  let left = nodesMax;
  const look = (node: unknown, isArgument: boolean): string | undefined => {
    left -= 1;
    if (typeof node !== 'object' || node === null || left < 0) return undefined;
    if (Array.isArray(node)) return firstOf(node, (child) => look(child, false));
    const schema = node as Record<string, unknown>;
    if (Object.hasOwn(schema, 'x-mcp-header')) {
      const problem = headerProblem(schema, isArgument, taken);
      if (problem !== undefined) return problem;
    }
    return firstOf(Object.entries(schema), ([key, child]) =>
      key === 'properties' && isObject(child)
        ? firstOf(Object.values(child), (one) => look(one, isArgument || node === inputSchema))
        : look(child, false),
    );
  };
  return look(inputSchema, false);
}

/** More than any schema has that is of use. */
const nodesMax = 20_000;
const headerPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function headerProblem(
  schema: Record<string, unknown>,
  isArgument: boolean,
  taken: Set<string>,
): string | undefined {
  const { type, 'x-mcp-header': header } = schema;
  const shown = JSON.stringify(header)?.slice(0, 60) ?? 'nothing';
  if (typeof header !== 'string' || !headerPattern.test(header))
    return `its x-mcp-header ${shown} is no name of a header`;
  if (!isArgument) return `its x-mcp-header ${shown} stands where no single argument is`;
  if (type !== 'string' && type !== 'integer' && type !== 'boolean')
    return `its x-mcp-header ${shown} is at an argument that is no string, integer or boolean`;
  if (taken.has(header.toLowerCase())) return `its x-mcp-header ${shown} is there twice`;
  taken.add(header.toLowerCase());
  return undefined;
}

function firstOf<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function find(schema: unknown, path: readonly string[], depth: number): Declaration[] {
  if (!isObject(schema) || depth > depthMax) return [];
  const header = schema['x-mcp-header'];
  const own = typeof header === 'string' && path.length > 0 && headerPattern.test(header);
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

/** Undefined where there is none that is repeated. */
function valueAt({ path }: Declaration, args: object): string | number | boolean | undefined {
  const value = path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), args);
  return ['string', 'number', 'boolean'].includes(typeof value)
    ? (value as string | number | boolean)
    : undefined;
}

/** Undefined for what says that it is encoded, and is not. */
function decode(value: string): string | undefined {
  const base64 = /^=\?base64\?(.*)\?=$/.exec(value.trim())?.[1];
  if (base64 === undefined) return value.trim();
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes.toString('utf8') : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
