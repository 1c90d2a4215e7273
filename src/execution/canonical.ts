/** JSON in one spelling: two texts that mean the same become one, whatever the order of their keys. */
import { createHash } from 'node:crypto';

/** @param text anybody's; what is no JSON, or nested too deeply, stays as it is */
export function canonicalJson(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return text;
  }
}

/** The same call gives the same key: by the server's and the tool's own names and the arguments' meaning. */
export function callKey(call: { server: string; tool: string }, args: string): string {
  return hash(JSON.stringify([call.server, call.tool, canonicalJson(args)]));
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const pairs = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
