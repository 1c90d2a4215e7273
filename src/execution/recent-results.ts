/** What a run's last calls gave: kept as it came, and looked at only where the script then stumbles over it. */
import { valueShape } from './value-shape.ts';

const keptMax = 20;
/** A result that is longer is not kept: with the few above, a run holds a few megabytes at most. */
const charactersMax = 256 * 1_024;

interface KeptResult {
  readonly server: string;
  readonly tool: string;
  /** JSON */
  readonly value: string;
}

export class RecentResults {
  readonly #kept: KeptResult[] = [];
  #noted = 0;

  /** @param server by the names in scripts */
  note(server: string, tool: string, value: string): void {
    if (value.length > charactersMax) return;
    this.#kept[this.#noted++ % keptMax] = { server, tool, value };
  }

  /** The shape of the last result of a tool, in one line; undefined where it is not known. */
  shapeOf(server: string, tool: string): string | undefined {
    for (let back = 1; back <= Math.min(this.#noted, keptMax); back += 1) {
      const kept = this.#kept[(this.#noted - back) % keptMax];
      if (kept?.server === server && kept.tool === tool) return valueShape(kept.value);
    }
    return undefined;
  }
}
