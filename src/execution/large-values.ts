/** Between two passes over a large value (parse, unwrap, send) the event loop gets a turn: each takes about 2 ms a megabyte. */
import { setImmediate } from 'node:timers/promises';
import type { JsonObject } from '../catalog/tool.ts';

export const largeCharacters = 1_000_000;

/** Waits until the event loop has been round once: the first of the two may come before its timers and its input. */
export async function turn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** Of a tool's result, as far as its blocks tell: structured content stands in a text block as well. */
export function isLarge({ content }: JsonObject): boolean {
  if (!Array.isArray(content)) return false;
  return content.some((block: JsonObject | null | undefined) =>
    [block?.text, block?.data].some((value) => typeof value === 'string' && value.length > largeCharacters),
  );
}
