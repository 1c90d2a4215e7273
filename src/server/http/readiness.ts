/** What `/readyz` says: whether runs can be taken now. */
import type { Orchestrator } from '../../orchestrator.ts';

export interface Readiness {
  readonly ok: boolean;
  /** Each part by its name: `ok`, or what is wrong with it. */
  readonly checks: Readonly<Record<string, string>>;
}

/**
 * A storage that is away stops no run, so it is told and does not count. A pool whose queue is full takes no run.
 *
 * @param orchestrator undefined while it is being opened
 */
export function readinessOf(orchestrator: Orchestrator | undefined): Readiness {
  if (!orchestrator) return { ok: false, checks: { orchestrator: 'starting' } };
  const storage = orchestrator.storage.health();
  const { processes, waiting } = orchestrator.activity().sandboxes;
  const { runsQueuedMax } = orchestrator.config.limits;
  const isFull = waiting > 0 && waiting >= runsQueuedMax;
  const sandbox = isFull
    ? `${waiting} scripts wait for their turn; no more are taken`
    : processes === 0
      ? 'none is started yet'
      : 'ok';
  return {
    ok: sandbox === 'ok',
    checks: { storage: storage.ok ? 'ok' : (storage.problem ?? 'not ok'), sandbox },
  };
}
