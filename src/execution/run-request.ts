/** What a run is asked to do, and what it is done with. */
import type { Catalog } from '../catalog/catalog.ts';
import type { CheckMode } from '../config/types.ts';
import type { Caller } from '../downstream/caller.ts';
import type { ConnectionPool } from '../downstream/pool.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { CallRecord } from './journal-entry.ts';
import type { PermissionOptions } from './permission.ts';
import type { Router } from './router.ts';
import type { RunRecord } from './run-record.ts';
import type { RunStore } from './run-store.ts';
import type { SandboxPool } from './sandbox-pool.ts';
import type { Telemetry } from './telemetry.ts';
import type { TypeGate } from './type-gate.ts';

export interface RunRequest {
  /** TypeScript. */
  readonly code: string;
  /** Wall-clock seconds, tool calls included; the limits' default where absent. */
  readonly timeout?: number | undefined;
  /** JSON; the script sees it as `input`. */
  readonly input?: unknown;
  /** What type errors do; the configuration's `check` where absent. */
  readonly check?: CheckMode | undefined;
  /** Only checks: nothing runs, and the result lists the tools that the script can call. */
  readonly checkOnly?: boolean | undefined;
  /**
   * `plan`: reads are made, everything else is held back and answered with a plausible value; the result lists what
   * would have been done.
   */
  readonly mode?: 'plan' | undefined;
  /** The digest of a plan: the run ends before the first effect that is not in it. */
  readonly apply?: string | undefined;
  /** A run whose completed calls are not made again, but answered from its record. */
  readonly resumeFrom?: string | undefined;
  /** With `resumeFrom`: reads are made anew. */
  readonly freshReads?: boolean | undefined;
  /** Nothing is called: every call is answered as it was in this run. */
  readonly replay?: RunRecord | undefined;
  /** Goes on when whoever asked for it has gone. */
  readonly background?: true | undefined;
  /** Ends the run and its calls under way. */
  readonly signal?: AbortSignal | undefined;
  /** Who runs it; the local user where absent. */
  readonly caller?: Caller | undefined;
  /** `code` is a policy file: its function runs, between its two schemas, and may call only what is listed here. */
  readonly policy?: PermissionOptions | undefined;
  /** Console output as it comes, whole lines. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** After each call: how many have ended, and the last one. */
  readonly onCall?: ((record: CallRecord, done: number) => void) | undefined;
}

export interface RunnerOptions {
  readonly catalog: Catalog;
  readonly router: Router;
  /** Are told when a run has ended. */
  readonly connections: Pick<ConnectionPool, 'endRun'>;
  readonly sandboxes: SandboxPool;
  readonly types: TypeGate;
  /** Where the record of each run goes. */
  readonly runs: RunStore;
  /** Is told of each run that has ended. */
  readonly telemetry?: Telemetry;
  /** For requests that do not say. */
  readonly check: CheckMode;
  readonly limits: Limits;
  readonly log: Log;
}
