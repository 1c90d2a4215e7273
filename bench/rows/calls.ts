/** Scripts and calls once everything is connected: one orchestrator and one direct client, both kept for all of a group. */
import { type Effort, inTurns, median, timed } from '../measure.ts';
import { callDirect, createWorkplace, runScript, type Subject, startDirect, startOurs } from '../subjects.ts';
import { atMost, type Measured, type RowGroup, type RowPlan, timesTheFloor } from './group.ts';

const callsInARow = 1_000;
const sleepers = 100;
const sleepMs = 50;
const scriptsAtOnce = 20;
const callsPerScript = 5;

export const callGroups: readonly RowGroup[] = [
  connected([{ name: 'trivial script', unit: 'ms', bar: atMost(5) }], undefined, trivialScript),
  compared({ name: 'one call in a script', unit: 'ms' }, `return await bench_1.echo({ text: '1' })`, oneCall),
  compared(
    { name: 'per call, 1,000 in a row in one script', unit: 'ms', bar: timesTheFloor(1.8) },
    `for (let i = 0; i < ${callsInARow}; i += 1) await bench_1.echo({ text: String(i) })`,
    callsOneByOne,
    { divideBy: callsInARow },
  ),
  compared(
    { name: '100 parallel calls of 50 ms, concurrency 100', unit: 'ms', bar: timesTheFloor(1.25) },
    `await Promise.all(Array.from({ length: ${sleepers} }, () => bench_1.sleep_ms({ ms: ${sleepMs} })))`,
    callsInParallel,
    { concurrency: sleepers },
  ),
  compared(
    { name: '100 parallel calls of 50 ms, default concurrency', unit: 'ms' },
    `await Promise.all(Array.from({ length: ${sleepers} }, () => bench_1.sleep_ms({ ms: ${sleepMs} })))`,
    callsInParallel,
  ),
  connected([{ name: '20 scripts at once of 5 calls each', unit: 'ms' }], undefined, manyScripts),
  ...[1, 5].map((megabytes) =>
    compared(
      { name: `result of ${megabytes} MB`, unit: 'ms' },
      `return (await bench_1.payload({ bytes: ${megabytes * 1e6} })).length`,
      (direct) => callDirect(direct, 'payload', { bytes: megabytes * 1e6 }),
    ),
  ),
];

/** A script against the same work done directly; `divideBy` makes of a time that of one part. */
function compared(
  row: RowPlan,
  code: string,
  directly: (direct: Subject) => Promise<unknown>,
  { concurrency, divideBy = 1 }: { concurrency?: number; divideBy?: number } = {},
): RowGroup {
  return connected([row], concurrency, async (ours, direct, { batches }) => {
    const sides = await inTurns(
      batches,
      async () => [(await timed(() => runScript(ours, code))) / divideBy],
      async () => [(await timed(() => directly(direct))) / divideBy],
    );
    return [{ ours: sides.ours[0] ?? Number.NaN, floor: sides.floor[0] ?? Number.NaN }];
  });
}

/** Both sides have listed the tools and made a call before anything is measured, as any host and agent has. */
function connected(
  rows: readonly RowPlan[],
  concurrency: number | undefined,
  measure: (ours: Subject, direct: Subject, effort: Effort) => Promise<Measured[]>,
): RowGroup {
  return {
    rows,
    async measure(effort) {
      const workplace = await createWorkplace(1, concurrency);
      const subjects: Subject[] = [];
      try {
        const ours = await startOurs(workplace);
        subjects.push(ours);
        const direct = await startDirect();
        subjects.push(direct);
        await ours.client.listTools();
        await direct.client.listTools();
        await runScript(ours, `return await bench_1.echo({ text: '1' })`);
        await callDirect(direct, 'echo', { text: '1' });
        return await measure(ours, direct, effort);
      } finally {
        await Promise.all(subjects.map((subject) => subject.close()));
        await workplace.remove();
      }
    },
  };
}

async function trivialScript(
  ours: Subject,
  _direct: Subject,
  { trivialScripts }: Effort,
): Promise<Measured[]> {
  for (let index = 0; index < 20; index += 1) await runScript(ours, 'return 1');
  const times: number[] = [];
  for (let index = 0; index < trivialScripts; index += 1)
    times.push(await timed(() => runScript(ours, 'return 1')));
  return [{ ours: median(times) }];
}

function oneCall(direct: Subject): Promise<unknown> {
  return callDirect(direct, 'echo', { text: '1' });
}

async function callsOneByOne(direct: Subject): Promise<void> {
  for (let index = 0; index < callsInARow; index += 1)
    await callDirect(direct, 'echo', { text: String(index) });
}

function callsInParallel(direct: Subject): Promise<unknown> {
  return Promise.all(Array.from({ length: sleepers }, () => callDirect(direct, 'sleep_ms', { ms: sleepMs })));
}

/** Each script is a request of its own; directly, twenty callers that each call one by one. */
async function manyScripts(ours: Subject, direct: Subject, { batches }: Effort): Promise<Measured[]> {
  const code = `for (let i = 0; i < ${callsPerScript}; i += 1) await bench_1.echo({ text: String(i) })`;
  const all = (one: () => Promise<unknown>) =>
    timed(() => Promise.all(Array.from({ length: scriptsAtOnce }, one)));
  const sides = await inTurns(
    batches,
    async () => [await all(() => runScript(ours, code))],
    async () => [
      await all(async () => {
        for (let index = 0; index < callsPerScript; index += 1)
          await callDirect(direct, 'echo', { text: String(index) });
      }),
    ],
  );
  return [{ ours: sides.ours[0] ?? Number.NaN, floor: sides.floor[0] ?? Number.NaN }];
}
