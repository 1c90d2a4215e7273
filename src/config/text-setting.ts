/** Reads a setting that is one text: filled in where it comes from the file, then held against its schema. */
import { type Candidate, candidate, type SettingsInput } from './candidate.ts';
import { expand } from './expand.ts';
import { type Findings, kindOf, shown } from './report.ts';
import { settingsSchema } from './schema.ts';

type TextSettingName =
  | 'storage'
  | 'storage_folder'
  | 'redis_url'
  | 'redis_prefix'
  | 'embeddings_url'
  | 'embeddings_model'
  | 'embeddings_key_env';

export interface TextSetting extends Omit<Candidate, 'value'> {
  readonly text: string;
}

export interface TextSettingKind {
  /** Where a secret may have been written: no message shows it. */
  readonly isSecret?: boolean;
  /** It is an address; how to write one, where that is worth saying. */
  readonly address?: { readonly hint: string };
  /** One of a few words, whose case does not matter. */
  readonly isWord?: boolean;
}

/** What settings are read from, and where that what is wrong with them is told. */
export interface SettingsReader {
  readonly section: Readonly<Record<string, unknown>>;
  readonly input: SettingsInput;
  readonly findings: Findings;
}

/** Undefined where it is not set, or wrong: then `findings` has a problem. */
export function readText(
  name: TextSettingName,
  { isSecret = false, address, isWord = false }: TextSettingKind,
  { section, input, findings }: SettingsReader,
): TextSetting | undefined {
  const found = candidate(name, undefined, section, input);
  if (found === undefined) return undefined;
  const { place, origin } = found;
  const problem = (text: string) => {
    findings.problem(`${place} ${text}`);
    return undefined;
  };
  let { value } = found;
  if (isWord && typeof value === 'string') value = value.trim().toLowerCase();
  if (origin === 'file' && typeof value === 'string') {
    const { text, problems } = expand(value, input.scope);
    if (problems.length > 0) return problem(`cannot be filled in: ${problems.join(' ')}`);
    value = text;
  }
  const parsed = settingsSchema.shape[name].unwrap().safeParse(value);
  const seen = isSecret ? kindOf(found.value) : shown(found.value);
  if (!parsed.success) return problem(`${parsed.error.issues[0]?.message}, but is ${seen}.`);
  if (address && !URL.canParse(parsed.data))
    return problem(`is no address that can be read.${address.hint && ` ${address.hint}`}`);
  return { text: parsed.data, place, origin };
}
