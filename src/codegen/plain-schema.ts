/**
 * A server's JSON Schema -> a plain one: few keywords, bounded, and without a word of the server's own.
 *
 * json-schema-to-typescript has escape hatches (`tsType`, `tsEnumNames`, `extends`), turns names into declarations,
 * copies some text unescaped, and reads references to files. So it is given only what is built here: every
 * description, name and value that is not a plain word stands in it as a placeholder (`docQ3Q`), put back
 * afterwards, escaped. Drafts differ only here as well: `prefixItems`, `$defs`, `nullable`, type arrays.
 */
import {
  emptyObject,
  intersection,
  openObject,
  type PlainSchema,
  union,
  unknownSchema,
  unknownType,
} from './plain-types.ts';
import { boundAlternatives, breakAliasCycles } from './schema-bounds.ts';
import { commentText } from './text.ts';

/** The plain schema with what its placeholders stand for: `nameQ0Q` is `names[0]`, and so on. */
export interface PlainDocument {
  readonly schema: PlainSchema;
  readonly names: readonly string[];
  readonly texts: readonly string[];
  /** Ready for a comment. */
  readonly docs: readonly string[];
  /** Of the sub-types: `TypeQ0Q` wants to be called `typeNames[0]`. */
  readonly typeNames: readonly string[];
}

/** Words that could be taken for a placeholder. */
export const placeholderLike = /Q\d+Q/;

/** Reads one schema. Never throws; what is too deep or too much becomes `unknown`, with a comment saying so. */
export function plainSchema(root: unknown): PlainDocument {
  const reader = new SchemaReader(root);
  const schema = reader.readRoot();
  return { schema, ...reader.words };
}

const schemaNodesMax = 6_000;
const schemaDepthMax = 48;
const enumValuesMax = 400;
const tupleItemsMax = 32;
const descriptionCharactersMax = 300;

interface Definition {
  readonly key: string;
  schema: PlainSchema | undefined;
}

class SchemaReader {
  readonly words: { names: string[]; texts: string[]; docs: string[]; typeNames: string[] } = {
    names: [],
    texts: [],
    docs: [],
    typeNames: [],
  };
  readonly #root: unknown;
  readonly #definitions = new Map<object, Definition>();
  #nodes = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  readRoot(): PlainSchema {
    const root = isObject(this.#root) ? { ...this.#root } : this.#root;
    // A tool's own description stands above its arguments already.
    if (isObject(root)) delete root.description;
    const schema = this.#read(root, 0);
    const $defs: Record<string, PlainSchema> = {};
    for (const { key, schema: body } of this.#definitions.values()) $defs[key] = body ?? unknownSchema();
    breakAliasCycles($defs);
    boundAlternatives(schema, $defs);
    return { ...schema, $defs };
  }

  #read(node: unknown, depth: number): PlainSchema {
    if (node === false) return { tsType: 'never' };
    if (!isObject(node)) return unknownSchema();
    this.#nodes += 1;
    if (this.#nodes > schemaNodesMax || depth > schemaDepthMax) {
      return this.#documented(unknownSchema(), 'Not typed further: this schema is too large.');
    }
    const own = this.#own(node, depth);
    const composed: PlainSchema[] = [];
    const reference = typeof node.$ref === 'string' ? node.$ref : undefined;
    const target = reference === undefined ? undefined : this.#resolve(reference);
    if (reference !== undefined && target !== undefined)
      composed.push(this.#reference(reference, target, depth));
    const unresolved = reference !== undefined && target === undefined;
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = node[keyword];
      if (Array.isArray(branches) && branches.length > 0) {
        composed.push(union(branches.map((branch) => this.#read(branch, depth + 1))));
      }
    }
    if (Array.isArray(node.allOf)) {
      for (const part of node.allOf) composed.push(this.#read(part, depth + 1));
    }
    const telling = composed.filter((part) => part.tsType !== unknownType);
    let schema = intersection(own ? [own, ...telling] : telling);
    if (node.nullable === true && !(Array.isArray(node.enum) && node.enum.includes(null))) {
      schema = union([schema, { type: 'null' }]);
    }
    const elsewhere = unresolved ? ' (not typed: this schema refers to another document)' : '';
    return this.#documented(schema, documentation(node) + elsewhere);
  }

  /** The type that a node's own keywords give, apart from references and combinations. */
  #own(node: JsonObject, depth: number): PlainSchema | undefined {
    if (Array.isArray(node.enum)) return this.#literals(node.enum);
    if ('const' in node) return this.#literals([node.const]);
    const type = node.type;
    if (Array.isArray(type)) {
      const types = [...new Set(type)].map((one) => this.#typed(node, one, depth));
      return types.length > 0 ? union(types) : undefined;
    }
    if (type !== undefined) return this.#typed(node, type, depth);
    if (
      ['properties', 'required', 'additionalProperties', 'patternProperties'].some((key) => isIn(node, key))
    ) {
      return this.#object(node, depth);
    }
    return isIn(node, 'items') || isIn(node, 'prefixItems') ? this.#array(node, depth) : undefined;
  }

  #typed(node: JsonObject, type: unknown, depth: number): PlainSchema {
    switch (type) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return { type };
      case 'integer':
        return { type: 'number' };
      case 'object':
        return this.#object(node, depth);
      case 'array':
        return this.#array(node, depth);
      default:
        return unknownSchema();
    }
  }

  /**
   * Properties that the schema does not name are allowed only where it says so (`additionalProperties` true or a
   * schema, or no `properties` at all). JSON Schema allows them by default, but a misspelt argument that no
   * compiler and no server complains about costs an agent more than a rare undeclared one, which a cast gives.
   */
  #object(node: JsonObject, depth: number): PlainSchema {
    const properties: Record<string, PlainSchema> = {};
    const required = new Set(Array.isArray(node.required) ? node.required : []);
    const requiredKeys: string[] = [];
    const declared = isObject(node.properties) ? Object.entries(node.properties) : [];
    for (const [name, property] of declared) {
      const key = this.#word(name, this.words.names, 'name');
      properties[key] = this.#read(property, depth + 1);
      if (required.has(name) || (isObject(property) && property.required === true)) requiredKeys.push(key);
      required.delete(name);
    }
    for (const name of required) {
      if (typeof name !== 'string') continue;
      const key = this.#word(name, this.words.names, 'name');
      properties[key] = unknownSchema();
      requiredKeys.push(key);
    }
    const additionalProperties = this.#additional(
      node,
      requiredKeys.length > 0 || isIn(node, 'properties'),
      depth,
    );
    if (Object.keys(properties).length === 0 && additionalProperties === false)
      return { tsType: emptyObject };
    return { type: 'object', properties, required: requiredKeys, additionalProperties };
  }

  #additional(node: JsonObject, namesSome: boolean, depth: number): boolean | PlainSchema {
    const rest = node.additionalProperties ?? node.unevaluatedProperties;
    const patterns = isObject(node.patternProperties) ? Object.values(node.patternProperties) : [];
    const members = patterns.map((pattern) => this.#read(pattern, depth + 1));
    if (rest === true || (rest === undefined && members.length === 0 && !namesSome)) return true;
    if (isObject(rest)) members.push(this.#read(rest, depth + 1));
    if (members.length === 0) return false;
    const all = union(members);
    return all.tsType === unknownType ? true : all;
  }

  /** A tuple has all its items: a server that allows fewer still takes all, and results read better so. */
  #array(node: JsonObject, depth: number): PlainSchema {
    const items = Array.isArray(node.prefixItems) ? node.prefixItems : node.items;
    if (!Array.isArray(items)) return { type: 'array', items: this.#read(items, depth + 1) };
    if (items.length === 0 || items.length > tupleItemsMax) return { type: 'array', items: unknownSchema() };
    const rest = Array.isArray(node.prefixItems) ? node.items : node.additionalItems;
    const schema: PlainSchema = { type: 'array', items: items.map((item) => this.#read(item, depth + 1)) };
    schema.additionalItems = isObject(rest) ? this.#read(rest, depth + 1) : rest === true;
    return schema;
  }

  #literals(values: readonly unknown[]): PlainSchema {
    const literals = new Set<string | number | boolean | null>();
    const others: PlainSchema[] = [];
    for (const value of values) {
      if (typeof value === 'string') literals.add(value);
      else if (typeof value === 'number' || typeof value === 'boolean' || value === null) literals.add(value);
      else others.push(Array.isArray(value) ? { type: 'array', items: unknownSchema() } : openObject());
    }
    if (literals.size > enumValuesMax) {
      const types = new Set([...literals].map((value) => (value === null ? 'null' : typeof value)));
      return union([...types].map((type) => ({ type: type as 'string' | 'number' | 'boolean' | 'null' })));
    }
    const words = [...literals].map((value) =>
      typeof value === 'string' ? this.#word(value, this.words.texts, 'text') : value,
    );
    if (words.length === 0) return others[0] ?? { tsType: 'never' };
    return others[0] ? union([{ enum: words }, others[0]]) : { enum: words };
  }

  /** References are followed within the document only: what points to a file or a network stays unknown. */
  #reference(reference: string, target: unknown, depth: number): PlainSchema {
    if (!isObject(target)) return this.#read(target, depth);
    let definition = this.#definitions.get(target);
    if (!definition) {
      const index = this.words.typeNames.push(reference.split('/').at(-1) ?? '') - 1;
      definition = { key: `TypeQ${index}Q`, schema: undefined };
      this.#definitions.set(target, definition);
      definition.schema = this.#read(target, depth + 1);
    }
    const body = definition.schema;
    // A short type reads better in its place than by a name.
    if (
      body &&
      !('properties' in body) &&
      JSON.stringify(body).length < 200 &&
      !JSON.stringify(body).includes('$ref')
    ) {
      return structuredClone(body);
    }
    return { $ref: `#/$defs/${definition.key}` };
  }

  #resolve(reference: string): unknown {
    if (!isObject(this.#root)) return undefined;
    const id = this.#root.$id;
    const local =
      typeof id === 'string' && id !== '' && reference.startsWith(`${id}#`)
        ? reference.slice(id.length)
        : reference;
    if (local === '#') return this.#root;
    if (!local.startsWith('#/')) return undefined;
    let node: unknown = this.#root;
    for (const part of local.slice(2).split('/')) {
      const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined;
      node = (node as JsonObject)[key];
    }
    return node;
  }

  #documented(schema: PlainSchema, text: string): PlainSchema {
    const doc = commentText(text, 2 * descriptionCharactersMax);
    if (doc === '') return schema;
    const index = this.words.docs.push(doc) - 1;
    const bare: PlainSchema = schema.$ref === undefined ? { ...schema } : { allOf: [schema] };
    return { ...bare, description: `docQ${index}Q` };
  }

  #word(text: string, store: string[], kind: 'name' | 'text'): string {
    const plain = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(text) && !placeholderLike.test(text);
    if (plain && !(text in Object.prototype)) return text;
    return `${kind}Q${store.push(text) - 1}Q`;
  }
}

type JsonObject = { [key: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIn(node: JsonObject, keyword: string): boolean {
  return node[keyword] !== undefined && node[keyword] !== null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The description, and those constraints that a type does not express but a caller must keep to. */
function documentation(node: JsonObject): string {
  const description =
    typeof node.description === 'string' ? commentText(node.description, descriptionCharactersMax) : '';
  const facts: string[] = [];
  const short = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, 60);
  for (const [keyword, label] of factLabels) {
    if (isIn(node, keyword) && typeof node[keyword] !== 'object' && !isAnyWholeNumber(node[keyword]))
      facts.push(`${label} ${short(node[keyword])}`);
  }
  if (Array.isArray(node.enum) && node.enum.length > enumValuesMax)
    facts.push(`one of ${node.enum.length} values`);
  if (node.type === 'integer') facts.push('integer');
  if (node.deprecated === true) facts.push('deprecated');
  const extra = facts.length > 0 ? `(${facts.join(', ')})` : '';
  return [description, extra].filter((text) => text !== '').join(' ');
}

/** The bounds that schema libraries give every whole number: for a reader they are none. */
function isAnyWholeNumber(bound: unknown): boolean {
  return typeof bound === 'number' && Math.abs(bound) === Number.MAX_SAFE_INTEGER;
}

const factLabels: readonly (readonly [string, string])[] = [
  ['default', 'default'],
  ['format', 'format'],
  ['pattern', 'pattern'],
  ['minimum', 'min'],
  ['maximum', 'max'],
  ['minLength', 'min length'],
  ['maxLength', 'max length'],
  ['minItems', 'min items'],
  ['maxItems', 'max items'],
];
