/** The shape of one JSON value in a line of TypeScript: names of fields and kinds, no values. */

const shapeCharactersMax = 260;
const depthMax = 3;
const fieldsMax = 24;
const itemsLookedAtMax = 20;

/** @param text JSON; @returns undefined where it is none */
export function valueShape(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  if (Array.isArray(value) && value.length === 0) return 'an empty array';
  for (let depth = depthMax; depth > 1; depth -= 1) {
    const shape = shapeOf(value, depth);
    if (shape.length <= shapeCharactersMax) return shape;
  }
  const shape = shapeOf(value, 1);
  return shape.length <= shapeCharactersMax ? shape : `${shape.slice(0, shapeCharactersMax)}…`;
}

function shapeOf(value: unknown, depth: number): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return listShape(value.slice(0, itemsLookedAtMax), depth);
  return objectShape([value], depth);
}

/** Objects in one list are taken for rows of one kind. */
function listShape(items: readonly unknown[], depth: number): string {
  const rows = items.filter(isObject);
  const kinds = new Set(items.filter((item) => !isObject(item)).map((item) => shapeOf(item, depth)));
  if (rows.length > 0) kinds.add(objectShape(rows, depth));
  return kinds.size > 1 ? `(${[...kinds].join(' | ')})[]` : `${[...kinds][0] ?? 'unknown'}[]`;
}

function objectShape(objects: readonly object[], depth: number): string {
  const values = new Map<string, unknown[]>();
  for (const object of objects)
    for (const [key, value] of Object.entries(object).slice(0, fieldsMax))
      values.set(key, [...(values.get(key) ?? []), value]);
  if (values.size === 0) return '{}';
  if (depth === 0) return '{…}';
  const fields = [...values].slice(0, fieldsMax).map(([key, seen]) => {
    const optional = seen.length < objects.length ? '?' : '';
    return `${fieldName(key)}${optional}: ${kindsOf(seen, depth - 1)}`;
  });
  return `{ ${fields.join('; ')}${values.size > fieldsMax ? '; …' : ''} }`;
}

function kindsOf(values: readonly unknown[], depth: number): string {
  const objects = values.filter(isObject);
  const kinds = new Set(values.filter((value) => !isObject(value)).map((value) => shapeOf(value, depth)));
  if (objects.length > 0) kinds.add(objectShape(objects, depth));
  return [...kinds].join(' | ');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldName(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,63}$/u.test(key) ? key : JSON.stringify(key.slice(0, 64));
}
