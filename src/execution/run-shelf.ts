/** Records of runs in the storage, each beside its summary, and no more of them than the limits allow. */
import type { Limits } from '../limits.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';
import { type RunRecord, type RunSummary, summaryOf } from './run-record.ts';

const recordKey = (id: string) => `runs/${id}`;
const summaryPrefix = 'run-list/';
const summaryKey = (id: string) => `${summaryPrefix}${id}`;
const hourMs = 3_600_000;
const mebibyte = 1_048_576;
/** So small a part of what is allowed may come on top before old records are removed: looking for them costs. */
const surplus = 0.05;

export class RunShelf {
  readonly #storage: Storage;
  readonly #limits: Limits;
  /** Of records that this process has seen. */
  readonly #bytes = new Map<string, number>();
  #newCount = Number.POSITIVE_INFINITY;
  #newBytes = 0;

  constructor(storage: Storage, limits: Limits) {
    this.#storage = storage;
    this.#limits = limits;
  }

  async get(id: string): Promise<RunRecord | undefined> {
    return (await this.#storage.get(recordKey(id))) as unknown as RunRecord | undefined;
  }

  async put(record: RunRecord): Promise<void> {
    const ttlMs = this.#limits.recordHoursMax * hourMs;
    const summary = summaryOf(record);
    await this.#storage.set(recordKey(record.run_id), record as unknown as JsonValue, { ttlMs });
    await this.#storage.set(summaryKey(record.run_id), summary as unknown as JsonValue, { ttlMs });
    this.#bytes.set(record.run_id, summary.bytes);
    this.#newCount += 1;
    this.#newBytes += summary.bytes;
  }

  async list(isWanted: (id: string) => boolean): Promise<RunSummary[]> {
    const summaries = await Promise.all((await this.#ids()).filter(isWanted).map((id) => this.#summary(id)));
    return summaries.flatMap((summary) => summary ?? []);
  }

  /**
   * Removes what is too much, the oldest first. Ids start with their time.
   *
   * @returns the ids of what was removed
   */
  async prune(): Promise<string[]> {
    const { recordsMax, recordsMebibytesMax } = this.#limits;
    const bytesMax = recordsMebibytesMax * mebibyte;
    if (this.#newCount < recordsMax * surplus && this.#newBytes < bytesMax * surplus) return [];
    this.#newCount = 0;
    this.#newBytes = 0;
    const removed: string[] = [];
    let bytes = 0;
    for (const [index, id] of (await this.#ids()).reverse().entries()) {
      bytes += this.#bytes.get(id) ?? (await this.#summary(id))?.bytes ?? 0;
      if (index < recordsMax && bytes <= bytesMax) continue;
      await Promise.all([this.#storage.delete(recordKey(id)), this.#storage.delete(summaryKey(id))]);
      this.#bytes.delete(id);
      removed.push(id);
    }
    return removed;
  }

  async #ids(): Promise<string[]> {
    const keys = await this.#storage.keys(summaryPrefix);
    return keys.map((key) => key.slice(summaryPrefix.length));
  }

  async #summary(id: string): Promise<RunSummary | undefined> {
    return (await this.#storage.get(summaryKey(id))) as unknown as RunSummary | undefined;
  }
}
