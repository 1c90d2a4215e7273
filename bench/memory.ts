/** Resident memory of our own processes: what the operating system charges to them, shared pages divided by their users. */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { serverProgram } from './subjects.ts';

const weighMsMax = 30_000;
const kibibytesPerMegabyte = 1e6 / 1_024;

/** Linux only: elsewhere there is no proportional set size to be read. */
export const canMeasureMemory = process.platform === 'linux';

/** @returns megabytes of the process and all it started, the downstream servers' subtrees left out */
export async function ownMegabytes(pid: number): Promise<number> {
  const children = await childrenByParent();
  const kibibytes = await Promise.all(ownProcesses(pid, children).map(proportionalKibibytes));
  return kibibytes.reduce((sum, one) => sum + one, 0) / kibibytesPerMegabyte;
}

/** @returns megabytes of one sandbox process, on average over those that there are */
export async function sandboxMegabytes(pid: number): Promise<number> {
  const children = (await childrenByParent()).get(pid) ?? [];
  const sandboxes = children.filter(({ isSandbox }) => isSandbox);
  const kibibytes = await Promise.all(sandboxes.map((sandbox) => proportionalKibibytes(sandbox.pid)));
  return kibibytes.reduce((sum, one) => sum + one, 0) / kibibytes.length / kibibytesPerMegabyte;
}

/** All processes below one: sandboxes, the watchdog, servers and what they started. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const children = await childrenByParent();
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid).sort((a, b) => a - b);
}

/** What a process holds when nothing is left to collect, in megabytes. */
export interface Weight {
  /** All that it has in memory, what is outside of its heap included. */
  readonly resident: number;
  /** Objects on its heap. */
  readonly heap: number;
}

/** The environment of a process that is to be weighed. @param file where it tells its weight */
export function toBeWeighed(file: string): Record<string, string> {
  const collector = path.join(import.meta.dirname, 'weighed.mjs');
  return { NODE_OPTIONS: `--import=${pathToFileURL(collector).href}`, BENCH_WEIGHT: file };
}

/** @throws Error where it does not answer */
export async function weigh(pid: number, file: string): Promise<Weight> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  const deadline = performance.now() + weighMsMax;
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const { rss, heapUsed } = JSON.parse(text) as NodeJS.MemoryUsage;
      return { resident: rss / 1e6, heap: heapUsed / 1e6 };
    }
    if (performance.now() > deadline) throw new Error(`Process ${pid} did not tell its weight.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** False for a zombie too. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^State:\s+[^ZX]/m.test(status);
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly isServer: boolean;
  readonly isSandbox: boolean;
}

function ownProcesses(pid: number, children: ReadonlyMap<number, readonly ProcessEntry[]>): number[] {
  const own = (children.get(pid) ?? []).filter(({ isServer }) => !isServer);
  return [pid, ...own.flatMap((child) => ownProcesses(child.pid, children))];
}

async function childrenByParent(): Promise<Map<number, ProcessEntry[]>> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const entries = await Promise.all(pids.map(readEntry));
  return Map.groupBy(
    entries.filter((entry) => entry !== undefined),
    ({ parent }) => parent,
  );
}

/** Undefined for a process that has ended meanwhile. */
async function readEntry(pid: number): Promise<ProcessEntry | undefined> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // `pid (name) state parent ...`; the name may hold anything, a bracket too.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return {
      pid,
      parent,
      isServer: command.includes(serverProgram),
      isSandbox: command.includes('main.cjs'),
    };
  } catch {
    return undefined;
  }
}

async function proportionalKibibytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}
