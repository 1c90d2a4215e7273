/** On whose behalf something is asked of a server: who it is, and how it can be asked back. */

export type JsonObject = { [key: string]: unknown };

/**
 * What a server may want of the client at the other end while it works on a call. A method that is absent means that
 * this client cannot do it: the server then gets a proper refusal, and is not left waiting.
 */
export interface CallerClient {
  /**
   * The same for all that can be asked at the same place, so that a question which belongs to one of several calls may
   * be put there. Where absent, the object itself stands for it.
   */
  readonly place?: object | undefined;
  /** The least severe of the servers' log lines that it wants; from 2026-07-28 on nobody logs unasked. */
  readonly logLevel?: string | undefined;
  /** What the client declared of itself, in the protocol's shape: `elicitation`, `sampling`, `roots`. */
  readonly capabilities?: JsonObject | undefined;
  /**
   * Shows a person a question of a server.
   * @param params of `elicitation/create`, as the server sent them
   * @param key the server's own word for the question, where it has one: kept where the client is given one too
   * @returns the result in the protocol's shape (`action`, `content`)
   */
  elicit?(params: JsonObject, signal: AbortSignal, key?: string): Promise<JsonObject>;
  /**
   * Has the client's model answer.
   * @param params of `sampling/createMessage`, as the server sent them
   */
  sample?(params: JsonObject, signal: AbortSignal, key?: string): Promise<JsonObject>;
  /** Tells which folders the client works in. @returns the result in the protocol's shape (`roots`) */
  roots?(signal: AbortSignal, key?: string): Promise<JsonObject>;
  /** Shows what a server says of its work. @param params of `notifications/message`. Never throws. */
  log?(params: JsonObject): void;
  /**
   * Tells that a page it was sent to is done with. Absent where the protocol has no word for it, as from 2026-07-28 on.
   * @param params of `notifications/elicitation/complete`. Never throws.
   */
  pageDone?(params: JsonObject): void;
}

export interface Caller {
  /** `local` over stdio and on the command line; over HTTP whoever the token speaks for. Never a credential itself. */
  readonly principal: string;
  /** Headers of the incoming HTTP request, names in lower case: for servers that may be passed one of them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The session of the client that it comes from, where that lasts longer than one request. */
  readonly session?: string | undefined;
  /** The run that it belongs to, where it comes from a script. */
  readonly run?: string | undefined;
  readonly client?: CallerClient | undefined;
}

/** The one user of an orchestrator that is reached over stdio or by the command line. */
export const localCaller: Caller = { principal: 'local' };
