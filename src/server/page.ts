/** Lists in pages, as the protocol has them: `cursor` in, `nextCursor` out. */
import { badRequest } from './protocol-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** @param cursor of the page before; anything else is refused */
export function page<T>(all: readonly T[], cursor: unknown, itemsMax: number): Page<T> {
  const start = cursor === undefined ? 0 : startOf(cursor);
  const end = start + itemsMax;
  const items = all.slice(start, end);
  return end < all.length ? { items, nextCursor: String(end) } : { items };
}

function startOf(cursor: unknown): number {
  const start = typeof cursor === 'string' && /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isSafeInteger(start)) return start;
  throw badRequest(`cursor is ${JSON.stringify(cursor)}; pass the nextCursor of the page before, or none.`);
}
