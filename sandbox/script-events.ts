/** What a script asks of whoever runs it, and how it ends. */
import type { CallSite } from './call-site.ts';

export interface ScriptEnd {
  readonly ok: boolean;
  /** The result (empty for undefined) or a ScriptFailure, as JSON. */
  readonly text: string;
  readonly cpuMs: number;
  readonly residentBytesPeak: number;
  readonly outputBytesCut: number;
  /** The script was cut off, can still run, and has functions for that: `stop` runs them. */
  readonly kept: boolean;
  readonly notAwaited: readonly number[];
  readonly unsent: number;
}

/**
 * All but `onEnd` and `onTurnEnd` come only between `run` and `onEnd`, which comes once for each `run`; and between `stop` and
 * `onStopped`, which comes once for each `stop`.
 */
export interface ScriptEvents {
  /** @param args JSON */
  onCall(id: number, site: CallSite, args: string): void;
  onOutput(text: string): void;
  onEnd(end: ScriptEnd): void;
  /** After each turn that an isolate's own thread has taken, after `onEnd` too. */
  onTurnEnd(): void;
  /** @param text a ScriptFailure as JSON where not ok */
  onStopped(ok: boolean, text: string): void;
}
