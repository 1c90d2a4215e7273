/** Questions to a client of the era before 2026-07-28: each is a request of its own. */
import { randomUUID } from 'node:crypto';
import type { StandardSchemaV1 } from '@modelcontextprotocol/server';
import type { JsonObject } from '../downstream/caller.ts';

/** Sends one request to the client, by whichever way. */
export type Send = (
  request: { method: string; params: JsonObject },
  schema: StandardSchemaV1<unknown, JsonObject>,
  options: { timeout: number; signal: AbortSignal },
) => Promise<JsonObject>;

export type Ask = (method: string, params: JsonObject, signal: AbortSignal) => Promise<JsonObject>;

/** @param askMsMax how long a question may stay open, in milliseconds */
export function askBy(send: Send, askMsMax: number): Ask {
  return async (method, params, signal) => {
    // Newer servers give a page to be visited no id of its own; this era wants one.
    const needsId = params.mode === 'url' && params.elicitationId === undefined;
    const asked = needsId ? { ...params, elicitationId: randomUUID() } : params;
    try {
      return await send({ method, params: asked }, anyObject, { timeout: askMsMax, signal });
    } catch (error) {
      const isLate = error instanceof Error && 'code' in error && error.code === 'REQUEST_TIMEOUT';
      // Who does not answer has not said no.
      if (isLate && !signal.aborted && method === 'elicitation/create') return { action: 'cancel' };
      throw error;
    }
  };
}

const anyObject: StandardSchemaV1<unknown, JsonObject> = {
  '~standard': {
    version: 1,
    vendor: 'mcp-tools-orchestrator',
    validate: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { value: value as JsonObject }
        : { issues: [{ message: 'The client answered with something that is no object.' }] },
  },
};
