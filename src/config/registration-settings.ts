/** What clients may do to the set of servers: by the file, or by variables that list words behind commas. */
import { candidate, type SettingsInput, switchWords } from './candidate.ts';
import { type Findings, shown } from './report.ts';
import { settingsSchema } from './schema.ts';
import type { RegistrationSettings } from './types.ts';

type Section = Readonly<Record<string, unknown>>;
type Name = 'allow_runtime_registration' | 'allowed_commands' | 'allowed_variables';

/** What cannot be read allows nothing, and is told to `findings`. */
export function readRegistration(
  section: Section,
  input: SettingsInput,
  findings: Findings,
): RegistrationSettings {
  const read = (name: Name) => {
    const found = candidate(name, undefined, section, input);
    if (found === undefined) return undefined;
    const value = found.origin === 'variable' ? fromVariable(name, String(found.value)) : found.value;
    const parsed = settingsSchema.shape[name].unwrap().safeParse(value);
    if (parsed.success) return parsed.data;
    findings.problem(`${found.place} ${parsed.error.issues[0]?.message}, but is ${shown(found.value)}.`);
    // What is not understood allows nothing.
    return name === 'allow_runtime_registration' ? false : [];
  };
  return {
    allow: read('allow_runtime_registration') as boolean | undefined,
    commands: read('allowed_commands') as string[] | undefined,
    variables: (read('allowed_variables') as string[] | undefined) ?? [],
  };
}

function fromVariable(name: Name, text: string): unknown {
  if (name === 'allow_runtime_registration') return switchWords[text.trim().toLowerCase()] ?? text;
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}
