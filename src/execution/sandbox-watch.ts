/** Looks at a process from outside, on Linux: what it says of itself cannot be relied on. Elsewhere it sees nothing. */
import { closeSync, openSync, readSync } from 'node:fs';

/** The unit of times in /proc, the same on every architecture that Node runs on. */
const ticksPerSecond = 100;
const buffer = Buffer.alloc(1_024);

export interface Usage {
  readonly residentBytes: number;
  /** User and system time since the process started, in steps of 10 ms. */
  readonly cpuMs: number;
}

/** Keeps the two files of /proc open, so that a look costs a few microseconds. */
export class ProcessWatch {
  readonly #statm: number | undefined;
  readonly #stat: number | undefined;
  #pageBytes = 4_096;

  constructor(pid: number | undefined) {
    if (process.platform !== 'linux' || pid === undefined) return;
    this.#statm = open(`/proc/${pid}/statm`);
    this.#stat = open(`/proc/${pid}/stat`);
    this.#pageBytes = pageBytes();
  }

  /** What has ended holds no memory, though it may still be listed. False off Linux. */
  isGone(): boolean {
    return this.#statm !== undefined && Number(read(this.#statm)?.split(' ', 2)[1] ?? 0) === 0;
  }

  /** @returns undefined off Linux, and where the process is gone */
  read(): Usage | undefined {
    const pages = read(this.#statm)?.split(' ', 2)[1];
    const stat = read(this.#stat);
    if (pages === undefined || stat === undefined) return undefined;
    // The process's name stands in parentheses and may hold spaces; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 13);
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { residentBytes: Number(pages) * this.#pageBytes, cpuMs: (ticks / ticksPerSecond) * 1_000 };
  }

  close(): void {
    for (const descriptor of [this.#statm, this.#stat]) {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

let pageBytesFound: number | undefined;

/** From our own process, whose resident memory Node tells in bytes: the nearest power of two. */
function pageBytes(): number {
  if (pageBytesFound !== undefined) return pageBytesFound;
  const descriptor = open('/proc/self/statm');
  const pages = Number(read(descriptor)?.split(' ', 2)[1]);
  if (descriptor !== undefined) closeSync(descriptor);
  const bytes = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
  pageBytesFound = bytes >= 4_096 && bytes <= 65_536 ? bytes : 4_096;
  return pageBytesFound;
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function read(descriptor: number | undefined): string | undefined {
  if (descriptor === undefined) return undefined;
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } catch {
    return undefined;
  }
}
