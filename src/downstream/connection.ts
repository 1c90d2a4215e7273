/** One configured server: its tools listed and called, with bounds, over a connection that mends itself. */
import type { ServerConfig } from '../config/types.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { Attempts } from './attempts.ts';
import { secretsOf } from './auth/credentials.ts';
import type { BreakerState } from './breaker.ts';
import { CallClock } from './call-clock.ts';
import { CallStats, type CallSummary } from './call-stats.ts';
import { type Caller, localCaller } from './caller.ts';
import type { Foreground } from './foreground.ts';
import type { PriorEra } from './handshake.ts';
import { Listeners } from './listeners.ts';
import { type ListKeeping, type ListKind, listMethods, type ReadList, readList } from './lists.ts';
import { cleanText, createRedact, type Redact } from './problem.ts';
import { inRounds } from './rounds.ts';
import type { JsonObject, Progress } from './session.ts';
import { type ConnectionState, type OpenOptions, SessionKeeper } from './session-keeper.ts';
import { ToolCalls } from './tool-calls.ts';
import { Turns } from './turns.ts';
import { Upkeep } from './upkeep.ts';

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
  /** Another connection to the same server: what is known of the server is known to both. */
  readonly kin?: Connection | undefined;
  /** On whose behalf it is made, where it is for nobody else. */
  readonly owner?: Caller | undefined;
  /** Called whenever a request is sent again, or a lost server connected to again for one. */
  readonly onRetry?: ((server: string) => void) | undefined;
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
  /** Hides in a text what is secret in the server's entry. */
  readonly redact: Redact;
  readonly #turns: Turns;
  readonly #stats: CallStats;
  readonly #keeper: SessionKeeper;
  readonly #attempts: Attempts;
  readonly #upkeep: Upkeep | undefined;
  readonly #toolsListeners = new Listeners();
  readonly #stateListeners = new Listeners();
  readonly #listListeners = new Listeners<['prompts' | 'resources']>();
  readonly #resourceListeners = new Listeners<[uri: string]>();
  readonly #toolCalls: ToolCalls;

  readonly #kin: Connection | undefined;
  #kinCount = 0;

  constructor(config: ServerConfig, options: ConnectionOptions) {
    const { limits, log, defaultEnvironment, foreground, kin, owner, onRetry, era = kin?.era() } = options;
    this.config = config;
    this.#kin = kin;
    if (kin) kin.#kinCount += 1;
    this.#stats = kin ? kin.#stats : new CallStats();
    this.#limits = limits;
    this.redact = createRedact(config, secretsOf(config, limits));
    this.#toolCalls = new ToolCalls(config, limits);
    this.#keeper = new SessionKeeper({
      config,
      limits,
      log,
      defaultEnvironment,
      redact: this.redact,
      era,
      foreground,
      owner,
      onToolsChanged: this.#toolsListeners.tell,
      onListChanged: this.#listListeners.tell,
      onResourceUpdated: this.#resourceListeners.tell,
      onStateChanged: () => {
        if (this.#keeper.state.state === 'connected') this.#upkeep?.connected();
        else this.#upkeep?.ended();
        this.#stateListeners.tell();
      },
    });
    const keeper = this.#keeper;
    const attempts = new Attempts({ config, limits, log, redact: this.redact, keeper, onRetry });
    this.#attempts = attempts;
    this.#turns = new Turns({ config, limits, attempts, keeper, stats: this.#stats });
    this.#upkeep = this.#newUpkeep();
  }

  get #bounds(): { config: ServerConfig; limits: Limits } {
    return { config: this.config, limits: this.#limits };
  }

  state(): ConnectionState {
    return this.#keeper.state;
  }

  /** True where it was ended for want of requests (`idle_timeout`), and the next one opens it again. */
  get isAsleep(): boolean {
    return this.#keeper.isAsleep;
  }

  /** How many connections of single runs and principals there are to the same server. */
  get kinCount(): number {
    return this.#kinCount;
  }

  /** True while a request is under way or somebody listens for changes of a resource. */
  get isBusy(): boolean {
    return this.#attempts.areUnderWay || this.#keeper.live?.isListenedTo === true;
  }

  /** What this server turned out to speak, plain JSON, for `ConnectionOptions.era` of the next start. */
  era(): PriorEra | undefined {
    return this.#keeper.era;
  }

  /** Where its calls fail one after the other: that it is left alone for a while, or about to be tried again. */
  breaker(): BreakerState | undefined {
    return this.#turns.breaker.state;
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
    this.#toolsListeners.add(listener);
  }

  onStateChanged(listener: () => void): void {
    this.#stateListeners.add(listener);
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
    return this.#attempts.run({ tool: undefined, repeatable: true, ...options }, async (session) => {
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
  callTool(name: string, args: Record<string, unknown>, options: CallOptions): Promise<JsonObject> {
    const { signal, repeatable, caller = localCaller } = options;
    return this.#turns.run({ tool: name, repeatable, signal, caller }, (session) =>
      this.#toolCalls.call(session, { name, args }, options),
    );
  }

  /**
   * All that a list holds, unchecked, within the bounds of `listTools`; nothing where the server does not declare it.
   * @throws OrchestratorError as for `callTool`
   */
  list(kind: Exclude<ListKind, 'tools'>, options: WaitOptions = {}): Promise<ReadList> {
    return this.#attempts.run({ tool: undefined, repeatable: true, ...options }, async (session) =>
      session.declares(listMethods[kind].capability) ? readList(session, kind, this.#bounds) : { items: [] },
    );
  }

  /**
   * Any other request that changes nothing at the server, with the result as the server sent it.
   * @throws OrchestratorError as for `callTool`
   */
  request(method: string, params: JsonObject, options: RequestAsk): Promise<JsonObject> {
    const { signal, onProgress, caller = localCaller } = options;
    const { limits, config } = this.#bounds;
    const call = { caller, clock: new CallClock() };
    const times = { timeoutMs: config.callMsMax, totalMsMax: limits.callMsMax };
    const what = () => `"${cleanText(method, 100)}" of server "${config.name}"`;
    const rounds = { call, limits, signal, what, server: config.name, retrySafe: 'yes' } as const;
    const asked = { tool: undefined, request: method, repeatable: true, signal, caller };
    return this.#turns.run(asked, (session) =>
      inRounds(params, { ...rounds, session }, (message) =>
        session.request(method, message, { ...times, signal, onProgress, call }),
      ),
    );
  }

  /** What the server says that it has, or said when it was last connected. */
  capabilities(): JsonObject | undefined {
    return this.#keeper.capabilities;
  }

  /** Called after a change of a list of prompts or resources, and after each reconnection. */
  onListChanged(listener: (kind: 'prompts' | 'resources') => void): void {
    this.#listListeners.add(listener);
  }

  onResourceUpdated(listener: (uri: string) => void): void {
    this.#resourceListeners.add(listener);
  }

  /**
   * Hears of changes of one resource over the connection as it is now, until what it gives is called.
   * @throws OrchestratorError as for `callTool`
   */
  subscribe(uri: string): Promise<() => void> {
    return this.#attempts.run({ tool: undefined, repeatable: true }, (session) => session.subscribe(uri));
  }

  /**
   * Ends the connection; calls in flight fail. Afterwards no process of the server's group is left. Never rejects.
   *
   * @param reason half a sentence on why, for the errors of those calls
   */
  close(reason?: string): Promise<void> {
    this.#upkeep?.close();
    if (this.#kin && !this.#keeper.isClosed) this.#kin.#kinCount -= 1;
    return this.#keeper.close(reason);
  }

  #newUpkeep(): Upkeep | undefined {
    const { idleMs, healthMs } = this.config;
    if (idleMs === undefined && healthMs === undefined) return undefined;
    return new Upkeep({
      idleMs,
      healthMs,
      usedAtMs: () => this.#attempts.usedAtMs,
      isBusy: () => this.isBusy,
      rest: () => this.#keeper.rest(),
      check: () => this.#attempts.checkHealth(),
    });
  }
}
