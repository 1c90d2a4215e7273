/**
 * Storage in a folder, one private file a key. Several processes may share it: a file is replaced whole, and each hears
 * of the others' changes by watching the folder. What was acknowledged survives the end of the process; it is not forced
 * to the disk, so that a power cut may take the last moments.
 */
import { randomUUID } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { link, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem, makeFolder } from '../whole-file.ts';
import type { Backend, BackendEvents, Stored } from './backend.ts';
import { stampOf, writePrivately } from './private-file.ts';

/** Where the system cannot watch, the folder is looked at this often. */
const pollMs = 1_000;
/** What a process that was killed left half written is that old before it is removed. */
const abandonedMs = 3_600_000;

export class FileBackend implements Backend {
  readonly driver = 'file';
  readonly #folder: string;
  /** By file name: which writing of it is known here. */
  readonly #stamps = new Map<string, string>();
  #events: BackendEvents | undefined;
  #watcher: FSWatcher | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  /** @param folder absolute; created where it does not exist */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(events: BackendEvents): Promise<void> {
    this.#events = events;
    try {
      await makeFolder(this.#folder, 0o700);
      this.#watch();
      for (const name of await this.#names()) this.#stamps.set(name, '');
      void this.#sweep().catch(() => {});
    } catch (error) {
      events.lost(this.describe(error));
    }
  }

  async read(key: string): Promise<Stored | undefined> {
    return readStored(this.#file(key));
  }

  async write(key: string, { text, untilMs }: Stored): Promise<void> {
    const head = untilMs === undefined ? '' : `"untilMs":${untilMs},`;
    const file = this.#file(key);
    await writePrivately(file, `{${head}"value":${text}}`, {
      onWritten: (stamp) => this.#stamps.set(path.basename(file), stamp),
    });
  }

  async restore(): Promise<void> {}

  async remove(key: string): Promise<boolean> {
    const file = this.#file(key);
    const stored = await readStored(file);
    this.#stamps.delete(path.basename(file));
    await rm(file, { force: true });
    return stored !== undefined && !isExpired(stored);
  }

  async list(prefix: string): Promise<string[]> {
    const keys = (await this.#names()).flatMap((name) => keyOf(name) ?? []);
    const candidates = keys.filter((key) => key.startsWith(prefix));
    const alive = await Promise.all(
      candidates.map(async (key) => {
        const stored = await this.read(key).catch(() => undefined);
        return stored !== undefined && !isExpired(stored);
      }),
    );
    return candidates.filter((_, index) => alive[index]);
  }

  async probe(): Promise<void> {
    await makeFolder(this.#folder, 0o700);
    await readdir(this.#folder);
    if (!this.#watcher && !this.#pollTimer) this.#watch();
  }

  describe(error: unknown): string {
    return `The storage folder ${this.#folder} cannot be used: ${fileProblem(error)}. See that the disk has room and that this user may write there, or name another folder (storage_folder).`;
  }

  async close(): Promise<void> {
    this.#events = undefined;
    this.#watcher?.close();
    clearInterval(this.#pollTimer);
    await this.#looking;
  }

  #file(key: string): string {
    return path.join(this.#folder, fileName(key));
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => keyOf(name) !== undefined);
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, (_, name) => {
        if (name === null) this.#lookAtAll();
        else if (keyOf(name) !== undefined) this.#look(() => this.#lookAt(name));
      });
      this.#watcher.on('error', () => this.#poll());
    } catch {
      // Systems bound the number of watches, and some file systems know none.
      this.#poll();
    }
  }

  #poll(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#pollTimer ??= setInterval(() => this.#lookAtAll(), pollMs).unref();
  }

  #lookAtAll(): void {
    this.#look(async () => {
      const names = new Set([...(await this.#names()), ...this.#stamps.keys()]);
      for (const name of names) await this.#lookAt(name);
    });
  }

  /** One look after the other, so that a file's changes are told in their order. */
  #look(work: () => Promise<void>): void {
    this.#looking = this.#looking.then(work).catch(() => {});
  }

  async #lookAt(name: string): Promise<void> {
    const key = keyOf(name);
    if (key === undefined || !this.#events) return;
    const stamp = await stampOf(path.join(this.#folder, name));
    const known = this.#stamps.get(name);
    if (stamp === known) return;
    if (stamp === undefined) this.#stamps.delete(name);
    else this.#stamps.set(name, stamp);
    this.#events.changed({ key, kind: stamp === undefined ? 'delete' : 'set' });
  }

  /** Removes what has expired, and what was left half written. */
  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const file = path.join(this.#folder, name);
      if (name.endsWith('.tmp')) {
        const found = await stat(file).catch(() => undefined);
        if (found && found.mtimeMs < Date.now() - abandonedMs) await rm(file, { force: true });
      } else if (keyOf(name) !== undefined) {
        const stored = await readStored(file).catch(() => undefined);
        if (stored && isExpired(stored)) await removeExpired(file);
      }
    }
  }
}

async function readStored(file: string): Promise<Stored | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { untilMs, value } = JSON.parse(text) as { untilMs?: unknown; value?: unknown };
    if (value === undefined) return undefined;
    return { text: JSON.stringify(value), ...(typeof untilMs === 'number' && { untilMs }) };
  } catch {
    // Damaged from outside: as good as none, until it is written anew.
    return undefined;
  }
}

/** A value that another process writes at this moment is put back. */
async function removeExpired(file: string): Promise<void> {
  const claimed = path.join(path.dirname(file), `${randomUUID()}.tmp`);
  await rename(file, claimed);
  const stored = await readStored(claimed);
  if (stored && !isExpired(stored)) await link(claimed, file).catch(() => {});
  await rm(claimed, { force: true });
}

function isExpired({ untilMs }: Stored): boolean {
  return untilMs !== undefined && untilMs <= Date.now();
}

const extension = '.json';

/** `runs/run_1` -> `runs=run_1.json`: one flat folder, and names that differ where upper and lower case do not. */
function fileName(key: string): string {
  const name = key
    .replaceAll('/', '=')
    .replaceAll(':', '!.')
    .replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
  return `${name}${extension}`;
}

/** Undefined for a file that is none of ours. */
function keyOf(name: string): string | undefined {
  if (!/^(?:[a-z0-9._~=-]|!\.|![a-z])+\.json$/.test(name)) return undefined;
  return name
    .slice(0, -extension.length)
    .replace(/![a-z]/g, (pair) => pair.slice(1).toUpperCase())
    .replaceAll('!.', ':')
    .replaceAll('=', '/');
}
