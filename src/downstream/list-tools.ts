/** Reads all pages of `tools/list`, bounded, and takes nothing for granted about what is in them. */
import type { ServerConfig } from '../config/types.ts';
import type { Limits } from '../limits.ts';
import type { JsonObject, Session } from './session.ts';

export interface ToolsPage {
  readonly tools: unknown[];
  /** Why not all tools were read, one sentence. */
  readonly truncated?: string;
}

/** @throws whatever `Session.request` throws */
export async function readAllTools(
  session: Session,
  config: ServerConfig,
  limits: Limits,
): Promise<ToolsPage> {
  const tools: unknown[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await readPage(session, cursor, config, limits);
    if (!Array.isArray(page.tools)) {
      return {
        tools,
        truncated: `Page ${pages} of its tool list holds no list of tools but ${describe(page.tools)}.`,
      };
    }
    for (const tool of page.tools) tools.push(tool);
    if (tools.length > limits.toolsPerServerMax) {
      const message = `Only the first ${limits.toolsPerServerMax} tools were taken (limits.toolsPerServerMax).`;
      return { tools: tools.slice(0, limits.toolsPerServerMax), truncated: message };
    }
    const next = page.nextCursor;
    if (typeof next !== 'string' || next === '') return { tools };
    if (cursors.has(next))
      return { tools, truncated: `The server repeats its pages: a cursor came twice, after page ${pages}.` };
    if (pages >= limits.toolPagesMax) {
      return {
        tools,
        truncated: `Only the first ${limits.toolPagesMax} pages of its tools were read (limits.toolPagesMax).`,
      };
    }
    cursors.add(next);
    cursor = next;
  }
}

async function readPage(
  session: Session,
  cursor: string | undefined,
  config: ServerConfig,
  limits: Limits,
): Promise<JsonObject> {
  try {
    return await session.request('tools/list', cursor === undefined ? {} : { cursor }, {
      timeoutMs: config.connectMsMax,
      totalMsMax: limits.callMsMax,
    });
  } catch (thrown) {
    const isMethodNotFound = thrown instanceof Error && 'code' in thrown && thrown.code === -32_601;
    // A server of prompts or resources alone.
    if (isMethodNotFound && !session.declaresTools) return { tools: [] };
    throw thrown;
  }
}

function describe(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : `a value of type ${typeof value}`;
}
