/** What a sandbox's orchestrator end keeps of the script that runs there: counted here, whatever the sandbox says. */
import type { SandboxOutcome, SandboxScript } from './sandbox-script.ts';

export interface SandboxRun {
  readonly script: SandboxScript;
  readonly end: (outcome: SandboxOutcome) => void;
  readonly abort: () => void;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  calls: number;
  callsMax: number;
  callsInFlight: number;
  outputBytes: number;
  residentBytesPeak: number;
  cpuMs: number;
}

/** A process may have been dying when it was given a script: within this time it is gone, on a busy machine too. */
const dyingMsMax = 1_000;

export function newSandboxRun(given: Pick<SandboxRun, 'script' | 'end' | 'abort' | 'callsMax'>): SandboxRun {
  const startedAt = performance.now();
  return { ...given, startedAt, calls: 0, callsInFlight: 0, outputBytes: 0, residentBytesPeak: 0, cpuMs: 0 };
}

/** Nothing has come of it yet: where its process is gone, it does no harm to run it in another. */
export function isUntouched({ startedAt, calls, outputBytes }: SandboxRun): boolean {
  return calls === 0 && outputBytes === 0 && performance.now() - startedAt < dyingMsMax;
}
