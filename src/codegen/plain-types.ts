/** The few forms of JSON Schema that the compiler of types gets to see, and how they combine. */

/** What json-schema-to-typescript gets to see. `tsType` is only ever one of the constants below. */
export interface PlainSchema {
  $ref?: string;
  $defs?: Record<string, PlainSchema>;
  tsType?: string;
  description?: string;
  type?: 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';
  enum?: (string | number | boolean | null)[];
  properties?: Record<string, PlainSchema>;
  required?: string[];
  additionalProperties?: boolean | PlainSchema;
  items?: PlainSchema | PlainSchema[];
  additionalItems?: boolean | PlainSchema;
  anyOf?: PlainSchema[];
  allOf?: PlainSchema[];
}

export const unknownType = 'unknown';
export const emptyObject = '{ [key: string]: never }';

/** Of anything. */
export function unknownSchema(): PlainSchema {
  return { tsType: unknownType };
}

/** Of any object. */
export function openObject(): PlainSchema {
  return { type: 'object', properties: {}, required: [], additionalProperties: true };
}

function isOpenObject(schema: PlainSchema): boolean {
  return schema.additionalProperties === true && Object.keys(schema.properties ?? {}).length === 0;
}

/** Of one of them; the member itself where it is one. */
export function union(members: PlainSchema[]): PlainSchema {
  const [only] = members;
  if (members.length === 1 && only) return only;
  return members.some((member) => member.tsType === unknownType) ? unknownSchema() : { anyOf: members };
}

/** A bare `type: "object"` beside others would allow any property in each of them, a closed empty one none. */
export function intersection(parts: PlainSchema[]): PlainSchema {
  const telling = parts.filter((part) => part.tsType !== emptyObject && !isOpenObject(part));
  const kept = telling.length > 0 ? telling : parts.slice(0, 1);
  return kept.length > 1 ? { allOf: kept } : (kept[0] ?? unknownSchema());
}
