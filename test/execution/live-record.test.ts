/** How often the record of a run under way is written, and that nothing of it is left out. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Instance, LiveRecord, readLive } from '../../src/execution/live-record.ts';
import type { RecordedCall, RunRecord } from '../../src/execution/run-record.ts';
import { silentLog } from '../../src/log.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { JsonValue, SetOptions } from '../../src/storage/storage.ts';

const id = 'run_1';
const record: RunRecord = {
  version: 1,
  run_id: id,
  principal: 'local',
  status: 'running',
  started_at: '2026-01-01T00:00:00.000Z',
  script: '',
  request: {},
  versions: { orchestrator: '0', tools: {} },
  calls: [],
};

/** Each writing of a chunk lasts until it is let go of. */
class SlowStorage extends MemoryStorage {
  readonly chunks: (() => void)[] = [];

  override async set(key: string, value: JsonValue, options?: SetOptions): Promise<void> {
    if (/\/\d{6}-\d{3}$/.test(key)) await new Promise<void>((resolve) => this.chunks.push(resolve));
    await super.set(key, value, options);
  }
}

function begin(isPrompt: boolean) {
  const storage = new SlowStorage();
  const instance = new Instance(storage, 'instance');
  const live = new LiveRecord(id, {
    ...{ isPrompt, storage, instance, log: silentLog, ttlMs: 60_000, snapshot: () => record },
  });
  const change = (index: number) => live.changed(index, () => callOf(index));
  return { storage, live, change };
}

function callOf(index: number): RecordedCall {
  return { index, server: 's', tool: 't', ok: true, ms: 1, effect: 'write', at: index };
}

const passing = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the record of a run under way', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('has one chunk written in 50 ms, however many calls there are and however long the writing takes', async () => {
    const { storage, change } = begin(false);
    for (let index = 0; index < 10; index += 1) change(index);
    await passing(49);
    expect(storage.chunks).toHaveLength(0);
    await passing(1);
    expect(storage.chunks).toHaveLength(1);
    for (let index = 10; index < 20; index += 1) change(index);
    await passing(200);
    storage.chunks[0]?.();
    await passing(49);
    expect(storage.chunks).toHaveLength(1);
    await passing(1);
    expect(storage.chunks).toHaveLength(2);
    storage.chunks[1]?.();
    await passing(1_000);
    expect(storage.chunks).toHaveLength(2);
    expect((await readLive(storage, id))?.calls).toEqual(
      Array.from({ length: 20 }, (_, index) => callOf(index)),
    );
  });

  it('of one in the background is written at once, for those who wait for it', async () => {
    const { storage, live, change } = begin(true);
    change(0);
    await passing(0);
    expect(storage.chunks).toHaveLength(1);
    change(1);
    const saved = live.saved();
    storage.chunks[0]?.();
    await passing(0);
    expect(storage.chunks).toHaveLength(2);
    storage.chunks[1]?.();
    await saved;
    expect((await readLive(storage, id))?.calls).toEqual([callOf(0), callOf(1)]);
  });

  it('is not written any more once the run has ended', async () => {
    const { storage, live, change } = begin(false);
    change(0);
    await live.end();
    await passing(1_000);
    expect(storage.chunks).toHaveLength(0);
    expect(await storage.keys('running/')).toEqual([]);
  });
});
