/** Policies as other programs see them: what a client is told of one, and what calling it does to the world. */
import type { Catalog } from '../catalog/catalog.ts';
import { compactSchema } from '../catalog/compact-schema.ts';
import type { JsonObject, Tool } from '../catalog/tool.ts';
import { Permission } from '../execution/permission.ts';
import type { Policy } from './policy.ts';

/** The protocol's annotations; the worst of all tools that it may call. */
export interface PolicyAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** By what it lists; a tool that is not there may do anything. */
export function annotationsOf(
  { name, declaration }: Pick<Policy, 'name' | 'declaration'>,
  catalog: Pick<Catalog, 'servers'>,
): PolicyAnnotations {
  const permission = new Permission({ policy: name, tools: declaration.tools });
  const servers = catalog.servers();
  const tools = servers.flatMap((server) => server.tools).filter((tool) => permission.allows(tool));
  const isKnown = declaration.tools.every((address) =>
    tools.some((tool) => new Permission({ policy: name, tools: [address] }).allows(tool)),
  );
  const all = (holds: (tool: Tool) => boolean) => isKnown && tools.every(holds);
  const hint = (tool: Tool, key: string) => tool.definition.annotations?.[key];
  return {
    readOnlyHint: all(({ effect }) => effect === 'read'),
    destructiveHint: !all((tool) => tool.effect === 'read' || hint(tool, 'destructiveHint') === false),
    idempotentHint: all(({ repeatable }) => repeatable),
    openWorldHint: !all((tool) => hint(tool, 'openWorldHint') === false),
  };
}

/** As `tools/list` has it: in few characters, since it is read before every call. */
export function toolDefinition(policy: Policy, catalog: Pick<Catalog, 'servers'>): JsonObject {
  const { name, declaration } = policy;
  const { description, input } = declaration;
  const output = structuredOutput(policy);
  return {
    name,
    description,
    inputSchema: compactSchema(input),
    ...(output && { outputSchema: compactSchema(output) }),
    ...toldAnnotations(annotationsOf(policy, catalog)),
  };
}

/** Without those that say what is assumed where nothing is said. */
function toldAnnotations(all: PolicyAnnotations): { annotations?: Partial<PolicyAnnotations> } {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = all;
  const annotations = {
    ...(readOnlyHint && { readOnlyHint }),
    // Of what reads only, neither means anything.
    ...(!readOnlyHint && !destructiveHint && { destructiveHint }),
    ...(!readOnlyHint && idempotentHint && { idempotentHint }),
    ...(!openWorldHint && { openWorldHint }),
  };
  return Object.keys(annotations).length > 0 ? { annotations } : {};
}

/** The schema of its result, where the protocol has a place for such a result. */
export function structuredOutput({ declaration }: Policy): JsonObject | undefined {
  return declaration.output?.type === 'object' ? declaration.output : undefined;
}

/** As `prompts/list` has it: one argument for each property of the input. */
export function promptDefinition({ name, declaration }: Policy): JsonObject {
  const { properties, required } = declaration.input;
  const names = Array.isArray(required) ? required : [];
  const fields = Object.entries((properties ?? {}) as Record<string, JsonObject>);
  return {
    name,
    description: declaration.description,
    arguments: fields.map(([field, { description }]) => ({
      name: field,
      ...(typeof description === 'string' && { description }),
      required: names.includes(field),
    })),
  };
}

/**
 * The input out of a prompt's arguments, which are all texts: JSON where the field takes something else than a text.
 * What cannot be read as JSON stays a text, for the schema to refuse.
 */
export function inputOfTexts(
  { declaration }: Policy,
  texts: { readonly [name: string]: unknown },
): JsonObject {
  const properties = (declaration.input.properties ?? {}) as Record<string, JsonObject>;
  const entries = Object.entries(texts).map(([name, text]) => {
    const isText = Object.hasOwn(properties, name) && properties[name]?.type === 'string';
    return [name, isText || typeof text !== 'string' ? text : parsed(text)];
  });
  return Object.fromEntries(entries);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
