/** Says when a file may have changed, however it is written: in place, replaced, through a link, or over a network. */
import { type FSWatcher, unwatchFile, watch, watchFile } from 'node:fs';
import path from 'node:path';

/** Editors write a file in several steps. */
const settleMs = 100;
/** For file systems that tell nothing, and for links to elsewhere. */
const pollMs = 2_000;

/** @returns how to end it */
export function watchFileChanges(file: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs).unref();
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path.dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === path.basename(file)) soon();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // The other way is left.
  }
  watchFile(file, { persistent: false, interval: pollMs }, soon);
  return () => {
    clearTimeout(timer);
    watcher?.close();
    unwatchFile(file, soon);
  };
}
