/** One configured server: its tools listed and called, with bounds, over a connection that mends itself. */
import type { ServerConfig } from '../config/types.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { CallClock } from './call-clock.ts';
import { type CallContext, callFailure } from './call-failure.ts';
import { CallStats, type CallSummary } from './call-stats.ts';
import { type Caller, localCaller } from './caller.ts';
import type { Foreground } from './foreground.ts';
import { Gate } from './gate.ts';
import type { PriorEra } from './handshake.ts';
import { type ListKeeping, type ListKind, listMethods, type ReadList, readList } from './lists.ts';
import { cleanText, createRedact, type Redact } from './problem.ts';
import { inRounds } from './rounds.ts';
import type { JsonObject, Progress, Session } from './session.ts';
import { type ConnectionState, type OpenOptions, SessionKeeper } from './session-keeper.ts';
import { ToolCalls } from './tool-calls.ts';

export type { PriorEra } from './handshake.ts';
export type { ListKeeping } from './lists.ts';
export type { JsonObject, Progress } from './session.ts';
export type { ConnectionState } from './session-keeper.ts';

export interface ConnectionOptions {
  readonly limits: Limits;
  readonly log: Log;
  /** The harmless variables that every stdio server gets beneath its own `env`. */
  readonly defaultEnvironment: Readonly<Record<string, string>>;
  /** What an earlier connection learned, as `era()` gave it. */
  readonly era?: PriorEra | undefined;
  /** Shared by the connections of a pool. */
  readonly foreground?: Foreground | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** True where calling twice is harmless. Only such a call is sent again by itself after a loss. */
  readonly repeatable: boolean;
  /** Who calls; the local user where absent. */
  readonly caller?: Caller | undefined;
}

export interface ToolList {
  readonly tools: unknown[];
  readonly instructions?: string;
  readonly serverInfo?: { readonly name: string; readonly version: string };
  readonly protocolVersion?: string;
  /** Why not all tools were read, one sentence. */
  readonly truncated?: string;
  /** What the server says of keeping the list. */
  readonly keeping?: ListKeeping;
}

/** For attempts that nobody waits for (`background`), and to stop waiting (`signal`). */
export type WaitOptions = Pick<OpenOptions, 'background' | 'signal'>;

export type RequestAsk = Pick<CallOptions, 'signal' | 'onProgress' | 'caller'>;

export class Connection {
  readonly config: ServerConfig;
  readonly #limits: Limits;
  readonly #log: Log;
  /** Hides in a text what is secret in the server's entry. */
  readonly redact: Redact;
  readonly #gate: Gate;
  readonly #stats = new CallStats();
  readonly #keeper: SessionKeeper;
  readonly #toolsListeners: (() => void)[] = [];
  readonly #stateListeners: (() => void)[] = [];
  readonly #listListeners: ((kind: 'prompts' | 'resources') => void)[] = [];
  readonly #resourceListeners: ((uri: string) => void)[] = [];
  readonly #toolCalls: ToolCalls;

  constructor(config: ServerConfig, { limits, log, defaultEnvironment, era, foreground }: ConnectionOptions) {
    this.config = config;
    this.#limits = limits;
    this.#log = log;
    this.redact = createRedact(config);
    this.#gate = new Gate(config.callsMax);
    this.#toolCalls = new ToolCalls(config, limits);
    this.#keeper = new SessionKeeper({
      config,
      limits,
      log,
      defaultEnvironment,
      redact: this.redact,
      era,
      foreground,
      onToolsChanged: () => emit(this.#toolsListeners),
      onListChanged: (kind) => {
        for (const listener of this.#listListeners) listener(kind);
      },
      onResourceUpdated: (uri) => {
        for (const listener of this.#resourceListeners) listener(uri);
      },
      onStateChanged: () => emit(this.#stateListeners),
    });
  }

  get #bounds(): { config: ServerConfig; limits: Limits } {
    return { config: this.config, limits: this.#limits };
  }

  state(): ConnectionState {
    return this.#keeper.state;
  }

  /** What this server turned out to speak, plain JSON, for `ConnectionOptions.era` of the next start. */
  era(): PriorEra | undefined {
    return this.#keeper.era;
  }

  /** How its calls have gone lately. */
  stats(): CallSummary {
    return this.#stats.summary();
  }

  /** The last lines of a stdio server's stderr, of this life or the one before. */
  lastStderr(): string[] {
    return this.#keeper.lastStderr();
  }

  /** Of a stdio server that is connected: lines on its stdout that were no messages. */
  strayOutput(): { count: number; first: string } | undefined {
    return this.#keeper.live?.stdio?.garbage;
  }

  /** Called after `list_changed`, and after each reconnection, since a new process may have other tools. */
  onToolsChanged(listener: () => void): void {
    this.#toolsListeners.push(listener);
  }

  onStateChanged(listener: () => void): void {
    this.#stateListeners.push(listener);
  }

  /**
   * Connects unless connected. Concurrent callers share one attempt. Within a second of a failed attempt it fails at
   * once with the same problem; with `background`, during a pause that grows up to limits.reconnectMsMax.
   * @throws OrchestratorError server_unavailable; call_aborted where the signal fired first
   */
  async connect(options: WaitOptions = {}): Promise<void> {
    await this.#keeper.open(options);
  }

  /**
   * Every tool of every page, unchecked, within limits.toolPagesMax and limits.toolsPerServerMax.
   * @throws OrchestratorError as for `callTool`
   */
  listTools(options: WaitOptions = {}): Promise<ToolList> {
    return this.#attempt({ tool: undefined, repeatable: true, ...options }, async (session) => {
      const { items, ...rest } = await readList(session, 'tools', this.#bounds);
      if (session.wantsParamHeaders) this.#toolCalls.remember(items);
      return { ...session.about(), tools: items, ...rest };
    });
  }

  /**
   * Calls a tool and gives its result as the server sent it. An `isError` result is given, not thrown.
   * @throws OrchestratorError server_unavailable, connection_lost, call_timeout, call_aborted, protocol_error or
   * result_too_large, with `server`, `tool` and `retrySafe`
   */
  async callTool(name: string, args: Record<string, unknown>, options: CallOptions): Promise<JsonObject> {
    const { signal, repeatable } = options;
    const startedAt = performance.now();
    if (!(this.#gate.tryEnter() || (await this.#gate.enter(signal))))
      throw this.#keeper.abortedBeforeSending(name);
    try {
      const result = await this.#attempt({ tool: name, repeatable, signal }, (session) =>
        this.#toolCalls.call(session, { name, args }, options),
      );
      this.#stats.answered(performance.now() - startedAt);
      return result;
    } catch (error) {
      this.#stats.failed(messageOf(error));
      throw error;
    } finally {
      this.#gate.leave();
    }
  }

  /**
   * All that a list holds, unchecked, within the bounds of `listTools`; nothing where the server does not declare it.
   * @throws OrchestratorError as for `callTool`
   */
  list(kind: Exclude<ListKind, 'tools'>, options: WaitOptions = {}): Promise<ReadList> {
    return this.#attempt({ tool: undefined, repeatable: true, ...options }, async (session) =>
      session.declares(listMethods[kind].capability) ? readList(session, kind, this.#bounds) : { items: [] },
    );
  }

  /**
   * Any other request that changes nothing at the server, with the result as the server sent it.
   * @throws OrchestratorError as for `callTool`
   */
  async request(method: string, params: JsonObject, options: RequestAsk): Promise<JsonObject> {
    const { signal, onProgress, caller = localCaller } = options;
    if (!(this.#gate.tryEnter() || (await this.#gate.enter(signal))))
      throw this.#keeper.abortedBeforeSending(undefined);
    const call = { caller, clock: new CallClock() };
    const times = { timeoutMs: this.config.callMsMax, totalMsMax: this.#limits.callMsMax };
    try {
      return await this.#attempt(
        { tool: undefined, request: method, repeatable: true, signal },
        (session) => {
          const what = `"${cleanText(method, 100)}" of server "${this.config.name}"`;
          const { limits, config } = this.#bounds;
          const about = {
            session,
            call,
            limits,
            signal,
            what,
            server: config.name,
            retrySafe: 'yes',
          } as const;
          return inRounds(params, about, (message) =>
            session.request(method, message, { ...times, signal, onProgress, call }),
          );
        },
      );
    } finally {
      this.#gate.leave();
    }
  }

  /** What the server says that it has, where it is connected. */
  capabilities(): JsonObject | undefined {
    return this.#keeper.live?.capabilities;
  }

  /** Called after a change of a list of prompts or resources, and after each reconnection. */
  onListChanged(listener: (kind: 'prompts' | 'resources') => void): void {
    this.#listListeners.push(listener);
  }

  onResourceUpdated(listener: (uri: string) => void): void {
    this.#resourceListeners.push(listener);
  }

  /**
   * Hears of changes of one resource over the connection as it is now, until what it gives is called.
   * @throws OrchestratorError as for `callTool`
   */
  subscribe(uri: string): Promise<() => void> {
    return this.#attempt({ tool: undefined, repeatable: true }, (session) => session.subscribe(uri));
  }

  /**
   * Ends the connection; calls in flight fail. Afterwards no process of the server's group is left. Never rejects.
   *
   * @param reason half a sentence on why, for the errors of those calls
   */
  close(reason?: string): Promise<void> {
    return this.#keeper.close(reason);
  }

  /** Runs the work over a connection; once more over a new one where that is harmless. */
  async #attempt<T>(
    call: Pick<CallContext, 'repeatable' | 'request'> & OpenOptions,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { config } = this;
    const { tool, request, signal, repeatable } = call;
    for (let isRepeat = false; ; isRepeat = true) {
      const session = this.#keeper.live ?? (await this.#keeper.open(call));
      if (signal?.aborted) throw this.#keeper.abortedBeforeSending(tool);
      try {
        return await work(session);
      } catch (thrown) {
        if (thrown instanceof OrchestratorError) throw thrown;
        const context = {
          config,
          limits: this.#limits,
          redact: this.redact,
          tool,
          request,
          repeatable,
          session,
          signal,
          closeReason: this.#keeper.closeReason,
        };
        const { error, isLost, wasNotSent } = callFailure(thrown, context);
        if (isLost) this.#keeper.lose(session, error);
        const mayRepeat = isLost && (wasNotSent || repeatable) && !isRepeat && !this.#keeper.isClosed;
        if (!mayRepeat) throw error;
        this.#log.info(
          { server: config.name, tool, problem: error.message },
          'connecting anew to send a request again',
        );
      }
    }
  }
}

function emit(listeners: readonly (() => void)[]): void {
  for (const listener of listeners) listener();
}
