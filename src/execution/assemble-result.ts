/** The RunResult of a run that has ended, out of all who know a part of it. */
import type { Limits } from '../limits.ts';
import type { Journal } from './journal.ts';
import { renderRunResult } from './render-result.ts';
import { notesOn } from './run-notes.ts';
import { type RunResult, returnCodes } from './run-result.ts';
import type { SandboxOutcome } from './sandbox-script.ts';
import type { TypeVerdict } from './type-gate.ts';

/** How a run ended. */
export type Ending = Pick<RunResult, 'status'> &
  Partial<Pick<RunResult, 'result' | 'error' | 'stop' | 'reused' | 'plan' | 'applied'>>;

export interface EndedRun {
  readonly run: string;
  readonly ending: Ending;
  /** The console's, as far as it was kept. */
  readonly output: string;
  /** Undefined where nothing ran. */
  readonly outcome: SandboxOutcome | undefined;
  /** Undefined where nothing was checked. */
  readonly verdict: TypeVerdict | undefined;
  readonly journal: Journal;
  readonly limits: Limits;
  readonly wallMs: number;
}

const callsListedMax = 200;

export function assembleResult(ended: EndedRun): RunResult {
  const { run, ending, output, outcome, verdict, journal, wallMs } = ended;
  const { unsent = 0 } = outcome ?? {};
  const notes =
    ending.status === 'success' ? notesOn(journal.rows, verdict?.floating, outcome !== undefined) : [];
  const result: RunResult = {
    run_id: run,
    returncode: returnCodes[ending.status],
    ...ending,
    output,
    calls: journal.listed(callsListedMax),
    ...(unsent > 0 && { calls_not_sent: unsent }),
    ...(notes.length > 0 && { notes }),
    ...typeRemarks(ending, verdict),
    ...truncation(ended),
    stats: {
      wall_ms: Math.round(wallMs * 10) / 10,
      cpu_ms: Math.round(outcome?.cpuMs ?? 0),
      memory_bytes_peak: outcome?.memoryBytesPeak ?? 0,
      calls: journal.calls,
      bytes_from_tools: journal.bytesFromTools,
      bytes_to_agent: 0,
    },
  };
  result.stats.bytes_to_agent = Buffer.byteLength(renderRunResult(result));
  return result;
}

/** What the check says beside an error: it did not take place, it found errors that do not count, or it found tools. */
function typeRemarks(
  { status }: Ending,
  { diagnostics, unchecked, tools }: TypeVerdict = { diagnostics: [], total: 0 },
): Pick<RunResult, 'warnings' | 'unchecked' | 'tools'> {
  return {
    ...(status !== 'type_error' && diagnostics.length > 0 && { warnings: [...diagnostics] }),
    ...(unchecked !== undefined && { unchecked }),
    ...(tools && { tools: [...tools] }),
  };
}

function truncation({ outcome, journal, limits }: EndedRun): Pick<RunResult, 'truncated'> {
  const { outputBytesCut: bytes = 0 } = outcome ?? {};
  if (bytes > 0) return { truncated: { what: 'output', bytes, limit: limits.outputBytesMax } };
  if (journal.calls > callsListedMax)
    return { truncated: { what: 'calls', bytes: 0, limit: callsListedMax } };
  return {};
}
