/** A lock between processes of ours: a file that only one of them can make. */
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../../whole-file.ts';

/** Whoever holds the lock for longer has died: one refresh, or one question to a key store, is all that is done under it. */
const lockMsMax = 60_000;
const pauseMs = 25;

/** Does the work while no other process does any under the lock of that file. Rejects with the system's error. */
export async function holdingLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  await take(lock);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  await makeFolder(path.dirname(lock), 0o700);
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await stat(lock).catch(() => undefined);
    if (held && Date.now() - held.mtimeMs > lockMsMax) await rm(lock, { force: true });
    else await sleep(pauseMs);
  }
}
