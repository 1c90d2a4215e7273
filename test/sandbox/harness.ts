/** Runs scripts in a real pool, with tools that the test gives as plain functions. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ApiTable } from '../../sandbox/protocol.ts';
import {
  type SandboxCall,
  type SandboxOutcome,
  SandboxPool,
  type SandboxPoolOptions,
  type SandboxReply,
} from '../../src/execution/sandbox-pool.ts';
import { defaultLimits, type Limits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';

export interface Ran extends SandboxOutcome {
  readonly value: unknown;
  readonly output: string;
  readonly calls: readonly SandboxCall[];
}

export interface RunOptions {
  readonly input?: unknown;
  readonly signal?: AbortSignal;
  readonly onCall?: (call: SandboxCall) => Promise<SandboxReply>;
  readonly onOutput?: (text: string) => void;
}

export const table: ApiTable = { servers: { files: ['read', 'write', 'echo', 'fail'], memory: ['add'] } };

let runs = 0;

export class Sandbox {
  readonly pool: SandboxPool;

  constructor(limits: Partial<Limits> = {}, api: ApiTable = table, more: Partial<SandboxPoolOptions> = {}) {
    this.pool = new SandboxPool({ limits: { ...defaultLimits(), ...limits }, log: silentLog, ...more });
    this.pool.setApi(JSON.stringify(api));
  }

  async run(code: string, options: RunOptions = {}): Promise<Ran> {
    const calls: SandboxCall[] = [];
    let output = '';
    const outcome = await this.pool.run({
      run: `run-${++runs}`,
      code,
      ...(options.input !== undefined && { input: JSON.stringify(options.input) }),
      signal: options.signal ?? new AbortController().signal,
      onCall: (call) => {
        calls.push(call);
        return (options.onCall ?? echo)(call);
      },
      onOutput: (text) => {
        output += text;
        options.onOutput?.(text);
      },
    });
    return {
      ...outcome,
      value: outcome.result,
      output,
      calls,
    };
  }

  /** The value of a script that is expected to succeed. */
  async value(code: string, options: RunOptions = {}): Promise<unknown> {
    const ran = await this.run(code, options);
    if (!ran.ok) throw new Error(`${ran.failure?.reason}: ${ran.failure?.message}`);
    return ran.value;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** Answers with the arguments; `fail` fails. */
export async function echo(call: SandboxCall): Promise<SandboxReply> {
  if (call.tool !== 'fail') return { ok: true, value: call.args };
  const { server, tool } = call;
  return {
    ok: false,
    failure: {
      message: 'no such file',
      kind: 'tool_failed',
      server,
      tool,
      retrySafe: 'no',
      hint: 'Look twice.',
    },
  };
}

/** Sandbox processes that are children of `parent`, by their command line. Linux only. */
export function sandboxProcesses(parent: number = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => parentOf(pid) === parent && readText(`/proc/${pid}/cmdline`).includes('/sandbox/main.cjs'),
    );
}

/** 0 where the process is gone or only a zombie. */
function parentOf(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? 0 : Number(parent ?? 0);
}

/** Waits, with a bound, until the condition holds. */
export async function until(condition: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not so after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
