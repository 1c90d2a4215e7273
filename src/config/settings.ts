/** Our own settings: each from a command-line option, the environment, the file's `orchestrator` section, or its default. */
import { delimiter } from 'node:path';
import * as z from 'zod';
import type { Limits } from '../limits.ts';
import type { LogLevel } from '../log.ts';
import type { KeyStoreMode } from './auth-types.ts';
import { type Candidate, candidate, type SettingsInput, switchWords } from './candidate.ts';
import { keyText } from './document.ts';
import { readEmbeddings } from './embedding-settings.ts';
import { expand } from './expand.ts';
import { readHttp } from './http-settings.ts';
import type { HttpConfig } from './http-types.ts';
import { readLimits } from './limit-settings.ts';
import { defaultCacheFolder, resolvePath } from './paths.ts';
import { type Profile, type Profiles, profilesHint, readProfiles } from './profiles.ts';
import { readRegistration } from './registration-settings.ts';
import { type Findings, isObject, shown, unknownKeys } from './report.ts';
import { approvalMarks, approvals, settingsSchema, toolEffects } from './schema.ts';
import { readStorage } from './storage-settings.ts';
import { readToolTable } from './tool-table.ts';
import type {
  CheckMode,
  Config,
  ConnectionScope,
  EmbeddingSettings,
  Isolation,
  PinMode,
  RegistrationSettings,
  ServeMode,
  StorageSettings,
} from './types.ts';

export interface Settings {
  readonly generatedFile: string | undefined;
  readonly cacheDirectory: string | undefined;
  readonly logLevel: LogLevel;
  readonly storage: StorageSettings;
  readonly isolation: Isolation;
  readonly registration: RegistrationSettings;
  readonly pins: PinMode;
  readonly check: CheckMode;
  readonly mode: ServeMode;
  /** For servers that do not say themselves. */
  readonly learnTypes: boolean;
  /** For servers that do not say themselves. */
  readonly connectionScope: ConnectionScope;
  /** For logins to servers. */
  readonly keyStore: KeyStoreMode;
  readonly profile: Profile | undefined;
  readonly profiles: Profiles;
  readonly embeddings: EmbeddingSettings | undefined;
  readonly transport: 'stdio' | 'http';
  readonly http: HttpConfig;
  readonly policyFolders: readonly string[];
  readonly allowSave: boolean;
  readonly effects: Config['effects'];
  readonly approval: Config['approval'];
  readonly limits: Limits;
}

/** Settings that are one word or a switch. */
type PlainSettingName =
  | 'check'
  | 'learnTypes'
  | 'mode'
  | 'pins'
  | 'transport'
  | 'allow_save'
  | 'scope'
  | 'key_store';
type PlainSetting<Name extends PlainSettingName> = NonNullable<z.infer<typeof settingsSchema>[Name]>;

/** Every problem found goes to `findings`; what is returned is only of use where there is none. */
export function readSettings(input: SettingsInput, findings: Findings): Settings {
  const section = readSection(input, findings);
  const path = (
    name: 'generated' | 'cache',
    override: string | false | undefined,
    fallback: string | undefined,
  ) => readPath({ name, override, fallback, section }, input, findings);
  const { overrides, fileDirectory } = input;
  const profiles = readProfiles(section.profiles, input.document, findings);
  const generatedDefault =
    input.document && resolvePath('generated/unified_api.ts', fileDirectory, undefined);
  return {
    generatedFile: path('generated', overrides.generatedFile, generatedDefault),
    cacheDirectory: path('cache', overrides.cacheDirectory, defaultCacheFolder(input.scope.environment)),
    logLevel: readLogLevel(section, input, findings),
    storage: readStorage(section, input, findings),
    registration: readRegistration(section, input, findings),
    pins: readPlain('pins', 'warn', section, input, findings),
    isolation: readIsolation(section, input, findings),
    check: readPlain('check', 'strict', section, input, findings),
    mode: overrides.mode ?? readPlain('mode', 'orchestrator', section, input, findings),
    learnTypes: readPlain('learnTypes', true, section, input, findings),
    connectionScope: readPlain('scope', 'shared', section, input, findings),
    keyStore: readPlain('key_store', 'auto', section, input, findings),
    profile: readProfile(profiles, section, input, findings),
    profiles,
    embeddings: readEmbeddings(section, input, findings),
    transport: overrides.transport ?? readPlain('transport', 'stdio', section, input, findings),
    http: readHttp(section.http, { ...input, overrides: overrides.http ?? {} }, findings),
    policyFolders: readFolders('policies', section, input, findings),
    allowSave: readPlain('allow_save', false, section, input, findings),
    effects: readToolTable(
      section.effects,
      { key: 'effects', words: toolEffects, marks: [] },
      input.document,
      findings,
    ),
    approval: readToolTable(
      section.approval,
      { key: 'approval', words: approvals, marks: approvalMarks },
      input.document,
      findings,
    ),
    limits: readLimits(
      {
        document: input.document,
        written: section.limits,
        environment: input.scope.environment,
        overrides: overrides.limits ?? {},
      },
      findings,
    ),
  };
}

function readSection(input: SettingsInput, findings: Findings): Readonly<Record<string, unknown>> {
  const { document } = input;
  const section = isObject(document?.value) ? document.value.orchestrator : undefined;
  if (document === undefined || section === undefined) return {};
  if (!isObject(section)) {
    findings.problem(
      `${document.at(['orchestrator'])}: orchestrator must be an object such as { "log_level": "info" }, but is ${shown(section)}.`,
    );
    return {};
  }
  const known = [...Object.keys(settingsSchema.shape), 'limits'];
  unknownKeys({ document, path: ['orchestrator'], keys: Object.keys(section), known }, findings);
  return section;
}

interface PathSetting {
  readonly name: 'generated' | 'cache';
  readonly override: string | false | undefined;
  readonly fallback: string | undefined;
  readonly section: Readonly<Record<string, unknown>>;
}

function readPath(setting: PathSetting, input: SettingsInput, findings: Findings): string | undefined {
  const found = candidate(setting.name, setting.override, setting.section, input);
  if (found === undefined) return setting.fallback;
  const value =
    found.origin === 'variable' && /^(false|off|no|0)$/i.test(String(found.value)) ? false : found.value;
  const parsed = settingsSchema.shape[setting.name].unwrap().safeParse(value);
  if (!parsed.success) {
    findings.problem(`${found.place} ${parsed.error.issues[0]?.message}, but is ${shown(value)}.`);
    return undefined;
  }
  if (parsed.data === false) return undefined;
  const { scope } = input;
  if (found.origin !== 'file') return resolvePath(parsed.data, input.workingDirectory, scope.userHome);
  const { text, problems } = expand(parsed.data, scope);
  for (const problem of problems) findings.problem(`${found.place}: ${problem}`);
  return resolvePath(text, input.fileDirectory, scope.userHome);
}

/** One folder or several; by default the one of that name beside the file. */
function readFolders(
  name: 'policies',
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): string[] {
  const { scope, fileDirectory, workingDirectory } = input;
  const found = candidate(name, undefined, section, input);
  if (found === undefined) return [resolvePath(name, fileDirectory, scope.userHome)];
  const isVariable = found.origin === 'variable';
  const value = isVariable ? String(found.value).split(delimiter).filter(Boolean) : found.value;
  const parsed = settingsSchema.shape[name].unwrap().safeParse(value);
  if (!parsed.success) {
    findings.problem(`${found.place} ${parsed.error.issues[0]?.message}, but is ${shown(value)}.`);
    return [];
  }
  return [parsed.data].flat().map((written) => {
    if (isVariable) return resolvePath(written, workingDirectory, scope.userHome);
    const { text, problems } = expand(written, scope);
    for (const problem of problems) findings.problem(`${found.place}: ${problem}`);
    return resolvePath(text, fileDirectory, scope.userHome);
  });
}

/** A setting of one word or switch; words are read without regard to case, switches in every usual spelling. */
function readPlain<Name extends PlainSettingName>(
  name: Name,
  fallback: PlainSetting<Name>,
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): PlainSetting<Name> {
  const found = candidate(name, undefined, section, input);
  if (found === undefined) return fallback;
  const schema: z.ZodType = settingsSchema.shape[name].unwrap();
  const parsed = schema.safeParse(plainValue(found, schema));
  if (parsed.success) return parsed.data as PlainSetting<Name>;
  findings.problem(`${found.place} ${parsed.error.issues[0]?.message}, but is ${shown(found.value)}.`);
  return fallback;
}

// How the seed gateway says whether a call finds what an earlier one left.
const seedWords: Readonly<Record<string, string>> = { stateful: 'shared', stateless: 'run' };

function plainValue({ value, origin }: Candidate, schema: z.ZodType): unknown {
  if (typeof value !== 'string') return value;
  const word = value.trim().toLowerCase();
  if (!(schema instanceof z.ZodBoolean))
    return origin === 'variable' && Object.hasOwn(seedWords, word) ? seedWords[word] : word;
  return origin === 'variable' && Object.hasOwn(switchWords, word) ? switchWords[word] : value;
}

function readProfile(
  profiles: Profiles,
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): Profile | undefined {
  const found = candidate('profile', input.overrides.profile, section, input);
  if (found === undefined) return undefined;
  const { value, place } = found;
  const profile = typeof value === 'string' ? profiles.get(value) : undefined;
  if (profile === undefined) {
    const hint = profilesHint(String(value), profiles);
    findings.problem(`${place} is ${shown(value)}, and there is no profile of that name. ${hint}`);
  }
  return profile;
}

function readIsolation(
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): Settings['isolation'] {
  const { document } = input;
  const path = ['orchestrator', 'sandbox'];
  const schema = settingsSchema.shape.sandbox.unwrap();
  const written = section.sandbox;
  if (document && written !== undefined) {
    if (!isObject(written)) {
      const { error } = schema.safeParse(written);
      findings.problem(
        `${document.at(path)}: ${keyText(path)} ${error?.issues[0]?.message}, but is ${shown(written)}.`,
      );
      return 'process';
    }
    unknownKeys({ document, path, keys: Object.keys(written), known: Object.keys(schema.shape) }, findings);
  }
  const inFile = isObject(written) ? { sandbox: written.isolation } : {};
  const found = candidate('sandbox', undefined, inFile, input);
  if (found === undefined) return 'process';
  const place =
    found.origin === 'file'
      ? `${document?.at([...path, 'isolation'])}: ${keyText([...path, 'isolation'])}`
      : found.place;
  const word = found.origin === 'variable' ? String(found.value).trim().toLowerCase() : found.value;
  const parsed = schema.shape.isolation.unwrap().safeParse(word);
  if (parsed.success) return parsed.data;
  findings.problem(`${place} ${parsed.error.issues[0]?.message}, but is ${shown(found.value)}.`);
  return 'process';
}

// Python's names, which the seed gateway's users write.
const otherLevelNames: Readonly<Record<string, LogLevel>> = {
  warning: 'warn',
  critical: 'error',
  fatal: 'error',
  off: 'silent',
  none: 'silent',
};

function readLogLevel(
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): LogLevel {
  const found = candidate('log_level', input.overrides.logLevel, section, input);
  if (found === undefined) return 'warn';
  const word = typeof found.value === 'string' ? found.value.trim().toLowerCase() : found.value;
  const level =
    typeof word === 'string' && Object.hasOwn(otherLevelNames, word) ? otherLevelNames[word] : word;
  const parsed = settingsSchema.shape.log_level.unwrap().safeParse(level);
  if (parsed.success) return parsed.data;
  findings.problem(`${found.place} ${parsed.error.issues[0]?.message}, but is ${shown(found.value)}.`);
  return 'warn';
}
