/** Reads all pages of a server's list, bounded, and takes nothing for granted about what is in them. */
import type { ServerConfig } from '../config/types.ts';
import type { Limits } from '../limits.ts';
import type { JsonObject, Session } from './session.ts';

/** What a server has lists of. */
export type ListKind = 'tools' | 'prompts' | 'resources' | 'templates';

interface ListMethod {
  readonly method: string;
  /** Of the result. */
  readonly key: string;
  readonly capability: 'tools' | 'prompts' | 'resources';
}

export const listMethods: Readonly<Record<ListKind, ListMethod>> = {
  tools: { method: 'tools/list', key: 'tools', capability: 'tools' },
  prompts: { method: 'prompts/list', key: 'prompts', capability: 'prompts' },
  resources: { method: 'resources/list', key: 'resources', capability: 'resources' },
  templates: { method: 'resources/templates/list', key: 'resourceTemplates', capability: 'resources' },
};

export interface ReadList {
  readonly items: unknown[];
  /** Why not all were read, one sentence. */
  readonly truncated?: string;
  /** What the server says of keeping it; undefined where it says nothing, as those of older eras do. */
  readonly keeping?: ListKeeping;
}

export interface ListKeeping {
  /** How long it may be taken for fresh. */
  readonly ttlMs?: number;
  /** True where it holds for whoever asked only. */
  readonly isPrivate: boolean;
}

/** @throws whatever `Session.request` throws */
export async function readList(
  session: Session,
  kind: ListKind,
  { config, limits }: { config: ServerConfig; limits: Limits },
): Promise<ReadList> {
  const items: unknown[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let keeping: { keeping?: ListKeeping } = {};
  for (let pages = 1; ; pages += 1) {
    const page = await readPage(session, { kind, cursor }, { config, limits });
    const listed = page[listMethods[kind].key];
    if (!Array.isArray(listed)) {
      return {
        items,
        truncated: `Page ${pages} of its list of ${kind} holds no list but ${describe(listed)}.`,
      };
    }
    keeping = { ...keeping, ...keepingOf(page, keeping.keeping) };
    for (const item of listed) items.push(item);
    if (items.length > limits.toolsPerServerMax) {
      const message = `Only the first ${limits.toolsPerServerMax} ${kind} were taken (limits.toolsPerServerMax).`;
      return { items: items.slice(0, limits.toolsPerServerMax), truncated: message, ...keeping };
    }
    const next = page.nextCursor;
    if (typeof next !== 'string' || next === '') return { items, ...keeping };
    if (cursors.has(next))
      return { items, truncated: `The server repeats its pages: a cursor came twice, after page ${pages}.` };
    if (pages >= limits.toolPagesMax) {
      return {
        items,
        truncated: `Only the first ${limits.toolPagesMax} pages of its ${kind} were read (limits.toolPagesMax).`,
      };
    }
    cursors.add(next);
    cursor = next;
  }
}

async function readPage(
  session: Session,
  { kind, cursor }: { kind: ListKind; cursor: string | undefined },
  { config, limits }: { config: ServerConfig; limits: Limits },
): Promise<JsonObject> {
  const { method, key, capability } = listMethods[kind];
  try {
    return await session.request(method, cursor === undefined ? {} : { cursor }, {
      timeoutMs: config.connectMsMax,
      totalMsMax: limits.callMsMax,
    });
  } catch (thrown) {
    const isMethodNotFound = thrown instanceof Error && 'code' in thrown && thrown.code === -32_601;
    // Many servers declare resources and have no templates, or declare nothing at all.
    if (isMethodNotFound && (kind === 'templates' || !session.declares(capability))) return { [key]: [] };
    throw thrown;
  }
}

/** Of several pages, the strictest word counts. */
function keepingOf(
  { ttlMs, cacheScope }: JsonObject,
  before: ListKeeping | undefined,
): { keeping?: ListKeeping } {
  if (ttlMs === undefined && cacheScope === undefined) return {};
  const known = [ttlMs, before?.ttlMs].filter((ms): ms is number => typeof ms === 'number' && ms >= 0);
  const isPrivate = cacheScope === 'private' || before?.isPrivate === true;
  return { keeping: { isPrivate, ...(known.length > 0 && { ttlMs: Math.min(...known) }) } };
}

function describe(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : `a value of type ${typeof value}`;
}
