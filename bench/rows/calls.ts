/** Calls in scripts once everything is connected, against the same calls made directly. */
import { type Effort, inTurns, timed } from '../measure.ts';
import { callDirect, runScript, type Subject, type WorkplaceOptions } from '../subjects.ts';
import { withBoth } from './connected.ts';
import { atMost, type Measured, type RowGroup, type RowPlan, timesTheFloor } from './group.ts';

const callsInARow = 1_000;
const sleepers = 100;
const sleepMs = 50;
const scriptsAtOnce = 20;
const callsPerScript = 5;
const callsPerRun = 10;

export const callGroups: readonly RowGroup[] = [
  compared(
    { name: 'one call in a script', unit: 'ms' },
    `return await bench_1.echo({ text: '1' })`,
    (direct) => callDirect(direct, 'echo', { text: '1' }),
    { times: 20 },
  ),
  compared(
    { name: 'per call, 1,000 in a row in one script', unit: 'ms', bar: timesTheFloor(1.8) },
    `for (let i = 0; i < ${callsInARow}; i += 1) await bench_1.echo({ text: String(i) })`,
    (direct) => inARow(direct, callsInARow),
    { parts: callsInARow },
  ),
  payload('100 B', 100, 500, timesTheFloor(1.6)),
  payload('100 B, in-process', 100, 500, timesTheFloor(1.35), { isolation: 'in-process' }),
  payload('10 kB', 10_000, 200),
  payload('1 MB', 1_000_000, 5, timesTheFloor(2.5)),
  payload('10 MB', 10_000_000, 1),
  compared(
    { name: '100 parallel calls of 50 ms, concurrency 100', unit: 'ms', bar: timesTheFloor(1.25) },
    `await Promise.all(Array.from({ length: ${sleepers} }, () => bench_1.sleep_ms({ ms: ${sleepMs} })))`,
    sleepInParallel,
    { concurrency: sleepers },
  ),
  compared(
    { name: '100 parallel calls of 50 ms, default concurrency', unit: 'ms' },
    `await Promise.all(Array.from({ length: ${sleepers} }, () => bench_1.sleep_ms({ ms: ${sleepMs} })))`,
    sleepInParallel,
  ),
  atOnce(
    { name: '20 scripts at once of 5 calls each', unit: 'ms', bar: atMost(90) },
    { scripts: scriptsAtOnce, callsEach: callsPerScript, callers: scriptsAtOnce },
  ),
  ...[1, 4, 16, 64].map((scripts) =>
    atOnce(
      {
        name: `${scripts} ${scripts === 1 ? 'run' : 'runs'} at once of ${callsPerRun} calls each`,
        unit: 'ms',
        ...(scripts === 64 && { bar: timesTheFloor(2.5) }),
      },
      // One client, which makes them one after the other.
      { scripts, callsEach: callsPerRun, callers: 1 },
    ),
  ),
  ...[1, 5].map((megabytes) =>
    compared(
      { name: `result of ${megabytes} MB`, unit: 'ms' },
      `return (await bench_1.payload({ bytes: ${megabytes * 1e6} })).length`,
      (direct) => callDirect(direct, 'payload', { bytes: megabytes * 1e6 }),
    ),
  ),
];

interface Comparison extends Pick<WorkplaceOptions, 'concurrency' | 'isolation'> {
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
  { times = 1, parts = 1, ...workplace }: Comparison = {},
): RowGroup {
  return {
    rows: [row],
    measure: ({ batches }) =>
      withBoth(workplace, async (ours, direct) => {
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
        return only(sides);
      }),
  };
}

/** Results of one size, one after the other. */
function payload(
  size: string,
  bytes: number,
  calls: number,
  bar?: RowPlan['bar'],
  workplace: Comparison = {},
): RowGroup {
  return compared(
    { name: `per call with a result of ${size}`, unit: 'ms', ...(bar && { bar }) },
    `for (let i = 0; i < ${calls}; i += 1) await bench_1.payload({ bytes: ${bytes} })`,
    async (direct) => {
      for (let index = 0; index < calls; index += 1) await callDirect(direct, 'payload', { bytes });
    },
    { parts: calls, ...workplace },
  );
}

interface Crowd {
  readonly scripts: number;
  readonly callsEach: number;
  /** Of the floor, each with its share of all calls, one after the other. */
  readonly callers: number;
}

/** Each script is a request of its own. */
function atOnce(row: RowPlan, { scripts, callsEach, callers }: Crowd): RowGroup {
  const code = `for (let i = 0; i < ${callsEach}; i += 1) await bench_1.echo({ text: String(i) })`;
  const all = async (count: number, one: () => Promise<unknown>) => [
    await timed(() => Promise.all(Array.from({ length: count }, one))),
  ];
  return {
    rows: [row],
    measure: ({ batches }: Effort) =>
      withBoth({}, async (ours, direct) =>
        only(
          await inTurns(
            batches,
            () => all(scripts, () => runScript(ours, code)),
            () => all(callers, () => inARow(direct, (scripts * callsEach) / callers)),
          ),
        ),
      ),
  };
}

function only({ ours, floor }: { ours: number[]; floor: number[] }): Measured[] {
  return [{ ours: ours[0] ?? Number.NaN, floor: floor[0] ?? Number.NaN }];
}

async function inARow(direct: Subject, calls: number): Promise<void> {
  for (let index = 0; index < calls; index += 1) await callDirect(direct, 'echo', { text: String(index) });
}

function sleepInParallel(direct: Subject): Promise<unknown> {
  return Promise.all(Array.from({ length: sleepers }, () => callDirect(direct, 'sleep_ms', { ms: sleepMs })));
}
