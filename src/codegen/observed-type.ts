/** An observed shape -> TypeScript, as the result type of a tool that declares none. */
import type { ObjectShape, PropertyShape, Shape } from '../catalog/observed-shape.ts';
import { toldWords } from '../catalog/observed-words.ts';
import type { Tool } from '../catalog/tool.ts';
import { jsDoc, quote } from './text.ts';
import type { ToolTypes } from './tool-types.ts';

const note = 'observed, not declared; fields may be absent or differ.';

/**
 * The types with what was observed put in for the results that are not declared.
 *
 * Never for the type check of scripts: an observation is no promise, and however loosely it is typed, it makes errors of
 * honest code. `Array.isArray(r) ? r : r.items` fails where only lists were seen, `if (typeof r === 'string')` where no
 * text was, and a script that ran yesterday fails once a field was found missing. There such results are `any`.
 *
 * @param open objects may have properties that were not seen, so that code of users may read them: for files. Closed
 *   ones are shorter, for readers.
 */
export function withObserved(
  tools: readonly Tool[],
  types: ReadonlyMap<string, ToolTypes>,
  { open }: { open: boolean },
): Map<string, ToolTypes> {
  const all = new Map(types);
  for (const { flatName, observed } of tools) {
    const known = all.get(flatName);
    if (!observed || !known || known.result) continue;
    const result = { type: observedType(observed, open), subTypes: [] };
    all.set(flatName, { ...known, result, resultNote: note });
  }
  return all;
}

/** Laid out from column 0. Equal knowledge gives equal text. */
export function observedType(shape: Shape, open: boolean): string {
  return typeOf(shape, '', open);
}

const anything = 'any';

function typeOf(shape: Shape, indent: string, open: boolean): string {
  if (shape.any) return anything;
  const types = [
    ...(shape.boolean ? ['boolean'] : []),
    ...(shape.number ? ['number'] : []),
    ...(shape.string ? ['string'] : []),
    ...(shape.array ? [listOf(shape.array, indent, open)] : []),
    ...(shape.object ? [objectOf(shape.object, indent, open)] : []),
  ];
  // Null alone says nothing of what stands there otherwise.
  if (types.length === 0 || types.includes(anything)) return anything;
  return [...types, ...(shape.null ? ['null'] : [])].join(' | ');
}

function listOf(items: Shape, indent: string, open: boolean): string {
  const type = typeOf(items, indent, open);
  const kinds = Object.keys(items).length;
  return kinds > 1 && type !== anything ? `(${type})[]` : `${type}[]`;
}

function objectOf({ properties, rest, map }: ObjectShape, indent: string, open: boolean): string {
  const names = Object.keys(properties).sort();
  if (map || names.length === 0) return `{ [key: string]: ${typeOf(rest ?? {}, indent, open)} }`;
  const inner = `${indent}  `;
  const members = names.map((name) => member(name, properties[name], inner, open));
  // Keys that are data stand beside the fields.
  if (open || rest) members.push(`${inner}[key: string]: ${anything};\n`);
  return `{\n${members.join('')}${indent}}`;
}

function member(name: string, property: PropertyShape | undefined, indent: string, open: boolean): string {
  const { shape = {}, optional } = property ?? {};
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
  return `${jsDoc(remark(shape), indent)}${indent}${key}${optional ? '?' : ''}: ${typeOf(shape, indent, open)};\n`;
}

function remark(shape: Shape): string {
  const words = shape.string ? toldWords(shape.string) : [];
  if (words.length > 0) return `Seen: ${words.map(quote).join(', ')}.`;
  return Object.keys(shape).join() === 'null' ? 'Only null was seen.' : '';
}
