/** This computer, as the files of clients are found on it, and the configuration that a command writes. */
import { stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Machine } from '../config/clients/client.ts';
import { processEnvironment } from '../config/environment.ts';
import {
  configFileName,
  configFileVariables,
  defaultStateFolder,
  homeFolder,
  resolvePath,
} from '../config/paths.ts';

/** Where there is no home folder, the temporary one stands in for it. */
export function thisMachine(): Machine {
  const environment = processEnvironment();
  return {
    platform: process.platform,
    home: homeFolder(environment) ?? os.tmpdir(),
    environment,
    directory: process.cwd(),
  };
}

/** The file that is there, as `serve` would find it, or the one to be made. */
export async function ourConfigFile(
  { environment, home, directory }: Machine,
  named: string | undefined,
): Promise<string> {
  const variable = configFileVariables.map((name) => environment[name]).find(Boolean);
  const wanted = named ?? variable;
  if (wanted !== undefined) return resolvePath(wanted, directory, home);
  for (let folder = directory; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, configFileName);
    if (
      await stat(candidate).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return candidate;
    if (path.dirname(folder) === folder) return path.join(directory, configFileName);
  }
}

/** Where the record of what `init` or `import` changed is kept. */
export function undoRecordFile({ environment, home }: Machine): string {
  return path.join(defaultStateFolder(environment, 'undo') ?? home, 'last-changes.json');
}
