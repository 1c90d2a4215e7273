/** Starts runs, knows those under way, and ends them. */
import { Run } from './run.ts';
import type { RunnerOptions, RunRequest } from './run-request.ts';
import type { RunResult } from './run-result.ts';

export interface StartedRun {
  readonly id: string;
  /** Never rejects. */
  readonly ended: Promise<RunResult>;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #running = new Map<Run, Promise<RunResult>>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  run(request: RunRequest): Promise<RunResult> {
    return this.start(request).ended;
  }

  /** The run is followed by its id: `runs.get`, `runs.wait`, `runs.active`. */
  start(request: RunRequest): StartedRun {
    const run = new Run(request, this.#options);
    const { id, principal, live } = run;
    const { runs, telemetry, connections } = this.#options;
    const startedAt = performance.now();
    const ended = run.execute().finally(() => {
      this.#running.delete(run);
      connections.endRun(id);
    });
    this.#running.set(run, ended);
    // What only checks is no run: nothing was done that anybody could want to look up.
    if (request.checkOnly) return { id, ended };
    const active = {
      ...{ id, principal, live, ended },
      resumes: request.resumeFrom,
      snapshot: () => run.record(),
      abort: () => run.abort(),
    };
    runs.started(active);
    const recorded = ended.then((result) => {
      telemetry?.runEnded({ status: result.status, ms: performance.now() - startedAt });
      runs.ended(active);
      return result;
    });
    return { id, ended: recorded };
  }

  /**
   * Ends every run, and waits until each has its record and has done what it has to do then (`onStop`): for that, tools
   * must still be there to be called.
   */
  async close(): Promise<void> {
    for (const run of this.#running.keys()) run.abort('interrupted');
    await Promise.all(this.#running.values());
  }
}
