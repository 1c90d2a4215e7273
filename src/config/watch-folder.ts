/** Says when what is in a folder may have changed; the folder itself may come and go. */
import { type FSWatcher, unwatchFile, watch, watchFile } from 'node:fs';

/** Editors write a file in several steps, and so do those who copy several. */
const settleMs = 100;
/** For a folder that comes into being, and for file systems that tell nothing. */
const pollMs = 2_000;

/** @returns how to end it */
export function watchFolderChanges(folder: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs).unref();
  };
  const begin = () => {
    watcher?.close();
    watcher = undefined;
    try {
      watcher = watch(folder, { persistent: false }, soon);
      watcher.on('error', () => watcher?.close());
    } catch {
      // It is not there, or cannot be watched: it is looked at from time to time.
    }
  };
  const look = () => {
    // Another folder of the same name is not the one that was watched.
    begin();
    soon();
  };
  begin();
  watchFile(folder, { persistent: false, interval: pollMs }, look);
  return () => {
    clearTimeout(timer);
    watcher?.close();
    unwatchFile(folder, look);
  };
}
