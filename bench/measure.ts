/** Repetition: ours and the floor in turns, so that the machine's drift hits both; medians of what was measured. */

/** How often things are repeated. */
export interface Effort {
  readonly starts: number;
  readonly batches: number;
  readonly trivialScripts: number;
  readonly soakRuns: number;
}

export const fullEffort: Effort = { starts: 5, batches: 7, trivialScripts: 200, soakRuns: 5_000 };
export const quickEffort: Effort = { starts: 2, batches: 3, trivialScripts: 50, soakRuns: 500 };

/** One side's work: does it once and gives its numbers, always in the same order. */
export type Work = () => Promise<readonly number[]>;

export interface Sides {
  readonly ours: number[];
  readonly floor: number[];
}

/** @returns for each number its median over the repetitions; a first turn of both warms up and is not counted */
export async function inTurns(repetitions: number, ours: Work, floor: Work): Promise<Sides> {
  const samples: { ours: (readonly number[])[]; floor: (readonly number[])[] } = { ours: [], floor: [] };
  for (let turn = 0; turn <= repetitions; turn += 1) {
    const pair = { ours: await ours(), floor: await floor() };
    if (turn === 0) continue;
    samples.ours.push(pair.ours);
    samples.floor.push(pair.floor);
  }
  return { ours: mediansByPlace(samples.ours), floor: mediansByPlace(samples.floor) };
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

function mediansByPlace(samples: readonly (readonly number[])[]): number[] {
  const places = samples[0]?.length ?? 0;
  return Array.from({ length: places }, (_, place) =>
    median(samples.map((sample) => sample[place] ?? Number.NaN)),
  );
}
