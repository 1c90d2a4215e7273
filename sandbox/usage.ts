/** What a script uses of the processor and of memory, as far as can be told. */
import { sharedMemory } from './shared-memory.ts';

/** Of isolated-vm's Isolate. */
interface MeasuredIsolate {
  readonly isDisposed: boolean;
  /** Nanoseconds. */
  readonly cpuTime: bigint;
}

export class ScriptUsage {
  readonly #isolate: MeasuredIsolate;
  readonly #ownsProcess: boolean;
  #cpuMsBefore = 0;
  #cpuMsSeen = 0;
  residentBytesPeak = 0;

  /** @param ownsProcess as in IsolateOptions */
  constructor(isolate: MeasuredIsolate, ownsProcess: boolean) {
    this.#isolate = isolate;
    this.#ownsProcess = ownsProcess;
  }

  start(): void {
    this.#cpuMsSeen = 0;
    this.#cpuMsBefore = this.#cpuMsEver();
    if (!this.#ownsProcess) sharedMemory.add(this);
  }

  end(): void {
    if (!this.#ownsProcess) sharedMemory.remove(this);
  }

  /** Since the start. */
  cpuMs(): number {
    this.#cpuMsSeen = Math.max(this.#cpuMsSeen, this.#cpuMsEver() - this.#cpuMsBefore);
    return this.#cpuMsSeen;
  }

  /** Of the process; where that is not the script's alone, its share of what the process has grown by. */
  residentBytes(): number {
    const bytes = this.#ownsProcess ? process.memoryUsage.rss() : Math.round(sharedMemory.bytesOf(this));
    this.residentBytesPeak = Math.max(this.residentBytesPeak, bytes);
    return bytes;
  }

  /**
   * Of the process, which is exact where it runs one script at a time. Elsewhere isolated-vm's count, which also runs
   * while the isolate waits for a core: more than used, never less.
   */
  #cpuMsEver(): number {
    if (this.#ownsProcess) {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    }
    return this.#isolate.isDisposed ? 0 : Number(this.#isolate.cpuTime) / 1e6;
  }
}
