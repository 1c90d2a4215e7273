/** Starts runs, knows those under way, and ends them. */
import { Run } from './run.ts';
import type { RunnerOptions, RunRequest } from './run-request.ts';
import type { RunResult } from './run-result.ts';

export class Runner {
  readonly #options: RunnerOptions;
  readonly #running = new Map<Run, Promise<RunResult>>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  async run(request: RunRequest): Promise<RunResult> {
    const run = new Run(request, this.#options);
    const ended = run.execute();
    this.#running.set(run, ended);
    const { runs } = this.#options;
    const active = {
      id: run.id,
      principal: run.principal,
      resumes: request.resumeFrom,
      snapshot: () => run.record(),
      ended,
      abort: () => run.abort(),
    };
    // What only checks is no run: nothing was done that anybody could want to look up.
    if (!request.checkOnly) runs.started(active);
    const startedAt = performance.now();
    try {
      const result = await ended;
      if (!request.checkOnly)
        this.#options.telemetry?.runEnded({ status: result.status, ms: performance.now() - startedAt });
      return result;
    } finally {
      this.#running.delete(run);
      if (!request.checkOnly) runs.ended(active);
    }
  }

  /**
   * Ends every run, and waits until each has its record and has done what it has to do then (`onStop`): for that, tools
   * must still be there to be called.
   */
  async close(): Promise<void> {
    for (const run of this.#running.keys()) run.abort();
    await Promise.all(this.#running.values());
  }
}
