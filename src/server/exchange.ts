/** One request of a client from its first message to its answer, with whatever the client is asked for in between. */
import type { ServerContext } from '@modelcontextprotocol/server';
import type { CallerClient, JsonObject } from '../downstream/caller.ts';
import { clientMethods, type ExchangeRequest, type ExchangeWork, logTo, pageDoneAt } from './asked-client.ts';
import { capabilitiesOf } from './lasting-work.ts';
import { askBy } from './legacy-client.ts';
import { isBelow, logLevelOf } from './log-levels.ts';
import { suspendedCalls } from './suspended-calls.ts';
import { tasks } from './tasks.ts';

/**
 * In the older era a question is a request of its own to the client. From 2026-07-28 on it is an answer: the work waits
 * while the client gets `input_required`, and goes on when the client sends the same request with its answers. A call that
 * takes long can become a task in both, where the client knows them.
 */
export async function exchange(incoming: ExchangeRequest, work: ExchangeWork): Promise<JsonObject> {
  const { context, sent } = noting(incoming);
  const request = { ...incoming, context };
  const isModern = context.mcpReq.envelope !== undefined;
  try {
    if (isModern) return await suspendedCalls.serve(request, work, tasks.promotion(request));
    if (tasks.isWanted(request)) return tasks.begin(request, work);
    return await work({ context, client: legacyClient(request) });
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
  return {
    // Without a session, each message is a client of its own.
    place: context.http !== undefined && context.sessionId === undefined ? context : server,
    logLevel: logLevelOf(server, context),
    ...clientMethods(
      capabilitiesOf({ server, context }),
      askBy((...request) => context.mcpReq.send(...request), askMsMax),
    ),
    log: (params) => logTo(context, params),
    ...pageDoneAt(server),
  };
}
