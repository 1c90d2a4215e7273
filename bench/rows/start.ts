/** From the start of the process to the first answers, with an empty cache and with one that knows the servers. */
import { inTurns, type Sides } from '../measure.ts';
import {
  backgroundWorkDone,
  callDirect,
  createWorkplace,
  runScript,
  startBare,
  startDirect,
  startOurs,
  type Workplace,
} from '../subjects.ts';
import { type Measured, type RowGroup, timesTheFloor } from './group.ts';

const caches = ['cold', 'warm'] as const;
type Cache = (typeof caches)[number];

export const startGroups: readonly RowGroup[] = [
  ...[1, 10, 30, 50].flatMap((servers) => caches.map((cache) => firstAnswers(servers, cache))),
  ...caches.map((cache) => firstCall(30, cache)),
];

/** The agent's host lists the tools; then the agent sends a script. */
function firstAnswers(servers: number, cache: Cache): RowGroup {
  const where = `${servers} ${servers === 1 ? 'server' : 'servers'}, ${cache} cache`;
  return {
    rows: [
      {
        name: `start to tools/list, ${where}`,
        unit: 'ms',
        ...(cache === 'warm' && { bar: timesTheFloor(1.5) }),
      },
      { name: `start to first script result, ${where}`, unit: 'ms' },
    ],
    measure: ({ starts }) =>
      withWorkplace(servers, cache, async (workplace) => {
        const ours = async () => {
          if (cache === 'cold') await workplace.forget();
          const startedAt = performance.now();
          const subject = await startOurs(workplace);
          await subject.client.listTools();
          const listedMs = performance.now() - startedAt;
          await runScript(subject, 'return 1');
          const ranMs = performance.now() - startedAt;
          await subject.close();
          return [listedMs, ranMs];
        };
        return paired(await inTurns(starts, ours, bareStart));
      }),
  };
}

/** Of the bare server the second number is its first answered tool call. */
async function bareStart(): Promise<number[]> {
  const startedAt = performance.now();
  const subject = await startBare();
  await subject.client.listTools();
  const listedMs = performance.now() - startedAt;
  await callDirect(subject, 'echo', { text: '1' });
  const calledMs = performance.now() - startedAt;
  await subject.close();
  return [listedMs, calledMs];
}

/** A script that calls one tool of one server, sent right after the start; the direct client starts that server only. */
function firstCall(servers: number, cache: Cache): RowGroup {
  return {
    rows: [
      {
        name: `first call after the start, ${servers} servers, ${cache} cache`,
        unit: 'ms',
        bar: timesTheFloor(4),
      },
    ],
    measure: ({ starts }) =>
      withWorkplace(servers, cache, async (workplace) => {
        const ours = async () => {
          if (cache === 'cold') await workplace.forget();
          const startedAt = performance.now();
          const subject = await startOurs(workplace);
          await runScript(subject, `return await bench_${servers}.echo({ text: '1' })`);
          const calledMs = performance.now() - startedAt;
          await subject.close();
          return [calledMs];
        };
        const floor = async () => {
          const startedAt = performance.now();
          const subject = await startDirect();
          await callDirect(subject, 'echo', { text: '1' });
          const calledMs = performance.now() - startedAt;
          await subject.close();
          return [calledMs];
        };
        return paired(await inTurns(starts, ours, floor));
      }),
  };
}

async function withWorkplace(
  servers: number,
  cache: Cache,
  measure: (workplace: Workplace) => Promise<Measured[]>,
): Promise<Measured[]> {
  const workplace = await createWorkplace({ servers });
  try {
    if (cache === 'warm') await fillCache(workplace);
    return await measure(workplace);
  } finally {
    await workplace.remove();
  }
}

/** One whole start, to its end. */
async function fillCache(workplace: Workplace): Promise<void> {
  const subject = await startOurs(workplace);
  try {
    await backgroundWorkDone(subject, workplace);
  } finally {
    await subject.close();
  }
}

function paired({ ours, floor }: Sides): Measured[] {
  return ours.map((value, place) => ({ ours: value, floor: floor[place] ?? Number.NaN }));
}
