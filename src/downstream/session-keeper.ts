/** Keeps one session with a server: opened on demand, shared, opened again after a loss, with pauses after failures. */
import type { ServerConfig } from '../config/types.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Caller } from './caller.ts';
import { output } from './connect-problem.ts';
import { FailedAttempts } from './failed-attempts.ts';
import type { Foreground } from './foreground.ts';
import { ConnectError, type PriorEra } from './handshake.ts';
import { cleanText, type Redact } from './problem.ts';
import { type JsonObject, openSession, type Session } from './session.ts';

export interface ConnectionState {
  readonly state: 'idle' | 'connecting' | 'connected' | 'failed';
  /** For `failed`: what is wrong and what to do. */
  readonly problem?: string;
  /** Since when, in milliseconds since 1970. */
  readonly sinceMs: number;
}

export interface SessionKeeperOptions {
  readonly config: ServerConfig;
  readonly limits: Limits;
  readonly log: Log;
  readonly defaultEnvironment: Readonly<Record<string, string>>;
  readonly redact: Redact;
  readonly era: PriorEra | undefined;
  readonly foreground: Foreground | undefined;
  /** On whose behalf, where it is for nobody else. */
  readonly owner?: Caller | undefined;
  /** After `list_changed`, and after each reconnection: a new process may have other tools. */
  readonly onToolsChanged: () => void;
  readonly onListChanged: (kind: 'prompts' | 'resources') => void;
  readonly onResourceUpdated: (uri: string) => void;
  readonly onStateChanged: () => void;
}

export interface OpenOptions {
  /** True for an attempt that nobody waits for. */
  readonly background?: boolean | undefined;
  /** Stops the waiting; the attempt itself goes on, others may wait for it. */
  readonly signal?: AbortSignal | undefined;
  /** The tool to be called, for the error. */
  readonly tool?: string | undefined;
  /** True where whoever asks has just failed, and paused already. */
  readonly isRepeat?: boolean | undefined;
}

export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  #state: ConnectionState = { state: 'idle', sinceMs: Date.now() };
  #era: PriorEra | undefined;
  #session: Session | undefined;
  #opening: { promise: Promise<Session>; stop: AbortController } | undefined;
  #closing: Promise<void> | undefined;
  #closeReason = 'the orchestrator is shutting down';
  readonly #failures: FailedAttempts;
  #stderr: readonly string[] = [];
  #hasBeenOpen = false;
  /** Of a session that had nothing to do: another one is not opened beside it. */
  #resting: Promise<void> | undefined;
  #capabilities: JsonObject | undefined;
  /** Sessions whose processes are still being ended. */
  readonly #retiring = new Set<Promise<void>>();
  /** Of these, some requests are still under way. */
  readonly #draining = new Set<Session>();

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    this.#era = options.era;
    this.#failures = new FailedAttempts(options.config.name, options.limits);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get era(): PriorEra | undefined {
    return this.#era;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** True once there was a session. */
  get wasReached(): boolean {
    return this.#hasBeenOpen;
  }

  /** True where it was ended for want of requests, and the next one opens it again. */
  get isAsleep(): boolean {
    return this.#hasBeenOpen && this.#state.state === 'idle' && !this.#closing;
  }

  /** What the server said that it has when it was last connected. */
  get capabilities(): JsonObject | undefined {
    return this.#capabilities;
  }

  /** Why nothing is to be had of it any more; undefined as long as it is not closed. */
  get closeReason(): string | undefined {
    return this.#closing && this.#closeReason;
  }

  /** The session, where there is one that has not ended. */
  get live(): Session | undefined {
    return this.#session?.isEnded ? undefined : this.#session;
  }

  lastStderr(): string[] {
    return this.#session?.stdio?.lastStderr() ?? [...this.#stderr];
  }

  /** @throws OrchestratorError server_unavailable, or call_aborted where the signal fired first */
  async open(options: OpenOptions): Promise<Session> {
    const { live } = this;
    if (live) return live;
    const end = options.background ? undefined : this.#options.foreground?.begin();
    try {
      if (!this.#opening) {
        this.#refuseOnceClosed(options);
        if (!options.isRepeat) this.#failures.refuseTooSoon(options);
      }
      this.#opening ??= this.#startOpening();
      return await this.#unlessAborted(this.#opening.promise, options);
    } finally {
      end?.();
    }
  }

  /** The session turned out to be of no more use. */
  lose(session: Session, error: OrchestratorError): void {
    if (this.#session !== session) return;
    this.#draining.add(session);
    void this.#retire(
      session,
      session.closeDrained().finally(() => this.#draining.delete(session)),
    );
    if (!this.#closing) this.#setState({ state: 'failed', problem: problemText(error) });
  }

  /** Ends a session that has nothing to do; the next request opens another one. */
  rest(): void {
    const { live } = this;
    if (!live || this.#closing) return;
    this.#resting = this.#retire(live);
    this.#setState({ state: 'idle' });
  }

  /** @param reason half a sentence, for those whose calls end with it */
  close(reason?: string): Promise<void> {
    if (!this.#closing && reason !== undefined) this.#closeReason = reason;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What to tell a caller whose signal fired before anything was sent. */
  abortedBeforeSending(tool: string | undefined): OrchestratorError {
    const { name } = this.#options.config;
    const what = tool === undefined ? 'the request' : `the call of tool "${cleanText(tool, 128)}"`;
    const message = `server "${name}": ${what} was cancelled before it was sent`;
    return new OrchestratorError('call_aborted', message, {
      retrySafe: 'yes',
      outcome: 'failed',
      server: name,
      tool,
    });
  }

  async #close(): Promise<void> {
    const opening = this.#opening;
    opening?.stop.abort('closed');
    if (this.#session) this.#retire(this.#session);
    for (const session of this.#draining) void session.close();
    await opening?.promise.then(
      (late) => void this.#retire(late),
      () => {},
    );
    await Promise.all(this.#retiring);
    this.#setState({ state: 'idle' });
  }

  #startOpening(): { promise: Promise<Session>; stop: AbortController } {
    const stop = new AbortController();
    const promise = this.#open(stop).finally(() => {
      this.#opening = undefined;
    });
    // Everybody may have stopped waiting.
    promise.catch(() => {});
    return { promise, stop };
  }

  async #open(stop: AbortController): Promise<Session> {
    const { config, limits, log, defaultEnvironment, redact, onToolsChanged } = this.#options;
    const { onListChanged, onResourceUpdated, owner } = this.#options;
    this.#setState({ state: 'connecting' });
    // Two processes of a server at once may fight over a file or a port.
    await this.#resting;
    const timer = setTimeout(() => stop.abort('timeout'), config.connectMsMax);
    try {
      const session: Session = await openSession(config, {
        limits,
        log,
        defaultEnvironment,
        prior: this.#era,
        redact,
        owner,
        signal: stop.signal,
        onToolsChanged,
        onListChanged,
        onResourceUpdated,
        // Later, so that `session` is assigned even where it ended at once.
        onEnded: () => queueMicrotask(() => queueMicrotask(() => this.#ended(session))),
      });
      this.#session = session;
      this.#era = session.era;
      this.#capabilities = session.capabilities;
      this.#failures.clear();
      this.#setState({ state: 'connected' });
      if (this.#hasBeenOpen) {
        onToolsChanged();
        onListChanged('prompts');
        onListChanged('resources');
      }
      this.#hasBeenOpen = true;
      return session;
    } catch (thrown) {
      throw this.#failed(thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(thrown: unknown): OrchestratorError {
    const { config, redact } = this.#options;
    const isConnectError = thrown instanceof ConnectError;
    if (isConnectError) this.#stderr = thrown.stderr;
    const text = this.closeReason ?? cleanText(redact(messageOf(thrown)));
    const error = new OrchestratorError(
      'server_unavailable',
      `server "${config.name}" is not available: ${text}`,
      {
        hint: isConnectError ? thrown.hint : undefined,
        retrySafe: 'yes',
        server: config.name,
        cause: thrown,
      },
    );
    if (this.#closing) return error;
    this.#failures.add(error);
    this.#setState({ state: 'failed', problem: problemText(error) });
    return error;
  }

  #refuseOnceClosed({ tool }: OpenOptions): void {
    if (!this.#closing) return;
    const { name: server } = this.#options.config;
    const message = `server "${server}" is not available: ${this.#closeReason}`;
    throw new OrchestratorError('server_unavailable', message, { retrySafe: 'yes', server, tool });
  }

  /** A session came to its end by itself: its process died, its stream broke. */
  #ended(session: Session): void {
    if (this.#session !== session || this.#closing) return;
    const { ended, stdio } = session;
    const how =
      ended === undefined ? 'the connection was closed' : `its process ended with ${ended}${output(stdio)}`;
    this.#retire(session);
    const problem = cleanText(`server "${this.#options.config.name}": ${this.#options.redact(how)}`);
    this.#setState({ state: 'failed', problem: `${problem}. The next call connects anew.` });
  }

  #retire(session: Session, closing = session.close()): Promise<void> {
    this.#stderr = session.stdio?.lastStderr() ?? [];
    if (this.#session === session) this.#session = undefined;
    const retiring = closing.finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
    return retiring;
  }

  async #unlessAborted<T>(promise: Promise<T>, { signal, tool }: OpenOptions): Promise<T> {
    if (!signal) return promise;
    if (signal.aborted) throw this.abortedBeforeSending(tool);
    let stop = () => {};
    const aborted = new Promise<never>((_resolve, reject) => {
      stop = () => reject(this.abortedBeforeSending(tool));
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #setState(state: Omit<ConnectionState, 'sinceMs'>): void {
    this.#state = { ...state, sinceMs: Date.now() };
    this.#options.log.debug({ server: this.#options.config.name, ...state }, 'server connection');
    this.#options.onStateChanged();
  }
}

function problemText(error: OrchestratorError): string {
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
}
