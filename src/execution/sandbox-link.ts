/** The way to whatever runs a script, as SandboxChild sees it: messages there and back, its end, and what it uses. */
import type { FromSandbox, ToSandbox } from '../../sandbox/protocol.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Usage } from './sandbox-watch.ts';

export interface SandboxLink {
  /** Of a process of its own. */
  readonly pid: number | undefined;
  send(message: ToSandbox, payload: string | Uint8Array): void;
  /** At once and without fail; `onGone` follows. */
  kill(): void;
  /** Looked for from outside: what the kernel has ended, Node tells a moment later. False where that cannot be seen. */
  isGone(): boolean;
  /** Seen from outside; undefined where that cannot be. */
  usage(): Usage | undefined;
  /** What was sent, and has not been taken in. */
  unsentBytes(): number;
}

export interface SandboxLinkEvents {
  /**
   * The message's fields have the right types; nothing else of it is checked.
   *
   * @throws ProtocolViolation, which comes back by `onError`
   */
  onMessage(message: FromSandbox, payload: Uint8Array | string): void;
  /** What arrived is no message, or `onMessage` refused it. */
  onError(error: unknown): void;
  /**
   * Once, and the last event.
   *
   * @param stderr the last of what it printed
   */
  onGone(reason: string, stderr: string): void;
}

export interface SandboxLinkOptions {
  readonly limits: Limits;
  readonly log: Log;
}

/** @throws OrchestratorError sandbox_failed */
export type OpenSandboxLink = (options: SandboxLinkOptions, events: SandboxLinkEvents) => SandboxLink;
