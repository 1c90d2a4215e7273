/** A script for the sandbox, and what comes of it. */
import type { ScriptFailure, ToolFailure } from '../../sandbox/protocol.ts';

/** A call as the script made it; not yet checked in any way. */
export interface SandboxCall {
  readonly id: number;
  readonly server: string;
  readonly tool: string;
  readonly raw: boolean;
  /** Of the compiled script, 1-based; 0 where unknown. */
  readonly line: number;
  readonly column: number;
  /** JSON by an honest sandbox; parse it with care. */
  readonly args: string;
}

/** `value` is JSON text; it is passed through as it is. */
export type SandboxReply =
  | { readonly ok: true; readonly value: string | Uint8Array }
  | { readonly ok: false; readonly failure: ToolFailure };

export interface SandboxScript {
  /** Unique. */
  readonly run: string;
  /** Compiled JavaScript, the body of an async function. */
  readonly code: string;
  /** JSON; the script sees it as `input`. */
  readonly input?: string;
  /** ApiTable as JSON; that of the pool where absent. */
  readonly api?: string;
  /** Ends the run, with reason `aborted`. */
  readonly signal: AbortSignal;
  /** Must not reject; a rejection becomes a ToolFailure without its text. After the run has ended only `SandboxStop` calls it. */
  onCall(call: SandboxCall): Promise<SandboxReply>;
  /** Console output as it comes, one or more lines. */
  onOutput(text: string): void;
}

export interface SandboxOutcome {
  readonly ok: boolean;
  /** Parsed JSON, of at most resultBytesMax; absent for undefined. */
  readonly result?: unknown;
  readonly failure?: ScriptFailure;
  readonly cpuMs: number;
  /** Resident memory of the whole sandbox process, of which about 50 MB are Node itself. */
  readonly memoryBytesPeak: number;
  readonly outputBytesCut: number;
  /** Ids of calls that the script had not waited for when it returned. */
  readonly notAwaited?: readonly number[];
  /** Calls that waited for their turn in the sandbox and were never sent. */
  readonly unsent?: number;
  /** Its process ended by itself before anything had come of the script. */
  readonly isUntouched?: boolean;
  /** Where a script that was cut off has functions for that, and can still run them. To be closed by whoever gets it. */
  readonly stop?: SandboxStop;
}

/** A sandbox that is kept for what its script registered by `onStop`. */
export interface SandboxStop {
  /**
   * Runs one function, by its number; one at a time. Its calls and its output come as those of the script did.
   *
   * @returns the reason where it failed
   */
  run(id: number): Promise<ScriptFailure | undefined>;
  /** Ends the sandbox; a function that still runs ends with it, with reason `aborted`. */
  close(): void;
}

/** The script learns that the call failed, not what an error of ours says. */
export async function answerOf(script: SandboxScript, call: SandboxCall): Promise<SandboxReply> {
  try {
    return await script.onCall(call);
  } catch {
    const { server, tool } = call;
    const message = 'The orchestrator failed to make the call.';
    return { ok: false, failure: { message, kind: 'sandbox_failed', server, tool, retrySafe: 'unknown' } };
  }
}
