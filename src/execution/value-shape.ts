/** The shape of one JSON value in a line of TypeScript: names of fields and kinds, no values. */

const shapeCharactersMax = 260;
const depthMax = 3;
const fieldsMax = 24;
const itemsLookedAtMax = 5;

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
  if (Array.isArray(value)) {
    const kinds = [...new Set(value.slice(0, itemsLookedAtMax).map((item) => shapeOf(item, depth)))];
    const [only = 'unknown'] = kinds;
    return kinds.length > 1 ? `(${kinds.join(' | ')})[]` : `${only}[]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  if (depth === 0) return '{…}';
  const fields = entries
    .slice(0, fieldsMax)
    .map(([key, item]) => `${fieldName(key)}: ${shapeOf(item, depth - 1)}`);
  return `{ ${fields.join('; ')}${entries.length > fieldsMax ? '; …' : ''} }`;
}

function fieldName(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,63}$/u.test(key) ? key : JSON.stringify(key.slice(0, 64));
}
