/** The settings of the storage: which driver, and where it keeps what it is given. */
import { candidate, type SettingsInput } from './candidate.ts';
import { expand } from './expand.ts';
import { defaultStateFolder, resolvePath } from './paths.ts';
import { type Findings, kindOf, shown } from './report.ts';
import { settingsSchema } from './schema.ts';
import type { StorageSettings } from './types.ts';

type Section = Readonly<Record<string, unknown>>;
type TextName = 'storage' | 'storage_folder' | 'redis_url' | 'redis_prefix';

export function readStorage(section: Section, input: SettingsInput, findings: Findings): StorageSettings {
  const text = (name: TextName) => readText(name, section, input, findings);
  const driver = (text('storage')?.value ?? 'memory') as StorageSettings['driver'];
  const folder = text('storage_folder');
  const { scope, fileDirectory, workingDirectory, document } = input;
  const absolute = folder
    ? resolvePath(folder.value, folder.inFile ? fileDirectory : workingDirectory, scope.userHome)
    : defaultStateFolder(scope.environment, document?.file ?? workingDirectory);
  if (driver === 'file' && absolute === undefined)
    findings.problem('The storage is "file", but this user has no home folder. Set storage_folder.');
  return {
    driver,
    folder: absolute,
    redisUrl: text('redis_url')?.value ?? 'redis://127.0.0.1:6379',
    redisPrefix: text('redis_prefix')?.value ?? 'mcp-tools-orchestrator:',
  };
}

/** Undefined where it is not set, or wrong. */
function readText(
  name: TextName,
  section: Section,
  input: SettingsInput,
  findings: Findings,
): { value: string; inFile: boolean } | undefined {
  const found = candidate(name, undefined, section, input);
  if (found === undefined) return undefined;
  const inFile = found.origin === 'file';
  const problem = (text: string) => {
    findings.problem(`${found.place} ${text}`);
    return undefined;
  };
  let { value } = found;
  if (name === 'storage' && typeof value === 'string') value = value.trim().toLowerCase();
  if (inFile && typeof value === 'string') {
    const expanded = expand(value, input.scope);
    if (expanded.problems.length > 0) return problem(`cannot be filled in: ${expanded.problems.join(' ')}`);
    value = expanded.text;
  }
  const parsed = settingsSchema.shape[name].unwrap().safeParse(value);
  // An address may hold a password, whatever is wrong with it.
  const seen = name === 'redis_url' ? kindOf(found.value) : shown(found.value);
  if (!parsed.success) return problem(`${parsed.error.issues[0]?.message}, but is ${seen}.`);
  if (name === 'redis_url' && !URL.canParse(parsed.data))
    return problem(
      'is no address that can be read. Write "redis://user:password@host:6379/0", its parts percent-encoded.',
    );
  return { value: parsed.data, inFile };
}
