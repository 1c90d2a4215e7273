/** Scripts and calls once everything is connected: one orchestrator and one direct client, both kept for all of a group. */
import { type Effort, inTurns, median, timed } from '../measure.ts';
import {
  backgroundWorkDone,
  callDirect,
  createWorkplace,
  runScript,
  type Subject,
  startDirect,
  startOurs,
} from '../subjects.ts';
import { atMost, type Measured, type RowGroup, type RowPlan, timesTheFloor } from './group.ts';

const callsInARow = 1_000;
const sleepers = 100;
const sleepMs = 50;
const scriptsAtOnce = 20;
const callsPerScript = 5;
const warmUpScripts = 20;
const pauseMs = 30;

export const callGroups: readonly RowGroup[] = [
  connected(
    [
      { name: 'trivial script, p50', unit: 'ms', bar: atMost(5) },
      { name: 'trivial script, p50, one right after the other', unit: 'ms', bar: atMost(5) },
    ],
    undefined,
    trivialScripts,
  ),
  compared(
    { name: 'one call in a script', unit: 'ms' },
    `return await bench_1.echo({ text: '1' })`,
    oneCall,
    {
      times: 20,
    },
  ),
  compared(
    { name: 'per call, 1,000 in a row in one script', unit: 'ms', bar: timesTheFloor(1.8) },
    `for (let i = 0; i < ${callsInARow}; i += 1) await bench_1.echo({ text: String(i) })`,
    callsOneByOne,
    { parts: callsInARow },
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

interface Comparison {
  readonly concurrency?: number;
  /** Each side does its work so often in a turn; for what is too short to be timed once. */
  readonly times?: number;
  /** What is told is the time of one of so many parts of the work. */
  readonly parts?: number;
}

/** A script against the same work done directly. */
function compared(
  row: RowPlan,
  code: string,
  directly: (direct: Subject) => Promise<unknown>,
  { concurrency, times = 1, parts = 1 }: Comparison = {},
): RowGroup {
  return connected([row], concurrency, async (ours, direct, { batches }) => {
    const each = async (work: () => Promise<unknown>) => {
      const ms = await timed(async () => {
        for (let index = 0; index < times; index += 1) await work();
      });
      return [ms / times / parts];
    };
    const sides = await inTurns(
      batches,
      () => each(() => runScript(ours, code)),
      () => each(() => directly(direct)),
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
        await backgroundWorkDone(ours, workplace);
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

/** After a pause, as an agent's scripts come, and without one, where the next isolate is still being made. */
async function trivialScripts(ours: Subject, _direct: Subject, effort: Effort): Promise<Measured[]> {
  const afterPause = await trivialScriptMs(ours, effort.trivialScripts, pauseMs);
  return [{ ours: afterPause }, { ours: await trivialScriptMs(ours, effort.trivialScripts, 0) }];
}

async function trivialScriptMs(ours: Subject, scripts: number, pauseMsBetween: number): Promise<number> {
  const times: number[] = [];
  for (let index = -warmUpScripts; index < scripts; index += 1) {
    if (pauseMsBetween > 0) await new Promise((resolve) => setTimeout(resolve, pauseMsBetween));
    const ms = await timed(() => runScript(ours, 'return 1'));
    if (index >= 0) times.push(ms);
  }
  return median(times);
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
