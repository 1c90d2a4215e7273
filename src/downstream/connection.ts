/** One configured server: its tools listed and called, with bounds, over a connection that mends itself. */
import type { ServerConfig } from '../config/types.ts';
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { CallClock } from './call-clock.ts';
import { type CallContext, callFailure } from './call-failure.ts';
import { type Caller, localCaller } from './caller.ts';
import type { Foreground } from './foreground.ts';
import { Gate } from './gate.ts';
import type { PriorEra } from './handshake.ts';
import { readAllTools } from './list-tools.ts';
import { paramHeaderDeclarations, paramHeaders } from './param-headers.ts';
import { cleanText, createRedact, type Redact } from './problem.ts';
import { inRounds } from './rounds.ts';
import type { JsonObject, Progress, RequestOptions, Session } from './session.ts';
import { type ConnectionState, type OpenOptions, SessionKeeper } from './session-keeper.ts';

export type { PriorEra } from './handshake.ts';
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
}

/** For attempts that nobody waits for (`background`), and to stop waiting (`signal`). */
export type WaitOptions = Pick<OpenOptions, 'background' | 'signal'>;

/** Error code of protocol revision 2026-07-28: a header that repeats an argument is missing. */
const headerMismatch = -32_020;

export class Connection {
  readonly config: ServerConfig;
  readonly #limits: Limits;
  readonly #log: Log;
  /** Hides in a text what is secret in the server's entry. */
  readonly redact: Redact;
  readonly #gate: Gate;
  readonly #keeper: SessionKeeper;
  readonly #toolsListeners: (() => void)[] = [];
  readonly #stateListeners: (() => void)[] = [];
  /** `inputSchema`s by tool, kept only where headers have to be made from them. */
  #schemas = new Map<string, unknown>();

  constructor(config: ServerConfig, { limits, log, defaultEnvironment, era, foreground }: ConnectionOptions) {
    this.config = config;
    this.#limits = limits;
    this.#log = log;
    this.redact = createRedact(config);
    this.#gate = new Gate(config.callsMax);
    this.#keeper = new SessionKeeper({
      config,
      limits,
      log,
      defaultEnvironment,
      redact: this.redact,
      era,
      foreground,
      onToolsChanged: () => emit(this.#toolsListeners),
      onStateChanged: () => emit(this.#stateListeners),
    });
  }

  state(): ConnectionState {
    return this.#keeper.state;
  }

  /** What this server turned out to speak, plain JSON, for `ConnectionOptions.era` of the next start. */
  era(): PriorEra | undefined {
    return this.#keeper.era;
  }

  /** The last lines of a stdio server's stderr, of this life or the one before. */
  lastStderr(): string[] {
    return this.#keeper.lastStderr();
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
      const page = await readAllTools(session, this.config, this.#limits);
      if (session.wantsParamHeaders) this.#rememberSchemas(page.tools);
      return { ...session.about(), ...page };
    });
  }

  /**
   * Calls a tool and gives its result as the server sent it. An `isError` result is given, not thrown.
   * @throws OrchestratorError server_unavailable, connection_lost, call_timeout, call_aborted, protocol_error or
   * result_too_large, with `server`, `tool` and `retrySafe`
   */
  async callTool(name: string, args: Record<string, unknown>, options: CallOptions): Promise<JsonObject> {
    const { signal, repeatable } = options;
    if (!(this.#gate.tryEnter() || (await this.#gate.enter(signal))))
      throw this.#keeper.abortedBeforeSending(name);
    try {
      return await this.#attempt({ tool: name, repeatable, signal }, (session) =>
        this.#call(session, name, args, options),
      );
    } finally {
      this.#gate.leave();
    }
  }

  /** Ends the connection; calls in flight fail. Afterwards no process of the server's group is left. Never rejects. */
  close(): Promise<void> {
    return this.#keeper.close();
  }

  /** Runs the work over a connection; once more over a new one where that is harmless. */
  async #attempt<T>(
    call: Pick<CallContext, 'repeatable'> & OpenOptions,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { config } = this;
    const { tool, signal, repeatable } = call;
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
          repeatable,
          session,
          signal,
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

  async #call(
    session: Session,
    name: string,
    args: Record<string, unknown>,
    { signal, onProgress, repeatable, caller = localCaller }: CallOptions,
  ): Promise<JsonObject> {
    const call = { caller, clock: new CallClock() };
    const options = {
      timeoutMs: this.config.callMsMax,
      totalMsMax: this.#limits.callMsMax,
      signal,
      onProgress,
      call,
    };
    const about = {
      session,
      call,
      limits: this.#limits,
      signal,
      what: this.#nameOf(name),
      server: this.config.name,
    };
    const rounds = { ...about, tool: name, retrySafe: repeatable ? 'yes' : 'unknown' } as const;
    const result = await inRounds({ name, arguments: args }, rounds, (params) =>
      session.wantsParamHeaders
        ? this.#withHeaders(session, params, args, options)
        : session.request('tools/call', params, options),
    );
    // The size of messages over stdio was compared already.
    if (!session.stdio) this.#checkSize(name, result, repeatable);
    return result;
  }

  async #withHeaders(
    session: Session,
    params: JsonObject,
    args: Record<string, unknown>,
    options: RequestOptions,
  ): Promise<JsonObject> {
    const send = () => {
      const headers = this.#headers(String(params.name), args);
      return session.request('tools/call', params, { ...options, headers });
    };
    return send().catch(async (thrown: unknown) => {
      const isMismatch = thrown instanceof Error && 'code' in thrown && thrown.code === headerMismatch;
      if (!isMismatch) throw thrown;
      // Refused unread, because the server wants headers that we do not know of yet.
      this.#rememberSchemas((await readAllTools(session, this.config, this.#limits)).tools);
      return send();
    });
  }

  #checkSize(tool: string, result: JsonObject, repeatable: boolean): void {
    const { toolResultBytesMax } = this.#limits;
    const bytes = Buffer.byteLength(JSON.stringify(result));
    if (bytes <= toolResultBytesMax) return;
    const message = `${this.#nameOf(tool)}: the result is too large: ${bytes} bytes; at most ${toolResultBytesMax}`;
    throw new OrchestratorError('result_too_large', message, {
      hint: 'The call was carried out. Ask the tool for less, or raise limits.toolResultBytesMax.',
      retrySafe: repeatable ? 'yes' : 'no',
      server: this.config.name,
      tool,
    });
  }

  #nameOf(tool: string): string {
    return `tool "${cleanText(tool, 128)}" of server "${this.config.name}"`;
  }

  #headers(name: string, args: object): Record<string, string> | undefined {
    const declarations = paramHeaderDeclarations(this.#schemas.get(name));
    return declarations.length === 0 ? undefined : paramHeaders(declarations, args);
  }

  #rememberSchemas(tools: readonly unknown[]): void {
    const named = tools.filter((tool): tool is { name: string; inputSchema?: unknown } => {
      return typeof tool === 'object' && tool !== null && 'name' in tool && typeof tool.name === 'string';
    });
    this.#schemas = new Map(named.map((tool) => [tool.name, tool.inputSchema]));
  }
}

function emit(listeners: readonly (() => void)[]): void {
  for (const listener of listeners) listener();
}
