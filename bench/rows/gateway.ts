/** What we add to a single call in the direct mode, and whether the number of servers matters. */
import type { Effort } from '../measure.ts';
import { callDirect, type Subject, startGateway } from '../subjects.ts';
import { atMostAdded, type Measured, type RowGroup } from './group.ts';

const callsOfATurn = 50;
const turnsPerBatch = 4;
const parallel = 16;
const parallelCalls = 400;

export const gatewayGroups: readonly RowGroup[] = (['stdio', 'http'] as const).flatMap((transport) =>
  [1, 10, 50, 100].map((servers) => gateway(transport, servers)),
);

function gateway(transport: 'stdio' | 'http', servers: number): RowGroup {
  const name = `gateway call over ${transport}, ${servers} ${servers === 1 ? 'server' : 'servers'}`;
  return {
    rows: [
      { name: `${name}, p50`, unit: 'ms', bar: atMostAdded(1) },
      { name: `${name}, p95`, unit: 'ms' },
      { name: `${name}, p99`, unit: 'ms' },
      { name: `${name}, ${parallel} at once`, unit: 'calls/s' },
    ],
    measure: async ({ batches }: Effort) => {
      const both = await startGateway(transport, servers);
      try {
        return await measureBoth(both, batches * turnsPerBatch);
      } finally {
        await both.close();
      }
    },
  };
}

/** In turns, so that the machine's drift hits both. */
async function measureBoth(
  { ours, direct }: { ours: Subject; direct: Subject },
  turns: number,
): Promise<Measured[]> {
  await ours.client.listTools();
  await direct.client.listTools();
  const times = { ours: [] as number[], direct: [] as number[] };
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const [side, subject] of [
      ['ours', ours],
      ['direct', direct],
    ] as const) {
      const taken = await inARow(subject);
      // The first turn warms up.
      if (turn > 0) times[side].push(...taken);
    }
  }
  const quantiles = [0.5, 0.95, 0.99].map((share) => ({
    ours: quantile(times.ours, share),
    floor: quantile(times.direct, share),
  }));
  return [...quantiles, { ours: await perSecond(ours), floor: await perSecond(direct) }];
}

async function inARow(subject: Subject): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < callsOfATurn; index += 1) {
    const startedAt = performance.now();
    await callDirect(subject, 'echo', { text: String(index) });
    taken.push(performance.now() - startedAt);
  }
  return taken;
}

async function perSecond(subject: Subject): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let index = 0; index < parallelCalls / parallel; index += 1) {
        await callDirect(subject, 'echo', { text: String(index) });
      }
    }),
  );
  return Math.round((parallelCalls / (performance.now() - startedAt)) * 1_000);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
