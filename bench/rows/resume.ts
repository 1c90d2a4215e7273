/** What the journal costs: each call that it notes, and going on from a run that failed half way. */
import { type Effort, inTurns, median, timed } from '../measure.ts';
import { callDirect, runScript, runToItsEnd, type Subject, type WorkplaceOptions } from '../subjects.ts';
import { withBoth } from './connected.ts';
import { atMost, type Measured, type RowGroup } from './group.ts';

const calls = 200;
const failsAt = 137;
const callsInARow = 1_000;
const storages = [
  ['in memory', {}],
  ['in files', { records: 'file' }],
] as const;

export const resumeGroups: readonly RowGroup[] = [
  ...storages.map(([where, workplace]) => resumed(where, workplace)),
  ...[...storages, ['none', { records: 'none' }] as const].map(([where, workplace]) =>
    recorded(where, workplace),
  ),
];

/** The floor is what nobody can save: the calls that are left, made directly. */
function resumed(where: string, workplace: WorkplaceOptions): RowGroup {
  const name = `resume at call ${failsAt} of ${calls}, records ${where}`;
  return {
    rows: [
      { name: `${name}: the corrected script`, unit: 'ms' },
      { name: `${name}: all ${calls} calls anew`, unit: 'ms' },
      { name: `${name}: a call that is answered from the record`, unit: 'ms', bar: atMost(0.3) },
    ],
    measure: ({ batches }: Effort) =>
      withBoth(workplace, async (ours, direct) => {
        const perReused: number[] = [];
        const sides = await inTurns(
          batches,
          async () => {
            const anew = await timed(() => runScript(ours, script(0, calls)));
            const left = await timed(() => runScript(ours, script(failsAt, calls)));
            const whole = await resumedMs(ours);
            perReused.push((whole - left) / failsAt);
            return [whole, anew];
          },
          async () => [await directMs(direct, calls - failsAt), await directMs(direct, calls)],
        );
        const compared = [0, 1].map((place): Measured => {
          const floor = sides.floor[place] ?? Number.NaN;
          return { ours: sides.ours[place] ?? Number.NaN, floor };
        });
        // The first turn warms up.
        return [...compared, { ours: median(perReused.slice(1)) }];
      }),
  };
}

/** Every call may change something, so each is noted before and after it is made. */
function recorded(where: string, workplace: WorkplaceOptions): RowGroup {
  return {
    rows: [{ name: `per call, ${callsInARow} in a row, records ${where}`, unit: 'ms' }],
    measure: ({ batches }: Effort) =>
      withBoth(workplace, async (ours, direct) => {
        const sides = await inTurns(
          batches,
          async () => [(await timed(() => runScript(ours, script(0, callsInARow)))) / callsInARow],
          async () => [(await directMs(direct, callsInARow)) / callsInARow],
        );
        return [{ ours: sides.ours[0] ?? Number.NaN, floor: sides.floor[0] ?? Number.NaN }];
      }),
  };
}

/** @throws Error where what was made before was made again: then there is nothing to measure */
async function resumedMs(ours: Subject): Promise<number> {
  const mistake = `  if (i === ${failsAt}) throw new Error('a mistake');`;
  const failed = await runToItsEnd(ours, script(0, calls, mistake));
  if (failed.status !== 'error' || failed.stats.calls !== failsAt)
    throw new Error(`The script was to fail at call ${failsAt}: ${failed.said}`);
  const startedAt = performance.now();
  const { status, reused, said } = await runToItsEnd(ours, script(0, calls), { resume_from: failed.run_id });
  const ms = performance.now() - startedAt;
  if (status !== 'success' || reused?.calls !== failsAt)
    throw new Error(`${failsAt} calls were to be reused: ${said}`);
  return ms;
}

function script(from: number, to: number, more = ''): string {
  return `for (let i = ${from}; i < ${to}; i += 1) {
${more}
  await bench_1.echo({ text: String(i) });
}`;
}

function directMs(direct: Subject, count: number): Promise<number> {
  return timed(async () => {
    for (let index = 0; index < count; index += 1) await callDirect(direct, 'echo', { text: String(index) });
  });
}
