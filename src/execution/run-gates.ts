/** What stands between one run's calls and the servers, by what its request asks for; and what the result says of it. */
import type { CallGate } from './call-gate.ts';
import { Resumption } from './resumption.ts';
import type { RecordedCall } from './run-record.ts';
import type { RunRequest } from './run-request.ts';
import type { RunResult } from './run-result.ts';
import type { RunStore } from './run-store.ts';

export class RunGates {
  /** In the order in which they are asked. */
  readonly list: readonly CallGate[];
  readonly #resumption: Resumption | undefined;

  constructor(resumption: Resumption | undefined) {
    this.#resumption = resumption;
    this.list = [resumption].filter((gate) => gate !== undefined);
  }

  /** @throws OrchestratorError where a run or plan that the request names is not there, or not to be had */
  static async open(
    { resumeFrom, freshReads = false }: RunRequest,
    { run, principal, runs }: { run: string; principal: string; runs: RunStore },
  ): Promise<RunGates> {
    const resumption =
      resumeFrom === undefined
        ? undefined
        : new Resumption({
            record: await runs.resumable(resumeFrom, { run, principal }),
            freshReads,
            onEffect: () => runs.resumed(resumeFrom, run),
          });
    return new RunGates(resumption);
  }

  get remarks(): Pick<RunResult, 'reused'> {
    return { ...(this.#resumption && { reused: this.#resumption.used }) };
  }

  /** Calls of the run before that this one did not come to. */
  get carried(): readonly RecordedCall[] {
    return this.#resumption?.left ?? [];
  }
}
