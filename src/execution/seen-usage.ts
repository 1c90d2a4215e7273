/** What a sandbox has used, by the looks that were taken from outside, and how much of it is its script's. */
import type { Usage } from './sandbox-watch.ts';

export class SeenUsage {
  /** Processor time at the last look, all scripts together. */
  cpuMs = 0;
  /** At the last look; off Linux, what the sandbox said at the end of its last script. */
  residentBytes = 0;
  #cpuMsBefore = 0;
  /** Of `performance.now()`: of a script that was not looked at yet. */
  #startedAt: number | undefined;

  /** A script starts. A look at this moment would cost as much as sending it. */
  start(): void {
    this.#startedAt = performance.now();
  }

  /** Counts from this look on. */
  startAt(usage: Usage | undefined): void {
    this.#startedAt = undefined;
    if (usage) this.#cpuMsBefore = usage.cpuMs;
  }

  see(usage: Usage | undefined): void {
    if (!usage) return;
    this.cpuMs = usage.cpuMs;
    this.residentBytes = usage.residentBytes;
  }

  /** @returns processor time of the script so far: at its first look no more than was not seen before, and than there was time for */
  look(usage: Usage): number {
    if (this.#startedAt !== undefined)
      this.#cpuMsBefore = Math.max(this.cpuMs, usage.cpuMs - (performance.now() - this.#startedAt));
    this.#startedAt = undefined;
    this.see(usage);
    return usage.cpuMs - this.#cpuMsBefore;
  }
}
