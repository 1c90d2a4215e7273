/** What the two ways of asking a client have in common: the request it belongs to, and what the client can be asked. */
import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { CallerClient, JsonObject } from '../downstream/caller.ts';
import type { Limits } from '../limits.ts';

/** What a call needs of the server object of its connection. */
export type CalledServer = Pick<
  Server,
  'getClientCapabilities' | 'notification' | 'projectCallToolResult' | 'request'
>;

export interface ExchangeRequest {
  readonly method: string;
  readonly params: JsonObject;
  readonly context: ServerContext;
  readonly server: CalledServer;
  /** Whose it is: a question of one is never answered by another. */
  readonly principal: string;
  /** How long a question may stay open, in milliseconds. */
  readonly askMsMax: number;
  /** Where the request may be answered by a task. */
  readonly tasks?: Pick<Limits, 'taskAfterMs' | 'taskMsMax' | 'tasksMax'> | undefined;
}

/** What the work on a request may use of its client, however many messages it takes. */
export interface Exchange {
  readonly context: ServerContext;
  readonly client: CallerClient;
}

export type ExchangeWork = (exchange: Exchange) => Promise<JsonObject>;

/** Those questions that the client declared to answer. */
export function clientMethods(
  capabilities: JsonObject,
  ask: (method: string, params: JsonObject, signal: AbortSignal, key?: string) => Promise<JsonObject>,
): Pick<CallerClient, 'capabilities' | 'elicit' | 'sample' | 'roots'> {
  return {
    capabilities,
    ...(capabilities.elicitation !== undefined && {
      elicit: (params, signal, key) => ask('elicitation/create', params, signal, key),
    }),
    ...(capabilities.sampling !== undefined && {
      sample: (params, signal, key) => ask('sampling/createMessage', params, signal, key),
    }),
    ...(capabilities.roots !== undefined && {
      roots: (signal, key) => ask('roots/list', {}, signal, key),
    }),
  };
}

/** By the connection, not by the request: people come back from a page long after their call. */
export function pageDoneAt(server: CalledServer): Pick<CallerClient, 'pageDone'> {
  return {
    pageDone: (params) =>
      void server.notification({ method: 'notifications/elicitation/complete', params }).catch(() => {}),
  };
}

/** Sends a log message to the client whose request it is. Never throws. */
export function logTo({ mcpReq }: ServerContext, { level, data, logger }: JsonObject): void {
  const name = typeof logger === 'string' ? logger : undefined;
  void mcpReq.log(level as Parameters<typeof mcpReq.log>[0], data, name).catch(() => {});
}
