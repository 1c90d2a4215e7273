/** Where two JSON values differ first, for a reader. */

export interface Difference {
  /** As `result.items[0].name`. */
  readonly path: string;
  /** As JSON, cut where long; `nothing` where it is absent. */
  readonly was: string;
  readonly now: string;
}

const shownCharactersMax = 200;

/** In the order of the first value's keys. @returns undefined where they are the same, whatever the order of their keys */
export function firstDifference(was: unknown, now: unknown, path: string): Difference | undefined {
  if (Object.is(was, now)) return undefined;
  if (Array.isArray(was) && Array.isArray(now)) {
    for (let index = 0; index < Math.max(was.length, now.length); index += 1) {
      const found = firstDifference(was[index], now[index], `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  if (isObject(was) && isObject(now)) {
    for (const key of new Set([...Object.keys(was), ...Object.keys(now)])) {
      const found = firstDifference(own(was, key), own(now, key), `${path}.${key}`);
      if (found) return found;
    }
    return undefined;
  }
  return { path, was: shown(was), now: shown(now) };
}

/** `result.total: 3 was recorded, now 4`. */
export function describeDifference({ path, was, now }: Difference): string {
  return `${path}: ${was} was recorded, now it is ${now}`;
}

/** A value as JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
