/**
 * Many scripts through one orchestrator as a host starts it, a fifth of them hostile: afterwards it has to be as it was.
 * Shortened, it is a test (test/server/soak.test.ts).
 */
import { readdir } from 'node:fs/promises';
import { descendantsOf, isRunning, residentMegabytes } from './memory.ts';
import { createWorkplace, runToItsEnd, type Subject, startOurs } from './subjects.ts';

export interface SoakPlan {
  readonly runs: number;
  /** Before the first look: whatever is loaded and filled once, is. */
  readonly runsBefore: number;
  readonly atOnce: number;
}

/** Compared are the looks before and after the runs, both at rest. */
export interface SoakReport {
  readonly seconds: number;
  /** What became of a run that had to become of it otherwise: kind, status, and all that was said. */
  readonly surprises: readonly string[];
  readonly processesGained: number;
  readonly descriptorsGained: number;
  readonly megabytesGained: number;
  /** After the orchestrator was told to end: processes that it had started. */
  readonly processesLeft: number;
}

/** Every script of one kind ends with one of these. */
interface Kind {
  readonly code: string;
  readonly ends: readonly string[];
  readonly timeout?: number;
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
  { code: `await bench_1.echo({ text: 'a' }); [].indexOf.call({ length: 2 ** 53 - 1 }, 1)`, ends: ['limit'] },
  { code: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })', ends: ['limit'] },
  { code: `const all = []; for (;;) all.push(new Intl.DateTimeFormat('de'))`, ends: ['limit'] },
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

const settings = {
  check: 'off',
  limits: {
    ...{ cpuMsMax: 100, heapMebibytesMax: 24, residentMebibytesMax: 160, callsMax: 200, timersMax: 100 },
    ...{ outputBytesMax: 10_000, resultBytesMax: 1_000_000, stopCpuMsMax: 50, stopMsMax: 500 },
    // What is kept of runs is full before the first look; processes beyond the warm ones go soon.
    ...{ recordsMax: 50, sandboxIdleMs: 1_000 },
  },
};
/**
 * With room to spare, V8 puts collecting off, and what is lost cannot be told from what is not collected yet. A heap that
 * leaks as much ends the orchestrator.
 */
export const heapMegabytesMax = 64;
const hostileShare = 5;
const restMsMax = 30_000;

export async function soak({ runs, runsBefore, atOnce }: SoakPlan): Promise<SoakReport> {
  const workplace = await createWorkplace({ concurrency: 64, settings });
  const ours = await startOurs(workplace, { NODE_OPTIONS: `--max-old-space-size=${heapMegabytesMax}` });
  try {
    await runMany(ours, runsBefore, atOnce);
    const before = await atRest(ours.pid);
    const startedAt = performance.now();
    const surprises = await runMany(ours, runs, atOnce);
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = await atRest(ours.pid, before.processes.length);
    await ours.close();
    return {
      ...{ seconds, surprises },
      processesGained: after.processes.length - before.processes.length,
      descriptorsGained: after.descriptors - before.descriptors,
      megabytesGained: after.megabytes - before.megabytes,
      processesLeft: await leftOf(after.processes),
    };
  } finally {
    await ours.close();
    await workplace.remove();
  }
}

async function runMany(ours: Subject, runs: number, atOnce: number): Promise<string[]> {
  const surprises: string[] = [];
  let started = 0;
  const work = async () => {
    while (started < runs) {
      const n = started++;
      const kinds = n % hostileShare === 0 ? hostile : honest;
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
  readonly megabytes: number;
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
      return { processes: children, descriptors, megabytes: await residentMegabytes(pid) };
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
