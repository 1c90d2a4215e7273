/** What stays of a run: enough to read it, to replay it, and to go on from it. Plain JSON, kept in the storage as it is. */
import type { ToolFailure } from '../../sandbox/protocol.ts';
import type { CallRecord } from './journal-entry.ts';
import type { RunResult, RunStatus } from './run-result.ts';

/** `interrupted`: its orchestrator ended before it did. */
export type RecordStatus = RunStatus | 'running' | 'interrupted';

/** One call with everything that went over the wire, as far as it is kept. */
export interface RecordedCall extends CallRecord {
  /** Milliseconds after the run's start. */
  at: number;
  /** As the script gave them, JSON text; absent where they were too large to be kept. */
  args?: string;
  /** How long arguments are that were not kept, and what they are known by (`callKey`). */
  args_bytes?: number;
  key?: string;
  /** What the script got, JSON text: the MCP result where `raw`, else the value. Absent where not ok, or not kept. */
  value?: string;
  /** How long a value is that was not kept. */
  value_bytes?: number;
  raw?: true;
  /** What the script was told, where not ok. */
  failure?: ToolFailure;
  /** Answered from the record of this run instead of by the server. */
  reused?: string;
}

export interface RunRecord {
  readonly version: 1;
  readonly run_id: string;
  /** Who ran it; nobody else sees it. */
  readonly principal: string;
  readonly status: RecordStatus;
  /** ISO 8601, in UTC. */
  readonly started_at: string;
  readonly ended_at?: string;
  readonly script: string;
  readonly input?: unknown;
  /** How it was asked for, beside script and input. */
  readonly request: {
    readonly timeout?: number;
    readonly check?: string;
    readonly mode?: 'plan';
    readonly apply?: string;
    readonly resume_from?: string;
    readonly background?: true;
    /** The script is this policy's file. */
    readonly policy?: string;
  };
  readonly versions: {
    readonly orchestrator: string;
    /** By `server.tool`, for the tools that were called: a hash of the definition. */
    readonly tools: Readonly<Record<string, string>>;
  };
  readonly calls: readonly RecordedCall[];
  /** Calls of the run that this one resumed, which it did not come to: they are as done as its own. */
  readonly carried?: readonly RecordedCall[];
  /** As it was answered, but for the calls, which stand above; absent where the run has not ended. */
  readonly result?: Omit<RunResult, 'calls'>;
  /** The console's so far, where the run has not ended. */
  readonly output?: string;
}

/** A run in a list. */
export interface RunSummary {
  readonly run_id: string;
  readonly principal: string;
  readonly status: RecordStatus;
  readonly started_at: string;
  readonly wall_ms: number;
  readonly calls: number;
  /** The policy's name; of any other script, its first line that says something. */
  readonly title: string;
  readonly background?: true;
  readonly resume_from?: string;
  /** What the record takes, about. */
  readonly bytes: number;
}

const titleCharactersMax = 80;

export function summaryOf(record: RunRecord): RunSummary {
  const { run_id, principal, status, started_at, request, result, calls } = record;
  return {
    run_id,
    principal,
    status,
    started_at,
    wall_ms: result?.stats.wall_ms ?? Math.max(0, Date.now() - Date.parse(started_at)),
    calls: calls.length,
    title: request.policy === undefined ? titleOf(record.script) : `policy ${request.policy}`,
    ...(request.background && { background: true }),
    ...(request.resume_from !== undefined && { resume_from: request.resume_from }),
    bytes: bytesOf(record),
  };
}

const bytesPerCall = 200;

/** Near enough to bound what is kept, without writing it all once more. */
function bytesOf({ script, calls, carried = [], result, output = '' }: RunRecord): number {
  const texts = [...calls, ...carried].flatMap(({ args = '', value = '' }) => args.length + value.length);
  const sum = texts.reduce((all, length) => all + length + bytesPerCall, 0);
  return (
    script.length + output.length + (result?.output.length ?? 0) + (result?.stats.bytes_to_agent ?? 0) + sum
  );
}

function titleOf(script: string): string {
  const line = script
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '' && !/^(import\b|[{}()[\];]+$)/.test(one));
  const text = (line ?? '').replace(/^(\/\/|\/\*+)\s*/, '').replace(/\s*\*\/$/, '');
  return text.length > titleCharactersMax ? `${text.slice(0, titleCharactersMax - 1)}…` : text;
}
