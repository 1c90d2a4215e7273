/** Plans that can be applied, by their digest; each only by whom it was made for. */
import { OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';
import { hash } from './canonical.ts';
import type { PlannedEffect } from './effect-plan.ts';

const hourMs = 3_600_000;

export class PlanStore {
  readonly #storage: Storage;
  readonly #ttlMs: number;

  constructor(storage: Storage, limits: Pick<Limits, 'recordHoursMax'>) {
    this.#storage = storage;
    this.#ttlMs = limits.recordHoursMax * hourMs;
  }

  async keep(digest: string, principal: string, effects: readonly PlannedEffect[]): Promise<void> {
    const value = { effects } as unknown as JsonValue;
    await this.#storage.set(keyOf(digest, principal), value, { ttlMs: this.#ttlMs });
  }

  /** @throws OrchestratorError `plan_unknown` */
  async get(digest: string, principal: string): Promise<readonly PlannedEffect[]> {
    const isDigest = /^plan_[0-9a-f]{32}$/.test(digest);
    const kept = isDigest ? await this.#storage.get(keyOf(digest, principal)) : undefined;
    if (kept) return (kept as unknown as { effects: PlannedEffect[] }).effects;
    throw new OrchestratorError('plan_unknown', `There is no plan "${digest.slice(0, 80)}".`, {
      hint: 'Run the script with mode "plan": its result has the digest. Plans are kept as long as records of runs.',
    });
  }
}

function keyOf(digest: string, principal: string): string {
  return `plans/${hash(principal)}/${digest}`;
}
