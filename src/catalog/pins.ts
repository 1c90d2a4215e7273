/**
 * Trust in definitions: what a tool says of itself when it is first seen is pinned; a server that says something else later
 * is reported, or (`enforce`) the tool is withheld until somebody has approved it. The one place that decides on it.
 */
import type { PinMode } from '../config/types.ts';
import { watchFileChanges } from '../config/watch-file.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { describeDifference } from './definition-difference.ts';
import { changeLock, type Lock, type Pin, pinOf, readLock } from './lock-file.ts';
import type { Introspection, QuarantinedTool, ToolDefinition, ToolWarning } from './tool.ts';

export interface PinsOptions {
  /** Undefined pins nothing. */
  readonly file: string | undefined;
  readonly mode: PinMode;
  readonly log: Log;
}

export interface PinStatus {
  readonly tool: string;
  readonly status: 'pinned' | 'changed' | 'new' | 'missing';
  /** For `changed`, a line each. */
  readonly differences?: readonly string[];
}

export interface PinnedView {
  /** Without what is withheld, which is among the quarantined; the same object where nothing is. */
  readonly introspection: Introspection;
  readonly warnings: readonly ToolWarning[];
}

export class Pins {
  readonly mode: PinMode;
  readonly file: string | undefined;
  readonly #log: Log;
  /** A text where the file cannot be read: why. */
  #lock: Lock | string = new Map();
  #isTold = false;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor({ file, mode, log }: PinsOptions) {
    this.mode = file === undefined ? 'off' : mode;
    this.file = file;
    this.#log = log;
  }

  /** Never rejects: a file that cannot be read pins nothing, and under `enforce` lets nothing through. */
  static async open(options: PinsOptions): Promise<Pins> {
    const pins = new Pins(options);
    if (pins.mode !== 'off') await pins.#read();
    return pins;
  }

  /** Why nothing is known of what is pinned; undefined where it is. */
  get problem(): string | undefined {
    return typeof this.#lock === 'string' ? this.#lock : undefined;
  }

  /** What is to be shown of a server, by what is pinned. Costs a hash for each tool. */
  apply(server: string, introspection: Introspection): PinnedView {
    if (this.mode === 'off') return { introspection, warnings: [] };
    const lock = this.#lock;
    if (typeof lock === 'string') {
      if (this.mode === 'warn') return { introspection, warnings: [] };
      const withheld = introspection.tools.map(({ name }) => ({ name, reason: `Withheld: ${lock}` }));
      return { introspection: without(introspection, withheld), warnings: [] };
    }
    if (!lock.has(server)) return { introspection, warnings: [] };
    const odd = this.status(server, introspection.tools).filter(
      ({ status }) => status === 'changed' || status === 'new',
    );
    if (this.mode === 'enforce') {
      const withheld = odd.map((one) => ({ name: one.tool, reason: reasonOf(server, one) }));
      return { introspection: without(introspection, withheld), warnings: [] };
    }
    const warnings = odd
      .filter(({ status }) => status === 'changed')
      .map((one) => ({ tool: one.tool, problem: reasonOf(server, one) }));
    return { introspection, warnings };
  }

  /**
   * Pins what is seen for the first time: every tool of a server that is new, and, but under `enforce`, further tools of a
   * server that is known. Never rejects.
   */
  async record(server: string, tools: readonly ToolDefinition[]): Promise<void> {
    const { file } = this;
    if (this.mode === 'off' || file === undefined || typeof this.#lock === 'string') return;
    if (this.#unpinned(this.#lock, server, tools).length === 0) return;
    try {
      await this.#change((lock) => {
        const first = this.#unpinned(lock, server, tools);
        for (const tool of first) pinsIn(lock, server).set(tool.name, pinOf(tool));
        return first.length > 0;
      });
    } catch (error) {
      // One word is enough, wherever the file cannot be written.
      if (!this.#isTold) this.#log.warn({ file, problem: messageOf(error) }, 'tools are not pinned');
      this.#isTold = true;
    }
  }

  /** Of each tool there is, and of each that is pinned and no longer there. */
  status(server: string, tools: readonly ToolDefinition[]): PinStatus[] {
    const pinned = typeof this.#lock === 'string' ? undefined : this.#lock.get(server);
    const names = new Set(tools.map(({ name }) => name));
    const missing = [...(pinned?.keys() ?? [])].filter((name) => !names.has(name));
    return [
      ...tools.map((tool) => statusOf(tool, pinned?.get(tool.name))),
      ...missing.map((tool) => ({ tool, status: 'missing' as const })),
    ];
  }

  /**
   * Pins tools as they are now, and forgets those that are gone.
   *
   * @param only of this name
   * @returns the names of those that are pinned otherwise than before
   * @throws OrchestratorError config_invalid where the file cannot be read or written
   */
  async approve(server: string, tools: readonly ToolDefinition[], only?: string): Promise<string[]> {
    const approved: string[] = [];
    await this.#change((lock) => {
      const pinned = pinsIn(lock, server);
      for (const tool of tools) {
        if (only !== undefined && tool.name !== only) continue;
        const pin = pinOf(tool);
        if (pinned.get(tool.name)?.hash === pin.hash) continue;
        pinned.set(tool.name, pin);
        approved.push(tool.name);
      }
      for (const name of [...pinned.keys()]) {
        if (tools.some((tool) => tool.name === name) || (only !== undefined && only !== name)) continue;
        pinned.delete(name);
        approved.push(name);
      }
      return approved.length > 0;
    });
    return approved;
  }

  /** Calls back when what is pinned has been changed by another process. @returns how to end it */
  watch(onChanged: () => void): () => void {
    if (this.mode === 'off' || this.file === undefined) return () => {};
    return watchFileChanges(this.file, () => {
      const before = this.#lock;
      void this.#inTurn(() => this.#read()).then(() => {
        if (!isSameLock(before, this.#lock)) onChanged();
      });
    });
  }

  /** What is to be pinned without a question. */
  #unpinned(lock: Lock, server: string, tools: readonly ToolDefinition[]): ToolDefinition[] {
    const pinned = lock.get(server);
    if (pinned && this.mode === 'enforce') return [];
    return tools.filter(({ name }) => !pinned?.has(name));
  }

  async #read(): Promise<void> {
    try {
      this.#lock = await readLock(this.file ?? '');
    } catch (error) {
      const problem = messageOf(error);
      if (this.#lock !== problem) this.#log.error({ problem }, 'what is pinned cannot be read');
      this.#lock = problem;
    }
  }

  #change(change: (lock: Lock) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      this.#lock = await changeLock(this.file ?? '', change);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function statusOf(tool: ToolDefinition, pin: Pin | undefined): PinStatus {
  const { name } = tool;
  if (!pin) return { tool: name, status: 'new' };
  const now = pinOf(tool);
  if (now.hash === pin.hash) return { tool: name, status: 'pinned' };
  return { tool: name, status: 'changed', differences: describeDifference(pin.definition, now.definition) };
}

function reasonOf(server: string, { tool, status, differences = [] }: PinStatus): string {
  const what =
    status === 'new'
      ? 'It was not there when the server was pinned.'
      : `Its definition is another one than was pinned: ${differences.join('; ')}.`;
  return `${what} If that is right: pins approve ${server}.${tool}`;
}

function without(introspection: Introspection, withheld: readonly QuarantinedTool[]): Introspection {
  if (withheld.length === 0) return introspection;
  const names = new Set(withheld.map(({ name }) => name));
  return {
    ...introspection,
    tools: introspection.tools.filter(({ name }) => !names.has(name)),
    quarantined: [...introspection.quarantined, ...withheld],
  };
}

function pinsIn(lock: Lock, server: string): Map<string, Pin> {
  const pinned = lock.get(server) ?? new Map<string, Pin>();
  lock.set(server, pinned);
  return pinned;
}

function isSameLock(a: Lock | string, b: Lock | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  const text = (lock: Lock) =>
    JSON.stringify(
      [...lock].map(([server, tools]) => [server, [...tools].map(([name, { hash }]) => [name, hash])]),
    );
  return text(a) === text(b);
}
