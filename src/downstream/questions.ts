/**
 * What a server asks back while it works: of a person (elicitation) or of a model (sampling). It is put to the client
 * whose call it belongs to, and refused in the protocol's own words where that client cannot answer.
 */
import { messageOf } from '../errors.ts';
import type { CallUnderWay } from './call-clock.ts';
import type { Caller, CallerClient, JsonObject } from './caller.ts';
import { PageVisits } from './page-visits.ts';
import { cleanText } from './problem.ts';
import { callOfStream } from './stream-context.ts';

/** Thrown where a question has no answer; sent to the server as the JSON-RPC error that it is. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A question of the older era that is being put to somebody. */
interface OpenQuestion {
  /** The calls that it may belong to, without those that have ended. */
  readonly owners: Set<CallUnderWay>;
  readonly stop: AbortController;
}

const methodNotFound = -32_601;
const messageCharactersMax = 20_000;

export class Questions {
  readonly #server: string;
  readonly #underWay = new Set<CallUnderWay>();
  readonly #open = new Set<OpenQuestion>();
  readonly pages = new PageVisits();

  constructor(server: string) {
    this.#server = server;
  }

  begin(call: CallUnderWay): void {
    this.#underWay.add(call);
  }

  end(call: CallUnderWay): void {
    this.#underWay.delete(call);
    if (this.#open.size === 0) return;
    for (const { owners, stop } of this.#open)
      if (owners.delete(call) && owners.size === 0) stop.abort(new Error('the call that asked has ended'));
  }

  /**
   * A request of the older era, which does not say what call it belongs to. Where all calls that it may belong to are of
   * one client it is that one's; otherwise nobody is asked, because the question might be another's. It is withdrawn when
   * these calls have ended.
   * @throws Refusal, or what the client answered
   */
  async answer(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    if (!isQuestion(method)) throw new Refusal(methodNotFound, `Method not found: ${method.slice(0, 100)}`);
    const calls = this.#owners();
    const places = new Set(calls.map(({ caller }) => placeOf(caller)));
    if (places.size > 1) {
      return refused(
        method,
        'calls of several clients are under way on this connection, and the question does not say for which it is',
      );
    }
    const ends = calls.map(({ clock }) => clock.rest());
    const stop = new AbortController();
    const open = { owners: new Set(calls), stop };
    this.#open.add(open);
    try {
      const client = calls
        .map(({ caller }) => caller.client)
        .find((one) => one && canAnswer(one, method, params));
      return await this.#ask(client, { method, params }, AbortSignal.any([signal, stop.signal]));
    } finally {
      this.#open.delete(open);
      for (const end of ends) end();
    }
  }

  /**
   * The calls that what the server sends now may belong to. That one of them waits for an answer already is no proof that
   * it asks nothing else: a guess would show one person what is meant for another.
   */
  #owners(): CallUnderWay[] {
    const own = callOfStream();
    return own && this.#underWay.has(own) ? [own] : [...this.#underWay];
  }

  /** A question that came with the call that it belongs to. @throws Refusal, or what the client answered */
  async answerFor(
    { caller, clock }: CallUnderWay,
    question: Question,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { method, params } = question;
    if (!isQuestion(method) && method !== rootsMethod)
      throw new Refusal(methodNotFound, `Method not found: ${method.slice(0, 100)}`);
    const client = caller.client && canAnswer(caller.client, method, params) ? caller.client : undefined;
    const end = clock.rest();
    try {
      return await this.#ask(client, question, signal);
    } finally {
      end();
    }
  }

  /** A line of a server's log, for the client that all calls it may belong to are of. */
  log(params: JsonObject): void {
    const [first, ...others] = this.#owners();
    if (!first || others.some(({ caller }) => placeOf(caller) !== placeOf(first.caller))) return;
    const { logger } = params;
    const name = typeof logger === 'string' ? `${this.#server}/${logger}` : this.#server;
    first.caller.client?.log?.({ ...params, logger: name });
  }

  async #ask(
    client: CallerClient | undefined,
    { method, params, key }: Question,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    if (method === rootsMethod) {
      if (!client?.roots) return refused(method, 'the client tells nothing of its folders');
      return client.roots(signal, key);
    }
    // Both are about messages between the server and us.
    const { _meta, task, ...asked } = params;
    if (method === elicitation) {
      if (!client?.elicit) return refused(method, 'the client cannot show the question');
      this.pages.begin(client, asked);
      return client.elicit(this.#signed(asked), signal, key);
    }
    if (!client?.sample) return refused(method, 'the client has no model to offer');
    return client.sample(asked, signal, key);
  }

  /** The client knows us, and its user has to know who it is that asks. */
  #signed(params: JsonObject): JsonObject {
    const message = cleanText(typeof params.message === 'string' ? params.message : '', messageCharactersMax);
    return { ...params, message: `[${this.#server}] ${message}` };
  }
}

export interface Question {
  readonly method: string;
  readonly params: JsonObject;
  /** The server's word for it. */
  readonly key?: string | undefined;
}

/** What a request of protocol revision 2026-07-28 says of whoever it is made for, in its `_meta`. */
export function aboutClient({ client }: Caller): JsonObject {
  const { elicitation, sampling, roots } = client?.capabilities ?? {};
  const capabilities = {
    ...(client?.elicit && { elicitation: elicitation ?? {} }),
    ...(client?.sample && { sampling: sampling ?? {} }),
    ...(client?.roots && { roots: roots ?? {} }),
  };
  return {
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...(client?.logLevel !== undefined && { 'io.modelcontextprotocol/logLevel': client.logLevel }),
  };
}

/** For messages of errors. */
export function refusalText(thrown: unknown): string {
  return cleanText(messageOf(thrown), 500);
}

const elicitation = 'elicitation/create';
/** Only within a call: over a connection that many clients share, folders of one of them would be taken for those of all. */
const rootsMethod = 'roots/list';

function isQuestion(method: string): boolean {
  return method === elicitation || method === 'sampling/createMessage';
}

function canAnswer(client: CallerClient, method: string, params: JsonObject): boolean {
  if (method === 'sampling/createMessage') return client.sample !== undefined;
  if (method === rootsMethod) return client.roots !== undefined;
  const declared = client.capabilities?.elicitation;
  const modes = Object.keys(typeof declared === 'object' && declared !== null ? declared : {});
  // An empty declaration is from before there were modes.
  const isFit = params.mode === 'url' ? modes.includes('url') : modes.length === 0 || modes.includes('form');
  return client.elicit !== undefined && isFit;
}

function placeOf({ client, principal }: Caller): object | string {
  return client?.place ?? client ?? principal;
}

/** A person who is not there declines; a model that is not there is an error. */
function refused(method: string, reason: string): JsonObject {
  if (method === elicitation) return { action: 'decline', _meta: { reason } };
  throw new Refusal(methodNotFound, `Not possible: ${reason}.`);
}
