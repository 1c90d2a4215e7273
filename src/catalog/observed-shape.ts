/**
 * The shape of results that were seen, for tools that declare none: merged over calls, bounded, and without values.
 *
 * A shape is plain JSON, because it is kept on disk. What it says is true of every value that was looked at: merging only
 * ever widens it. Values do not stay in it, with one exception (`words`, see observed-words.ts); names of properties do,
 * where they look like names of fields and not like data.
 */
import { isFieldName } from './observed-names.ts';
import { type Counting, count, mergeWords, type Words, wordsOf } from './observed-words.ts';

/** All that was seen in one place. Nothing set: nothing was seen there, as in lists that were all empty. */
export interface Shape {
  /** Too deep or too large to be looked into: anything. */
  readonly any?: true;
  readonly null?: true;
  readonly boolean?: true;
  readonly number?: true;
  /** With `words` where all texts so far came from a small set that may be told. */
  readonly string?: { readonly words?: Words };
  /** What the items are. */
  readonly array?: Shape;
  readonly object?: ObjectShape;
}

export interface ObjectShape {
  /** How many objects. Only for telling fields from data: `optional` does not rest on it. */
  readonly seen: number;
  readonly properties: Readonly<Record<string, PropertyShape>>;
  /** The values of all keys that are no names of fields. */
  readonly rest?: Shape;
  /** True where the object turned out to be a map: whatever its keys, they are data. */
  readonly map?: true;
}

export interface PropertyShape {
  readonly seen: number;
  /** True where one of the objects was without it. */
  readonly optional?: true;
  readonly shape: Shape;
}

const depthMax = 8;
/** Of a list, so many items are looked at, evenly spread. */
const itemsMax = 64;
/** Objects with more keys are maps. */
const propertiesMax = 64;
/** Values looked at in one result. */
const valuesMax = 4_000;
/** Places in one shape; beyond, the deepest are given up. */
const placesMax = 300;
/** Objects of one form under so many keys are a map at first sight. */
const alikeMin = 8;

/** The shape of one value. Takes at most a few milliseconds, however large the value is. */
export function shapeOf(value: unknown): Shape {
  return bounded(new Reader().read(value, '', 0));
}

/** What holds for both. */
export function mergeShapes(a: Shape, b: Shape, counting: Counting): Shape {
  return bounded(merged(a, b, counting));
}

class Reader {
  #left = valuesMax;

  read(value: unknown, key: string, depth: number): Shape {
    this.#left -= 1;
    if (value === null) return { null: true };
    if (typeof value === 'boolean') return { boolean: true };
    if (typeof value === 'number') return { number: true };
    if (typeof value === 'string') return { string: wordsOf(key, value) };
    if (typeof value !== 'object' || depth >= depthMax || this.#left <= 0) return { any: true };
    return Array.isArray(value)
      ? { array: this.#items(value, depth) }
      : { object: this.#object(value, depth) };
  }

  /** Stops early where the next item may be too much: what is left out says less than an item cut in the middle. */
  #items(list: readonly unknown[], depth: number): Shape {
    const step = Math.ceil(list.length / itemsMax);
    let items: Shape = {};
    let costMax = 0;
    for (let index = 0; index < list.length && this.#left > costMax; index += step) {
      const before = this.#left;
      items = merged(items, this.read(list[index], '', depth + 1), 'add');
      costMax = Math.max(costMax, before - this.#left);
    }
    return items;
  }

  #object(value: object, depth: number): ObjectShape {
    const keys = Object.keys(value);
    const map = keys.length > propertiesMax;
    const properties: [string, PropertyShape][] = [];
    let rest: Shape | undefined;
    for (const key of map ? keys.slice(0, propertiesMax) : keys) {
      const shape = this.read((value as Record<string, unknown>)[key], key, depth + 1);
      if (!map && isFieldName(key)) properties.push([key, { seen: 1, shape }]);
      else rest = merged(rest ?? {}, shape, 'add');
    }
    return unlessMap({
      seen: 1,
      properties: Object.fromEntries(properties),
      ...(rest && { rest }),
      ...(map && { map }),
    });
  }
}

function merged(a: Shape, b: Shape, counting: Counting): Shape {
  if (a.any || b.any) return { any: true };
  const string = a.string && b.string ? mergeWords(a.string, b.string, counting) : (a.string ?? b.string);
  const array = a.array && b.array ? merged(a.array, b.array, counting) : (a.array ?? b.array);
  const object = a.object && b.object ? mergeObjects(a.object, b.object, counting) : (a.object ?? b.object);
  return {
    ...((a.null ?? b.null) && { null: true }),
    ...((a.boolean ?? b.boolean) && { boolean: true }),
    ...((a.number ?? b.number) && { number: true }),
    ...(string && { string }),
    ...(array && { array }),
    ...(object && { object }),
  };
}

function mergeObjects(a: ObjectShape, b: ObjectShape, counting: Counting): ObjectShape {
  const keys = new Set([...Object.keys(a.properties), ...Object.keys(b.properties)]);
  const properties = [...keys].map((key): [string, PropertyShape] => [
    key,
    mergeProperties(own(a.properties, key), own(b.properties, key), counting),
  ]);
  const rest = a.rest && b.rest ? merged(a.rest, b.rest, counting) : (a.rest ?? b.rest);
  return unlessMap({
    seen: count(a.seen, b.seen, counting),
    properties: Object.fromEntries(properties),
    ...(rest && { rest }),
    ...((a.map ?? b.map) && { map: true }),
  });
}

function mergeProperties(
  a: PropertyShape | undefined,
  b: PropertyShape | undefined,
  counting: Counting,
): PropertyShape {
  const optional = !a || !b || a.optional || b.optional;
  return {
    seen: count(a?.seen ?? 0, b?.seen ?? 0, counting),
    ...(optional && { optional: true }),
    shape: merged(a?.shape ?? {}, b?.shape ?? {}, counting),
  };
}

function own(properties: ObjectShape['properties'], key: string): PropertyShape | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** A map keeps no keys, only what its values are. */
function unlessMap(shape: ObjectShape): ObjectShape {
  if (!shape.map && !isMap(shape)) return shape;
  const values = Object.values(shape.properties).map((property) => property.shape);
  const rest = values.reduce((all, value) => merged(all, value, 'add'), shape.rest ?? {});
  return { seen: shape.seen, properties: {}, rest, map: true };
}

/** Keys that are data: too many, ever changing, or objects of one form under all of them. A key that is always there is a field. */
function isMap({ seen, properties }: ObjectShape): boolean {
  const all = Object.values(properties);
  if (all.length > propertiesMax) return true;
  if (seen === 1) return all.length >= alikeMin && areAlike(all.map(({ shape }) => shape));
  if (all.some(({ optional }) => !optional)) return false;
  const sum = all.reduce((total, property) => total + property.seen, 0);
  const once = all.filter((property) => property.seen === 1).length;
  return (
    (all.length >= 16 && sum < (seen * all.length) / 4) ||
    (all.length >= 4 && seen >= 4 && once > all.length / 2)
  );
}

function areAlike(shapes: readonly Shape[]): boolean {
  const forms = shapes.map((shape) => {
    const { object, ...others } = shape;
    return object && Object.keys(others).length === 0 ? Object.keys(object.properties).sort().join('\n') : '';
  });
  return forms[0] !== '' && forms.every((form) => form === forms[0]);
}

/** As deep as there is room for. */
function bounded(shape: Shape): Shape {
  let kept = shape;
  for (let depth = depthMax; depth > 0 && placesIn(kept) > placesMax; depth -= 1) kept = cut(shape, depth);
  return kept;
}

function placesIn({ array, object }: Shape): number {
  const inside = object ? Object.values(object.properties).map((property) => property.shape) : [];
  if (array) inside.push(array);
  if (object?.rest) inside.push(object.rest);
  return inside.reduce((sum, shape) => sum + placesIn(shape), 1);
}

function cut(shape: Shape, depth: number): Shape {
  const { array, object, ...flat } = shape;
  if (!array && !object) return shape;
  if (depth === 0) return { any: true };
  const properties = Object.entries(object?.properties ?? {}).map(([key, property]) => [
    key,
    { ...property, shape: cut(property.shape, depth - 1) },
  ]);
  return {
    ...flat,
    ...(array && { array: cut(array, depth - 1) }),
    ...(object && {
      object: {
        ...object,
        properties: Object.fromEntries(properties),
        ...(object.rest && { rest: cut(object.rest, depth - 1) }),
      },
    }),
  };
}
