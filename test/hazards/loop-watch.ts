/**
 * How long the event loop is held: by computing, or by waiting inside a call. How long its thread had to wait for a
 * processor core is told apart from that: on a busy machine it says nothing about us.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export interface Held {
  /** The longest at a stretch without a turn of the loop. */
  readonly computedMs: number;
  /** The same, where the thread neither computed nor waited for a core: in a lock, or while a process starts. */
  readonly blockedMs: number;
  /** For a core, in all. */
  readonly awaitedMs: number;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

const tickMs = 5;

export class LoopWatch {
  readonly #schedule = new ThreadSchedule();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Mutable<Held>>();
  #last = this.#schedule.read();

  constructor() {
    this.#timer = setInterval(() => this.#look(), tickMs);
  }

  /** @returns ends the measurement and gives what was seen */
  begin(): () => Held {
    this.#look();
    const seen = { computedMs: 0, blockedMs: 0, awaitedMs: 0 };
    this.#open.add(seen);
    return () => {
      this.#look();
      this.#open.delete(seen);
      return seen;
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#schedule.close();
  }

  #look(): void {
    const now = this.#schedule.read();
    const computed = now.computedMs - this.#last.computedMs;
    const awaited = now.awaitedMs - this.#last.awaitedMs;
    const blocked = now.at - this.#last.at - tickMs - computed - awaited;
    this.#last = now;
    for (const seen of this.#open) {
      seen.computedMs = Math.max(seen.computedMs, computed);
      seen.blockedMs = Math.max(seen.blockedMs, blocked);
      seen.awaitedMs += awaited;
    }
  }
}

/** On Linux the kernel says how long a thread computed, and how long it was ready and had no core; elsewhere all counts as blocked. */
class ThreadSchedule {
  readonly #buffer = Buffer.alloc(128);
  readonly #descriptor: number | undefined;

  constructor() {
    try {
      this.#descriptor = openSync('/proc/thread-self/schedstat', 'r');
    } catch {
      this.#descriptor = undefined;
    }
  }

  read(): { at: number; computedMs: number; awaitedMs: number } {
    const [computed = 0, awaited = 0] = this.#descriptor === undefined ? [] : this.#numbers(this.#descriptor);
    return { at: performance.now(), computedMs: computed / 1e6, awaitedMs: awaited / 1e6 };
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  #numbers(descriptor: number): number[] {
    const bytes = readSync(descriptor, this.#buffer, 0, this.#buffer.length, 0);
    return this.#buffer.toString('latin1', 0, bytes).split(' ').map(Number);
  }
}
