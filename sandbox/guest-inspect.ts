/** Values as text for people, in the manner of node's console: readable, and bounded in depth, items and length. */
import { scriptFile } from './bridge.ts';
import { readStack, scriptFrames } from './guest-stack.ts';
import { toolErrors } from './guest-tool-error.ts';

const depthMax = 6;
const itemsMax = 100;
const charactersMax = 20_000;
const stringCharactersMax = 10_000;
const lineCharactersMax = 76;

/** Never throws: what cannot be read is shown as such. */
export function inspect(value: unknown): string {
  try {
    return new Inspector().inspect(value, 0, '');
  } catch {
    return '[cannot be shown]';
  }
}

/** The arguments of a console method: format directives in the first, strings bare, the rest inspected. */
export function formatArguments(values: readonly unknown[]): string {
  const first = values[0];
  let used = 0;
  let text = '';
  if (typeof first === 'string') {
    used = 1;
    text =
      values.length === 1 || !first.includes('%')
        ? first
        : first.replace(/%([sdifjoOc%])/g, (directive, letter: string) => {
            if (letter === '%') return '%';
            return used < values.length ? directed(letter, values[used++]) : directive;
          });
  }
  for (let index = used; index < values.length; index++) {
    const value = values[index];
    text += `${index === 0 ? '' : ' '}${typeof value === 'string' ? value : inspect(value)}`;
  }
  return text;
}

function directed(letter: string, value: unknown): string {
  switch (letter) {
    case 's':
      return typeof value === 'string' ? value : inspect(value);
    case 'd':
      return typeof value === 'bigint'
        ? `${value}n`
        : `${typeof value === 'object' ? Number.NaN : Number(value)}`;
    case 'i':
      return `${typeof value === 'object' ? Number.NaN : Number.parseInt(String(value), 10)}`;
    case 'f':
      return `${typeof value === 'symbol' ? Number.NaN : Number.parseFloat(String(value))}`;
    case 'j':
      return JSON.stringify(value) ?? 'undefined';
    case 'c':
      return '';
    default:
      return inspect(value);
  }
}

class Inspector {
  readonly #ancestors: object[] = [];
  #characters = 0;

  inspect(value: unknown, depth: number, indent: string): string {
    const text = this.#text(value, depth, indent);
    if (typeof value !== 'object' || value === null) this.#characters += text.length;
    return text;
  }

  #text(value: unknown, depth: number, indent: string): string {
    switch (typeof value) {
      case 'string':
        return quoted(value);
      case 'bigint':
        return `${value}n`;
      case 'number':
        return Object.is(value, -0) ? '-0' : `${value}`;
      case 'symbol':
        return value.toString();
      case 'function':
        return functionLabel(value);
      case 'object':
        return value === null ? 'null' : this.#object(value, depth, indent);
      default:
        return `${value}`;
    }
  }

  #object(value: object, depth: number, indent: string): string {
    if (this.#ancestors.includes(value)) return '[Circular]';
    if (this.#characters > charactersMax) return '...';
    const leaf = leafText(value);
    if (leaf !== undefined) return leaf;
    const label = labelOf(value);
    if (depth >= depthMax) return Array.isArray(value) ? '[Array]' : `[${label || 'Object'}]`;
    this.#ancestors.push(value);
    const text = this.#parts(value, label, depth, indent);
    this.#ancestors.pop();
    return text;
  }

  #parts(value: object, label: string, depth: number, indent: string): string {
    const inner = `${indent}  `;
    const show = (item: unknown) => this.inspect(item, depth + 1, inner);
    if (value instanceof Error) return this.#error(value, show, indent);
    const list = listOf(value);
    if (list !== undefined) {
      const items = list
        .slice(0, itemsMax)
        .map((item) => (item instanceof Pair ? `${show(item.key)} => ${show(item.value)}` : show(item)));
      if (list.length > itemsMax) items.push(`... ${list.length - itemsMax} more`);
      const named = Array.isArray(value) ? this.#properties(value, show, (key) => /^\d+$/.test(key)) : [];
      const plain = Array.isArray(value);
      const head = plain && label === 'Array' ? '' : `${label || 'Array'}(${list.length}) `;
      return plain || ArrayBuffer.isView(value)
        ? joined(head, '[', [...items, ...named], ']', indent)
        : joined(head, '{', items, '}', indent);
    }
    return joined(
      label === '' || label === 'Object' ? '' : `${label} `,
      '{',
      this.#properties(value, show),
      '}',
      indent,
    );
  }

  #error(error: Error, show: (item: unknown) => string, indent: string): string {
    const header = errorText(error).replaceAll('\n', `\n${indent}`);
    const known = toolErrors.failureOf(error) ? ['content'] : [];
    const named = this.#properties(error, show, (key) => known.includes(key));
    if (Object.hasOwn(error, 'cause')) named.push(`[cause]: ${show(error.cause)}`);
    if (error instanceof AggregateError) named.push(`[errors]: ${show(error.errors)}`);
    return named.length === 0 ? header : `${header} ${joined('', '{', named, '}', indent)}`;
  }

  #properties(
    value: object,
    show: (item: unknown) => string,
    skip: (key: string) => boolean = () => false,
  ): string[] {
    const keys = Object.keys(value).filter((key) => !skip(key));
    const parts = keys.slice(0, itemsMax).map((key) => `${keyText(key)}: ${propertyText(value, key, show)}`);
    if (keys.length > itemsMax) parts.push(`... ${keys.length - itemsMax} more`);
    return parts;
  }
}

class Pair {
  readonly key: unknown;
  readonly value: unknown;

  constructor(key: unknown, value: unknown) {
    this.key = key;
    this.value = value;
  }
}

/** Getters are not run, as in node. */
function propertyText(value: object, key: string, show: (item: unknown) => string): string {
  const property = Object.getOwnPropertyDescriptor(value, key);
  if (property && !('value' in property)) return property.set ? '[Getter/Setter]' : '[Getter]';
  return show(property?.value);
}

function listOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return Array.from(value, ([key, item]) => new Pair(key, item));
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from((value as Uint8Array).subarray(0, itemsMax + 1));
  return undefined;
}

function leafText(value: object): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return `/${value.source}/${value.flags}`;
  if (value instanceof Promise) return 'Promise (await it to see its value)';
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return `[${labelOf(value)}: ${value}]`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
    return `${labelOf(value)} { <items unknown> }`;
  return undefined;
}

function labelOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return '[Object: null prototype]';
  const { constructor } = prototype as { constructor?: unknown };
  return typeof constructor === 'function' && typeof constructor.name === 'string' ? constructor.name : '';
}

function functionLabel(value: object): string {
  const { name } = value as { name?: unknown };
  const kind = /^class\b/.test(Function.prototype.toString.call(value).slice(0, 6)) ? 'class' : 'Function';
  return typeof name === 'string' && name !== '' ? `[${kind}: ${name}]` : `[${kind} (anonymous)]`;
}

function quoted(text: string): string {
  const shown = text.length > stringCharactersMax ? text.slice(0, stringCharactersMax) : text;
  const rest =
    text.length > stringCharactersMax ? `... ${text.length - stringCharactersMax} more characters` : '';
  const mark = !shown.includes("'") ? "'" : !shown.includes('"') ? '"' : '`';
  const escaped = JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"');
  return `${mark}${mark === '`' ? escaped.replaceAll('`', '\\`') : escaped}${mark}${rest}`;
}

function keyText(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : quoted(key);
}

function joined(head: string, open: string, parts: readonly string[], close: string, indent: string): string {
  if (parts.length === 0) return `${head}${open}${close}`;
  const width = parts.reduce((sum, part) => sum + part.length + 2, head.length + indent.length);
  if (width <= lineCharactersMax && !parts.some((part) => part.includes('\n'))) {
    return `${head}${open} ${parts.join(', ')} ${close}`;
  }
  return `${head}${open}\n${parts.map((part) => `${indent}  ${part}`).join(',\n')}\n${indent}${close}`;
}

/** Name and message, and the frames of the script: others say nothing to its author. */
function errorText(error: Error): string {
  const frames = scriptFrames(readStack(error)).map(({ line, column, function: name }) => {
    const place = `${scriptFile}:${line}:${column}`;
    return `\n    at ${name === undefined ? place : `${name} (${place})`}`;
  });
  const { name, message } = error;
  return `${name}${message === '' ? '' : `: ${message}`}${frames.join('')}`;
}
