/** The names of a tool's arguments, for whoever has misspelt one. */
import { nearestNames } from './names.ts';
import type { JsonObject, ToolDefinition } from './tool.ts';

const namesMax = 400;
const depthMax = 8;

/** The nearest name to one that a tool's arguments do not have: at their top first, then anywhere inside. */
export function nearestProperty(
  { inputSchema }: Pick<ToolDefinition, 'inputSchema'>,
  name: string,
): string | undefined {
  const top = Object.keys(propertiesOf(inputSchema));
  return nearestName(name, top) ?? nearestName(name, namesWithin(inputSchema));
}

/** Of a name of a letter or two, every other one is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  return name.length < 3 ? undefined : nearestNames(name, known, 1)[0];
}

/** A schema's properties by name; empty for what is no object schema. */
export function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const properties = isObject(schema) ? schema.properties : undefined;
  return isObject(properties) ? properties : {};
}

/** Names of the arguments that must be there; empty for what is no object schema. */
export function requiredOf(schema: unknown): readonly string[] {
  const required = isObject(schema) ? schema.required : undefined;
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

/** Wherever in the schema: under references, in lists, in alternatives. */
function namesWithin(schema: unknown): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown, depth: number): void => {
    if (depth > depthMax || names.size >= namesMax || typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(propertiesOf(value))) names.add(name);
    for (const inner of Object.values(value)) visit(inner, depth + 1);
  };
  visit(schema, 0);
  return names;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
