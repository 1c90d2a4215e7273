/**
 * What json-schema-to-typescript makes of a plain schema, written down directly: loading it takes longer than a first call
 * may wait, and a plain schema is simple. A test holds both against each other, byte by byte; what this does not know,
 * the compiler is asked for.
 */
import type { PlainSchema } from './plain-types.ts';

/** The declarations of `Root` and of the types that it names; undefined where it takes the compiler. */
export function directType(root: PlainSchema): string | undefined {
  try {
    return new Writer(root.$defs ?? {}).write(root);
  } catch (error) {
    if (error === needsCompiler) return undefined;
    throw error;
  }
}

/** Thrown from wherever it is noticed. */
const needsCompiler = new Error('this schema takes the compiler');
const definitionsPath = '#/$defs/';

class Writer {
  readonly #definitions: Readonly<Record<string, PlainSchema>>;
  readonly #aliases = new Map<string, string>();
  readonly #interfaces = new Map<string, string>();
  #hasDuplicates = false;
  #hasTuples = false;

  constructor(definitions: Readonly<Record<string, PlainSchema>>) {
    this.#definitions = definitions;
  }

  write(root: PlainSchema): string {
    this.#declare('Root', root);
    // In tuples, and in types that lead back to themselves, the compiler leaves some of them.
    const hasNames = this.#aliases.size + this.#interfaces.size > 1;
    if (this.#hasDuplicates && (hasNames || this.#hasTuples)) throw needsCompiler;
    return `${[...this.#aliases.values(), ...this.#interfaces.values()].join('\n')}\n`;
  }

  /** Of interfaces, one stands above those that it names; aliases come before all of them. */
  #declare(name: string, schema: PlainSchema): void {
    if (schema.$ref !== undefined) throw needsCompiler;
    const isInterface = schema.type === 'object';
    const group = isInterface ? this.#interfaces : this.#aliases;
    if (group.has(name)) return;
    // One that another alias names would stand elsewhere.
    if (!isInterface && name !== 'Root') throw needsCompiler;
    group.set(name, '');
    const text = isInterface
      ? `interface ${name} ${this.#object(schema)}`
      : `type ${name} = ${this.#type(schema)}`;
    group.set(name, `${name === 'Root' ? '' : describe(schema.description)}export ${text}`);
  }

  #type(schema: PlainSchema): string {
    if (schema.$ref !== undefined) return this.#named(schema.$ref);
    if (schema.tsType !== undefined) return schema.tsType;
    const members = this.#members(schema);
    if (members) {
      const [only = ''] = members;
      return members.length === 1 ? only : `(${members.join(schema.allOf ? ' & ' : ' | ')})`;
    }
    if (schema.type === 'object') return this.#object(schema);
    if (schema.type === 'array') return this.#list(schema);
    if (schema.type === undefined) throw needsCompiler;
    return schema.type;
  }

  #named(reference: string): string {
    const key = reference.slice(definitionsPath.length);
    const definition = this.#definitions[key];
    if (!definition) throw needsCompiler;
    this.#declare(key, definition);
    return key;
  }

  /** Of a union or an intersection, each once. */
  #members({ anyOf, allOf, enum: values }: PlainSchema): string[] | undefined {
    const parts = anyOf ?? allOf;
    const texts = parts
      ? parts.map((part) => this.#type(part))
      : values?.map((value) => JSON.stringify(value));
    if (!texts) return undefined;
    const members = [...new Set(texts)];
    if (members.length < texts.length) this.#hasDuplicates = true;
    return members;
  }

  #list({ items = {}, additionalItems }: PlainSchema): string {
    if (Array.isArray(items)) {
      this.#hasTuples = true;
      const rest = additionalItems === true ? 'unknown' : additionalItems && this.#type(additionalItems);
      const all = [...items.map((item) => this.#type(item)), ...(rest ? [`...(${rest})[]`] : [])];
      return `[${all.join(', ')}]`;
    }
    const type = this.#type(items);
    return type.endsWith('"') ? `(${type})[]` : `${type}[]`;
  }

  #object({ properties = {}, required = [], additionalProperties }: PlainSchema): string {
    const needed = new Set(required);
    const lines = Object.entries(properties).map(([name, property]) => {
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
      return `${this.#comment(property)}${key}${needed.has(name) ? '' : '?'}: ${this.#type(property)}`;
    });
    if (additionalProperties === true) lines.push('[k: string]: unknown');
    else if (additionalProperties) {
      // Beside others, what the schema allows would have to be widened by all of them.
      if (lines.length > 0) throw needsCompiler;
      lines.push(`${this.#comment(additionalProperties)}[k: string]: ${this.#index(additionalProperties)}`);
    }
    return `{\n${lines.join('\n')}\n}`;
  }

  /** Here a union stands without brackets, and unions in it are none of their own. */
  #index(schema: PlainSchema): string {
    const members = this.#flatMembers(schema);
    return members.length === 1 ? this.#type(schema) : members.join(' | ');
  }

  #flatMembers(schema: PlainSchema): string[] {
    const { anyOf, enum: values } = schema;
    if (anyOf?.some(({ tsType, $ref }) => tsType !== undefined || $ref !== undefined)) throw needsCompiler;
    const members = anyOf?.flatMap((member) => this.#flatMembers(member));
    return [...new Set(members ?? (values ? this.#members(schema) : undefined) ?? [this.#type(schema)])];
  }

  /** A list has no place for what is said of its items but its own comment; what has a name has its comment there. */
  #comment(schema: PlainSchema): string {
    if (schema.$ref !== undefined) return '';
    const texts = [schema.description, itemsComment(schema)];
    return describe(texts.filter((text) => text !== undefined).join('\n\n'));
  }
}

/** Where all of them say the same. */
function itemsComment({ type, items, additionalItems }: PlainSchema): string | undefined {
  if (type !== 'array' || !items) return undefined;
  const all = [items, additionalItems].flat().filter((one) => one !== undefined && one !== false);
  const said = new Set(all.map((one) => (one === true || hasOwnPlace(one) ? undefined : one.description)));
  const [text] = said;
  return said.size === 1 && text !== undefined ? `Items: ${text}` : undefined;
}

function hasOwnPlace({ type, $ref }: PlainSchema): boolean {
  return type === 'array' || $ref !== undefined;
}

function describe(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `/**\n${text.replace(/^/gm, ' * ')}\n */\n`;
}
