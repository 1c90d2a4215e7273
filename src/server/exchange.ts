/** One request of a client from its first message to its answer, with whatever the client is asked for in between. */
import { randomUUID } from 'node:crypto';
import type { ServerContext, StandardSchemaV1 } from '@modelcontextprotocol/server';
import type { CallerClient, JsonObject } from '../downstream/caller.ts';
import { clientMethods, type ExchangeRequest, type ExchangeWork, logTo } from './asked-client.ts';
import { isBelow, logLevelOf } from './log-levels.ts';
import { suspendedCalls } from './suspended-calls.ts';

/**
 * In the older era a question is a request of its own to the client. From 2026-07-28 on it is an answer: the work waits
 * while the client gets `input_required`, and goes on when the client sends the same request with its answers.
 */
export async function exchange(incoming: ExchangeRequest, work: ExchangeWork): Promise<JsonObject> {
  const { context, sent } = noting(incoming);
  const request = { ...incoming, context };
  const isModern = context.mcpReq.envelope !== undefined;
  try {
    return isModern
      ? await suspendedCalls.serve(request, work)
      : await work({ context, client: legacyClient(request) });
  } finally {
    // What was told meanwhile is to arrive before the answer: after it, clients drop it.
    await sent();
  }
}

/** The same context, and a way to wait until what was told so far is on its way. */
function noting({ context, server }: ExchangeRequest): { context: ServerContext; sent(): Promise<unknown> } {
  const { mcpReq } = context;
  const least = () => logLevelOf(server, context);
  let last: Promise<unknown> = Promise.resolve();
  const note = (sending: Promise<void>) => {
    last = Promise.allSettled([last, sending]);
    return sending;
  };
  return {
    context: {
      ...context,
      mcpReq: {
        ...mcpReq,
        notify: (notification) => note(mcpReq.notify(notification)),
        log: async (level, ...line) => {
          if (!isBelow(level, least())) await note(mcpReq.log(level, ...line));
        },
      },
    },
    sent: () => last,
  };
}

/** A client of the older era. What it can do it said when it connected; over HTTP without a session nobody knows. */
function legacyClient({ server, context, askMsMax }: ExchangeRequest): CallerClient {
  const capabilities = server.getClientCapabilities() ?? {};
  const send = (method: string, params: JsonObject, signal: AbortSignal) =>
    context.mcpReq.send({ method, params }, anyObject, { timeout: askMsMax, signal });
  const ask = (method: string, params: JsonObject, signal: AbortSignal) => {
    // Newer servers give a page to be visited no id of its own; this era wants one.
    const needsId = params.mode === 'url' && params.elicitationId === undefined;
    const asked = needsId ? { ...params, elicitationId: randomUUID() } : params;
    return send(method, asked, signal).catch((error: unknown) => {
      const isLate = error instanceof Error && 'code' in error && error.code === 'REQUEST_TIMEOUT';
      // Who does not answer has not said no.
      if (isLate && !signal.aborted && method === 'elicitation/create') return { action: 'cancel' };
      throw error;
    });
  };
  return {
    place: server,
    logLevel: logLevelOf(server, context),
    ...clientMethods(capabilities, ask),
    log: (params) => logTo(context, params),
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
