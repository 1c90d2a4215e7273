/** The settings of the storage: which driver, and where it keeps what it is given. */
import type { SettingsInput } from './candidate.ts';
import { defaultStateFolder, resolvePath } from './paths.ts';
import type { Findings } from './report.ts';
import { readText } from './text-setting.ts';
import type { StorageSettings } from './types.ts';

const redisAddress = {
  hint: 'Write "redis://user:password@host:6379/0", its parts percent-encoded.',
};

/** @returns with the defaults filled in; `findings` has what is wrong */
export function readStorage(
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): StorageSettings {
  const reader = { section, input, findings };
  const driver = (readText('storage', { isWord: true }, reader)?.text ??
    'memory') as StorageSettings['driver'];
  const folder = readText('storage_folder', {}, reader);
  // It may hold a password, whatever is wrong with it.
  const redisUrl = readText('redis_url', { isSecret: true, address: redisAddress }, reader);
  const { scope, fileDirectory, workingDirectory, document } = input;
  const absolute = folder
    ? resolvePath(folder.text, folder.origin === 'file' ? fileDirectory : workingDirectory, scope.userHome)
    : defaultStateFolder(scope.environment, document?.file ?? workingDirectory);
  if (driver === 'file' && absolute === undefined)
    findings.problem('The storage is "file", but this user has no home folder. Set storage_folder.');
  return {
    driver,
    folder: absolute,
    redisUrl: redisUrl?.text ?? 'redis://127.0.0.1:6379',
    redisPrefix: readText('redis_prefix', {}, reader)?.text ?? 'mcp-tools-orchestrator:',
  };
}
