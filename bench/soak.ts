/**
 * Many scripts through one orchestrator as a host starts it, a fifth of them hostile: afterwards it has to be as it was.
 * Shortened, it is a test (test/server/soak.test.ts).
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { descendantsOf, isRunning, toBeWeighed, type Weight, weigh } from './memory.ts';
import { createWorkplace, runToItsEnd, type Subject, startOurs } from './subjects.ts';

export interface SoakPlan {
  readonly runs: number;
  /** Before the first look: whatever is loaded and filled once, is. */
  readonly runsBefore: number;
  readonly atOnce: number;
  readonly isolation?: 'process' | 'in-process';
}

/** Compared are looks at rest: before and after the runs, and of its memory half-way and after them. */
export interface SoakReport {
  readonly seconds: number;
  /** What became of a run that had to become of it otherwise: kind, status, and all that was said. */
  readonly surprises: readonly string[];
  readonly processesGained: number;
  readonly descriptorsGained: number;
  /** Resident, and of that on the heap, when all garbage has been collected. What is filled once is full by half-way. */
  readonly megabytesGained: number;
  readonly heapMegabytesGained: number;
  /** After the orchestrator was told to end: processes that it had started. */
  readonly processesLeft: number;
}

/** Every script of one kind ends with one of these. */
interface Kind {
  readonly code: string;
  readonly ends: readonly string[];
  readonly timeout?: number;
  /** Why it may take the orchestrator with it where scripts run in its own process. */
  readonly processOnly?: string;
}

const honest: readonly Kind[] = [
  {
    code: `let sum = 0;
      for (let i = 1; i <= 3; i++) sum += (await bench_1.add({ a: i, b: input.n })).sum;
      if (sum !== 6 + 3 * input.n) throw new Error('an answer of another run');
      console.log(sum);
      return { sum }`,
    ends: ['success'],
  },
  {
    code: `const all = await Promise.all(Array.from({ length: 10 }, (_, i) => bench_1.echo({ text: input.n + ':' + i })));
      if (all.some((text, i) => text !== input.n + ':' + i)) throw new Error('an answer of another run');
      return all.length`,
    ends: ['success'],
  },
  { code: 'return input.n', ends: ['success'] },
  { code: `await bench_1.sleep_ms({ ms: 30 }); return 'x'.repeat(50_000).length`, ends: ['success'] },
];

const hostile: readonly Kind[] = [
  { code: 'for (;;);', ends: ['limit'] },
  { code: 'for (;;) await 0;', ends: ['limit'] },
  {
    code: `await bench_1.echo({ text: 'a' }); [].indexOf.call({ length: 2 ** 53 - 1 }, 1)`,
    ends: ['limit'],
    processOnly: 'V8 does not interrupt one call of a built-in',
  },
  {
    code: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })',
    ends: ['limit'],
    processOnly: 'a map that grows beyond what V8 has room for ends its process',
  },
  {
    code: `const all = []; for (;;) all.push(new Intl.DateTimeFormat('de'))`,
    ends: ['limit'],
    processOnly: 'no limit of V8 counts the memory of ICU',
  },
  { code: `for (;;) await bench_1.echo({ text: 'a' })`, ends: ['limit'] },
  { code: `for (let i = 0; i < 1e5; i++) bench_1.echo({ text: 'a' })`, ends: ['limit'] },
  { code: `for (let i = 0; i < 1e4; i++) console.log('x'.repeat(1_000))`, ends: ['success', 'limit'] },
  { code: 'for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6)', ends: ['error', 'limit'] },
  { code: `return 'x'.repeat(1e7)`, ends: ['error', 'limit'] },
  { code: 'const f = () => f(); f()', ends: ['error'] },
  {
    code: `Promise.reject(new Error('lost')); await new Promise((go) => setTimeout(go, 1e6))`,
    ends: ['error'],
  },
  { code: 'await new Promise((go) => setTimeout(go, 1e6))', ends: ['timeout'], timeout: 1 },
  {
    code: `onStop(() => { for (;;); }); await bench_1.sleep_ms({ ms: 60_000 })`,
    ...{ ends: ['timeout'], timeout: 1 },
  },
  { code: `await onStop([{ tool: 'bench_1.echo', args: { text: 'stop' } }]); for (;;);`, ends: ['limit'] },
  { code: 'Object.prototype.then = (go) => go(1); return {}', ends: ['success', 'error', 'limit'] },
];

/** In-process, the time that an isolate waits for a core counts as used: twenty on two cores, and whatever else runs there. */
const cpuMsMax = { process: 100, 'in-process': 1_000 };

const settings = (isolation: keyof typeof cpuMsMax) => ({
  check: 'off',
  limits: {
    ...{
      cpuMsMax: cpuMsMax[isolation],
      heapMebibytesMax: 24,
      residentMebibytesMax: 160,
      callsMax: 200,
      timersMax: 100,
    },
    ...{ outputBytesMax: 10_000, resultBytesMax: 1_000_000, stopCpuMsMax: 50, stopMsMax: 500 },
    // What is kept of runs is full before the first look; processes beyond the warm ones go soon.
    ...{ recordsMax: 50, sandboxIdleMs: 1_000 },
  },
});
const hostileShare = 5;
const restMsMax = 30_000;

export async function soak({
  runs,
  runsBefore,
  atOnce,
  isolation = 'process',
}: SoakPlan): Promise<SoakReport> {
  const workplace = await createWorkplace({ concurrency: 64, settings: settings(isolation), isolation });
  const weightFile = path.join(path.dirname(workplace.configFile), 'weight');
  const ours = await startOurs(workplace, toBeWeighed(weightFile));
  const run = (from: number, to: number) => runMany(ours, { from, to, atOnce, isolation });
  try {
    await run(0, runsBefore);
    const before = await atRest(ours.pid);
    const halfWay = Math.ceil(runs / 2);
    let startedAt = performance.now();
    const surprises = await run(0, halfWay);
    let seconds = (performance.now() - startedAt) / 1_000;
    await atRest(ours.pid, before.processes.length);
    const weightHalfWay = await weigh(ours.pid, weightFile);
    startedAt = performance.now();
    surprises.push(...(await run(halfWay, runs)));
    seconds += (performance.now() - startedAt) / 1_000;
    const after = await atRest(ours.pid, before.processes.length);
    const weight = await weigh(ours.pid, weightFile);
    await ours.close();
    return {
      ...{ seconds, surprises, ...gained(weightHalfWay, weight) },
      processesGained: after.processes.length - before.processes.length,
      descriptorsGained: after.descriptors - before.descriptors,
      processesLeft: await leftOf(after.processes),
    };
  } finally {
    await ours.close();
    await workplace.remove();
  }
}

function gained(before: Weight, after: Weight): Pick<SoakReport, 'megabytesGained' | 'heapMegabytesGained'> {
  return {
    megabytesGained: after.resident - before.resident,
    heapMegabytesGained: after.heap - before.heap,
  };
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly atOnce: number;
  readonly isolation: 'process' | 'in-process';
}

async function runMany(ours: Subject, { from, to, atOnce, isolation }: Part): Promise<string[]> {
  const surprises: string[] = [];
  const bad = hostile.filter(({ processOnly }) => isolation === 'process' || processOnly === undefined);
  let next = from;
  const work = async () => {
    while (next < to) {
      const n = next++;
      const kinds = n % hostileShare === 0 ? bad : honest;
      const kind = kinds[Math.floor(n / hostileShare) % kinds.length] as Kind;
      const { status, said } = await runToItsEnd(ours, kind.code, {
        input: { n },
        timeout: kind.timeout ?? 120,
      });
      if (!kind.ends.includes(status)) surprises.push(`${kind.code}: ${status}: ${said}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return surprises;
}

interface Look {
  readonly processes: readonly number[];
  readonly descriptors: number;
}

/** When nothing changes any more, or at the latest after half a minute. @param processes as many as there should be */
async function atRest(pid: number, processes?: number): Promise<Look> {
  const deadline = performance.now() + restMsMax;
  let last = '';
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const children = await descendantsOf(pid);
    const seen = String(children);
    const isQuiet = seen === last && (processes === undefined || children.length <= processes);
    if (isQuiet || performance.now() > deadline) {
      const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
      return { processes: children, descriptors };
    }
    last = seen;
  }
}

async function leftOf(processes: readonly number[]): Promise<number> {
  const deadline = performance.now() + restMsMax;
  for (;;) {
    const left = (await Promise.all(processes.map(isRunning))).filter(Boolean).length;
    if (left === 0 || performance.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
