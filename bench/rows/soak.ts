/** 5,000 scripts through one orchestrator, a fifth of them hostile, 20 at once: what is left of them. Minutes long: only where asked for. */
import { canMeasureMemory } from '../memory.ts';
import { heapMegabytesMax, soak } from '../soak.ts';
import { atMost, type RowGroup } from './group.ts';

const runsBefore = 500;
const atOnce = 20;

const soakRows: RowGroup = {
  rows: [
    { name: 'soak: time of 5,000 runs (--quick: 500), a fifth hostile, 20 at once', unit: 'ms' },
    { name: 'soak: runs that ended otherwise than they had to', unit: 'count', bar: atMost(0) },
    { name: 'soak: processes gained', unit: 'count', bar: atMost(0) },
    { name: 'soak: file descriptors gained', unit: 'count', bar: atMost(0) },
    { name: 'soak: resident memory gained', unit: 'MB', bar: atMost(heapMegabytesMax) },
    { name: 'soak: processes left after the end', unit: 'count', bar: atMost(0) },
  ],
  async measure({ soakRuns }) {
    const report = await soak({ runs: soakRuns, runsBefore, atOnce });
    for (const surprise of report.surprises) process.stderr.write(`${surprise}\n`);
    const { seconds, surprises, processesGained, descriptorsGained, megabytesGained, processesLeft } = report;
    return [
      { ours: Math.round(seconds * 1_000) },
      { ours: surprises.length },
      { ours: processesGained },
      { ours: descriptorsGained },
      { ours: megabytesGained },
      { ours: processesLeft },
    ];
  },
};

export const soakGroups: readonly RowGroup[] = canMeasureMemory ? [soakRows] : [];
