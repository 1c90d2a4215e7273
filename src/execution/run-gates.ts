/** What stands between one run's calls and the servers, by what its request asks for; and what the result says of it. */
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { CallGate } from './call-gate.ts';
import { EffectPlanner, PlanLimit } from './effect-plan.ts';
import { ReplayGate } from './replay-gate.ts';
import { Resumption } from './resumption.ts';
import type { RecordedCall } from './run-record.ts';
import type { RunRequest } from './run-request.ts';
import type { RunResult, RunStatus } from './run-result.ts';
import type { RunStore } from './run-store.ts';

export interface RunGatesOptions {
  readonly run: string;
  readonly principal: string;
  readonly runs: RunStore;
  readonly limits: Limits;
}

export class RunGates {
  readonly #options: RunGatesOptions;
  #replay: ReplayGate | undefined;
  #resumption: Resumption | undefined;
  #planner: EffectPlanner | undefined;
  #limit: PlanLimit | undefined;

  private constructor(options: RunGatesOptions) {
    this.#options = options;
  }

  /** @throws OrchestratorError where a run or plan that the request names is not there, or not to be had */
  static async open(request: RunRequest, options: RunGatesOptions): Promise<RunGates> {
    const { resumeFrom, freshReads = false, mode, apply, replay } = request;
    const { run, principal, runs, limits } = options;
    const gates = new RunGates(options);
    if (mode === 'plan' && apply !== undefined) {
      const message = 'mode "plan" and apply exclude each other: a plan does nothing.';
      throw new OrchestratorError('arguments_invalid', message, { hint: 'Leave one of them out.' });
    }
    if (replay) gates.#replay = new ReplayGate(replay);
    if (mode === 'plan') gates.#planner = new EffectPlanner(limits.recordBytesMax);
    if (apply !== undefined) gates.#limit = new PlanLimit(apply, await runs.plans.get(apply, principal));
    if (resumeFrom !== undefined) {
      gates.#resumption = new Resumption({
        record: await runs.resumable(resumeFrom, { run, principal }),
        freshReads,
        onEffect: () => mode !== 'plan' && runs.resumed(resumeFrom, run),
      });
    }
    return gates;
  }

  /** In the order in which they are asked. */
  get list(): readonly CallGate[] {
    return [this.#replay, this.#resumption, this.#planner, this.#limit].filter((gate) => gate !== undefined);
  }

  /** What the result says of them. A plan is kept, to be applied, where the script came to its end. */
  async close(status: RunStatus): Promise<Pick<RunResult, 'reused' | 'plan' | 'applied'>> {
    const { principal, runs } = this.#options;
    const { effects = [], digest = '', listed = [] } = this.#planner ?? {};
    const isWhole = this.#planner !== undefined && status === 'success';
    if (isWhole) await runs.plans.keep(digest, principal, effects);
    return {
      ...(this.#resumption && { reused: this.#resumption.used }),
      ...(this.#planner && {
        plan: { ...(isWhole && { digest }), total: effects.length, effects: listed },
      }),
      ...(this.#limit && { applied: this.#limit.applied }),
    };
  }

  /** Calls of the run before that this one did not come to. */
  get carried(): readonly RecordedCall[] {
    return this.#resumption?.left ?? [];
  }
}
