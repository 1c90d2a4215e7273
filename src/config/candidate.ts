/** The one place that a setting's value is taken from: a command-line option, the environment, or the file. */
import type { LimitName } from '../limits.ts';
import { type ConfigDocument, keyText } from './document.ts';
import type { ExpansionScope } from './expand.ts';
import type { HttpOverrides } from './http-settings.ts';
import type { SettingName, serveModes } from './schema.ts';
import { settingVariables } from './variables.ts';

/** What the command line says; it wins over everything else. Relative paths start at the working directory. */
export interface ConfigOverrides {
  readonly logLevel?: string | undefined;
  readonly generatedFile?: string | false | undefined;
  readonly cacheDirectory?: string | false | undefined;
  readonly mode?: (typeof serveModes)[number] | undefined;
  readonly profile?: string | undefined;
  readonly transport?: 'stdio' | 'http' | undefined;
  readonly http?: HttpOverrides | undefined;
  readonly limits?: { readonly [name in LimitName]?: number | undefined } | undefined;
}

export interface SettingsInput {
  readonly document: ConfigDocument | undefined;
  /** Where relative paths of the file start. */
  readonly fileDirectory: string;
  /** Where relative paths of options and variables start. */
  readonly workingDirectory: string;
  readonly scope: ExpansionScope;
  readonly overrides: ConfigOverrides;
}

export interface Candidate {
  readonly value: unknown;
  /** Where it was written, for messages. */
  readonly place: string;
  readonly origin: 'option' | 'variable' | 'file';
}

/** Undefined where nobody says anything. */
export function candidate(
  name: SettingName,
  override: unknown,
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
): Candidate | undefined {
  if (override !== undefined) return { value: override, place: `the option for ${name}`, origin: 'option' };
  for (const variable of settingVariables[name]) {
    const value = input.scope.environment[variable];
    if (value) return { value, place: `the environment variable ${variable}`, origin: 'variable' };
  }
  const value = section[name];
  if (value === undefined) return undefined;
  const path = ['orchestrator', name];
  return { value, place: `${input.document?.at(path)}: ${keyText(path)}`, origin: 'file' };
}

/** How a variable says yes and no. */
export const switchWords: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  '1': true,
  false: false,
  off: false,
  no: false,
  '0': false,
};
