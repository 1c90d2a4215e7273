/** Makes a plain schema one that TypeScript accepts: no alias that is nothing but itself, no explosion of alternatives. */
import { type PlainSchema, unknownType } from './plain-types.ts';

/** Members that the alternatives of one type may multiply to; the compiler gives up at 100,000. */
const alternativesMax = 600;

/** `type A = A | string` does not compile: a reference that leads back without an object or a list between goes. */
export function breakAliasCycles($defs: Record<string, PlainSchema>): void {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (schema: PlainSchema, instead: 'never' | 'unknown'): void => {
    for (const member of schema.anyOf ?? []) visit(member, 'never');
    for (const part of schema.allOf ?? []) visit(part, schema.allOf?.length === 1 ? instead : 'unknown');
    const key = schema.$ref?.slice('#/$defs/'.length);
    if (key === undefined) return;
    if (state.get(key) === 'open') {
      delete schema.$ref;
      schema.tsType = instead;
      return;
    }
    visitDefinition(key);
  };
  const visitDefinition = (key: string): void => {
    const body = $defs[key];
    if (!body || state.has(key)) return;
    state.set(key, 'open');
    visit(body, 'unknown');
    state.set(key, 'done');
  };
  for (const key of Object.keys($defs)) visitDefinition(key);
}

/** `(A | B) & (C | D)` has four members: combinations that multiply beyond reason become unknown. */
export function boundAlternatives(root: PlainSchema, $defs: Record<string, PlainSchema>): void {
  const counts = new Map<string, number>();
  const count = (schema: PlainSchema): number => {
    for (const child of childrenOf(schema)) count(child);
    if (schema.$ref !== undefined) return countDefinition(schema.$ref.slice('#/$defs/'.length));
    if (schema.enum) return schema.enum.length;
    if (schema.anyOf) return schema.anyOf.reduce((sum, member) => sum + count(member), 0);
    if (!schema.allOf) return 1;
    const product = schema.allOf.reduce((factor, part) => factor * count(part), 1);
    if (product <= alternativesMax) return product;
    delete schema.allOf;
    schema.tsType = unknownType;
    return 1;
  };
  const countDefinition = (key: string): number => {
    const known = counts.get(key);
    if (known !== undefined) return known;
    counts.set(key, 1);
    const body = $defs[key];
    const counted = body ? count(body) : 1;
    counts.set(key, counted);
    return counted;
  };
  count(root);
  for (const key of Object.keys($defs)) countDefinition(key);
}

/** The schemas of properties and items: what `count` must look into but not multiply. */
function childrenOf(schema: PlainSchema): PlainSchema[] {
  const children = Object.values(schema.properties ?? {});
  if (typeof schema.additionalProperties === 'object') children.push(schema.additionalProperties);
  if (typeof schema.additionalItems === 'object') children.push(schema.additionalItems);
  if (schema.items) children.push(...(Array.isArray(schema.items) ? schema.items : [schema.items]));
  return children;
}
