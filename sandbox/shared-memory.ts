/**
 * Which of the scripts that share a process made it grow: nothing says so, but only who computes can. What the process has
 * grown by since the last look is divided by the processor time that each has used since then; what it has shrunk by, by
 * what each had. An estimate, good enough to end the right one of several.
 */

/** A script, by what is known of it. */
interface Sharer {
  /** Since its start; never falls. */
  cpuMs(): number;
}

interface Share {
  bytes: number;
  cpuMs: number;
}

class SharedMemory {
  readonly #shares = new Map<Sharer, Share>();
  #bytes = 0;

  add(sharer: Sharer): void {
    if (this.#shares.size === 0) this.#bytes = process.memoryUsage.rss();
    else this.#divide(undefined);
    this.#shares.set(sharer, { bytes: 0, cpuMs: 0 });
  }

  remove(sharer: Sharer): void {
    this.#shares.delete(sharer);
  }

  /** 0 for one that was not added. */
  bytesOf(sharer: Sharer): number {
    this.#divide(sharer);
    return this.#shares.get(sharer)?.bytes ?? 0;
  }

  /** @param asker gets what nobody has computed for */
  #divide(asker: Sharer | undefined): void {
    const bytes = process.memoryUsage.rss();
    const grown = bytes - this.#bytes;
    this.#bytes = bytes;
    const all = [...this.#shares].map(([sharer, share]) => ({ sharer, share, cpuMs: sharer.cpuMs() }));
    const weightOf = grown < 0 ? byBytes : byTime;
    const total = all.reduce((sum, one) => sum + weightOf(one), 0);
    for (const one of all) {
      const part = total > 0 ? weightOf(one) / total : Number(one.sharer === asker);
      one.share.bytes = Math.max(0, one.share.bytes + grown * part);
      one.share.cpuMs = one.cpuMs;
    }
  }
}

function byBytes({ share }: { readonly share: Share }): number {
  return share.bytes;
}

function byTime({ share, cpuMs }: { readonly share: Share; readonly cpuMs: number }): number {
  return cpuMs - share.cpuMs;
}

/** One process, one of these. */
export const sharedMemory = new SharedMemory();
