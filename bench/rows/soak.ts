/**
 * 5,000 scripts through one orchestrator, a fifth of them hostile, 20 at once: what is left of them, with scripts in processes
 * of their own and in ours. Minutes long: only where asked for.
 */
import { canMeasureMemory } from '../memory.ts';
import { type SoakPlan, soak } from '../soak.ts';
import { atMost, type RowGroup } from './group.ts';

const runsBefore = 500;
const atOnce = 20;
/** Nothing may grow with the runs; this is how far looks at a process at rest lie apart. */
const heapMegabytesMax = 2;
const residentMegabytesMax = 8;

function soakRows(isolation: NonNullable<SoakPlan['isolation']>): RowGroup {
  const name = isolation === 'process' ? 'soak' : 'soak in-process';
  return {
    rows: [
      { name: `${name}: time of 5,000 runs (--quick: 500), a fifth hostile, 20 at once`, unit: 'ms' },
      { name: `${name}: runs that ended otherwise than they had to`, unit: 'count', bar: atMost(0) },
      { name: `${name}: processes gained`, unit: 'count', bar: atMost(0) },
      { name: `${name}: file descriptors gained`, unit: 'count', bar: atMost(0) },
      { name: `${name}: heap gained in the second half`, unit: 'MB', bar: atMost(heapMegabytesMax) },
      {
        name: `${name}: resident memory gained in the second half`,
        unit: 'MB',
        bar: atMost(residentMegabytesMax),
      },
      { name: `${name}: processes left after the end`, unit: 'count', bar: atMost(0) },
    ],
    async measure({ soakRuns }) {
      const report = await soak({ runs: soakRuns, runsBefore, atOnce, isolation });
      for (const surprise of report.surprises) process.stderr.write(`${surprise}\n`);
      return [
        { ours: Math.round(report.seconds * 1_000) },
        { ours: report.surprises.length },
        { ours: report.processesGained },
        { ours: report.descriptorsGained },
        { ours: report.heapMegabytesGained },
        { ours: report.megabytesGained },
        { ours: report.processesLeft },
      ];
    },
  };
}

export const soakGroups: readonly RowGroup[] = canMeasureMemory
  ? [soakRows('process'), soakRows('in-process')]
  : [];
