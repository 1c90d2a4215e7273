/** Asks one server for its tools and checks each by itself, so that a malformed one never hides the others. */
import { z } from 'zod';
import type { Connection, ListKeeping, WaitOptions } from '../downstream/connection.ts';
import { paramHeaderProblem } from '../downstream/param-headers.ts';
import type { Limits } from '../limits.ts';
import type { Introspection, JsonObject, QuarantinedTool, ToolDefinition } from './tool.ts';

const nameSchema = z.string().min(1).max(128);
const objectSchema = z.record(z.string(), z.unknown());

/**
 * What cannot be called is set aside with its reason: no usable name, no input schema, a second tool of the same
 * name, a definition over limits.toolBytesMax. What is merely wrong beside that (a null description, annotations that
 * are no object) is left out: a tool works without it.
 *
 * @param options.onKeeping is told what the server says of keeping the list
 * @throws OrchestratorError where the server cannot be asked
 */
export async function introspect(
  connection: Pick<Connection, 'listTools'> & { readonly config?: Pick<Connection['config'], 'transport'> },
  limits: Limits,
  options: WaitOptions & { readonly onKeeping?: (keeping: ListKeeping | undefined) => void } = {},
): Promise<Introspection> {
  const { onKeeping, ...wait } = options;
  const {
    tools: listed,
    truncated,
    instructions,
    serverInfo,
    protocolVersion,
    keeping,
  } = await connection.listTools(wait);
  onKeeping?.(keeping);
  // Only there such headers are sent.
  const sendsHeaders = connection.config?.transport === 'http' && (protocolVersion ?? '') >= '2026-07-28';
  const headerReason = ({ inputSchema }: ToolDefinition) => {
    const problem = sendsHeaders ? paramHeaderProblem(inputSchema) : undefined;
    return problem && `It must not be called: ${problem}.`;
  };
  const tools = new Map<string, ToolDefinition>();
  const quarantined: QuarantinedTool[] = [];
  for (const [index, value] of listed.entries()) {
    const checked = checkTool(value, limits);
    const reason =
      'reason' in checked ? checked.reason : (duplicateReason(checked, tools) ?? headerReason(checked));
    if (reason !== undefined) quarantined.push({ name: nameOf(value, index), reason });
    else if (!('reason' in checked)) tools.set(checked.name, checked);
  }
  if (truncated !== undefined) quarantined.push({ name: '(further tools)', reason: truncated });
  return {
    tools: [...tools.values()],
    quarantined,
    ...(instructions === undefined ? {} : { instructions }),
    ...(serverInfo === undefined ? {} : { serverInfo }),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
  };
}

/** The definition with what is harmlessly wrong left out, or the reason why it cannot be called. */
function checkTool(value: unknown, limits: Limits): ToolDefinition | { reason: string } {
  const tool = objectSchema.safeParse(value).data;
  if (!tool) return { reason: `Its definition is ${kindOf(value)}, not an object.` };
  const name = nameSchema.safeParse(tool.name).data;
  if (name === undefined) return { reason: nameReason(tool.name) };
  const bytes = jsonBytes(tool);
  if (bytes === undefined) return { reason: 'Its definition is nested too deeply to be handled.' };
  if (bytes > limits.toolBytesMax) {
    return {
      reason: `Its definition has ${bytes} bytes; at most ${limits.toolBytesMax} are taken (limits.toolBytesMax).`,
    };
  }
  if (isDeeperThan(tool, definitionDepthMax)) {
    return { reason: `Its definition is nested more than ${definitionDepthMax} levels deep.` };
  }
  const inputSchema = objectSchema.safeParse(tool.inputSchema).data;
  if (!inputSchema) return { reason: `Its inputSchema is ${kindOf(tool.inputSchema)}, not an object.` };
  const { type } = inputSchema;
  const takesObjects =
    type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
  if (!takesObjects) {
    const seen = JSON.stringify(type).slice(0, 100);
    return { reason: `Its inputSchema has type ${seen}; the arguments of a tool are always an object.` };
  }
  const { title, description, outputSchema, annotations, _meta, inputSchema: _input, ...rest } = tool;
  return {
    ...rest,
    name,
    inputSchema: type === 'object' ? inputSchema : { ...inputSchema, type: 'object' },
    ...kept('title', z.string(), title),
    ...kept('description', z.string(), description),
    ...kept('outputSchema', objectSchema, outputSchema),
    ...annotationsKept(annotations),
    ...kept('_meta', objectSchema, _meta),
  };
}

function kept<K extends string, T>(key: K, schema: z.ZodType<T>, value: unknown): { [key in K]?: T } {
  const parsed = schema.safeParse(value);
  return parsed.success ? ({ [key]: parsed.data } as { [key in K]: T }) : {};
}

/** Hints are either booleans or worthless: `"readOnlyHint": "false"` must not read as true. */
function annotationsKept(value: unknown): { annotations?: JsonObject } {
  const annotations = objectSchema.safeParse(value).data;
  if (!annotations) return {};
  const sound = Object.entries(annotations).filter(([key, hint]) =>
    key.endsWith('Hint') ? typeof hint === 'boolean' : key !== 'title' || typeof hint === 'string',
  );
  return { annotations: Object.fromEntries(sound) };
}

function duplicateReason(
  tool: ToolDefinition,
  tools: ReadonlyMap<string, ToolDefinition>,
): string | undefined {
  return tools.has(tool.name) ? 'The server lists another tool of the same name before it.' : undefined;
}

/** Real definitions nest some twenty levels; what nests hundreds breaks whatever walks over it. */
const definitionDepthMax = 100;

function isDeeperThan(value: unknown, depthMax: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** Undefined where the nesting exceeds the stack: parsing has no such limit, writing has. */
function jsonBytes(value: unknown): number | undefined {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function nameReason(name: unknown): string {
  if (typeof name !== 'string') return `Its name is ${kindOf(name)}, not a string.`;
  return name === ''
    ? 'Its name is empty.'
    : `Its name has ${name.length} characters; at most 128 are allowed.`;
}

function nameOf(value: unknown, index: number): string {
  const name = objectSchema.safeParse(value).data?.name;
  return typeof name === 'string' && name !== '' ? name.slice(0, 128) : `#${index + 1}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
