/** A shortened soak (in full: `npm run bench -- soak`): scripts by the dozen, a fifth of them hostile, leave nothing behind. */
import { expect, it } from 'vitest';
import { soak } from '../../bench/soak.ts';

it.runIf(process.platform === 'linux')(
  '120 runs, a fifth of them hostile, 20 at once',
  async () => {
    const report = await soak({ runs: 120, runsBefore: 40, atOnce: 20 });
    expect(report).toMatchObject({ surprises: [], processesLeft: 0 });
    // Fewer is fine: what the start needed may have ended meanwhile.
    expect(report.processesGained).toBeLessThanOrEqual(0);
    expect(report.descriptorsGained).toBeLessThanOrEqual(0);
    // Collected before each look: what remains is what is held, and what the allocator has not given back.
    expect(report.heapMegabytesGained).toBeLessThan(4);
    expect(report.megabytesGained).toBeLessThan(16);
  },
  120_000,
);
