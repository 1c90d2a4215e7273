/** The settings of the embedding endpoint: its address, the model, and the key by the name of its variable. */
import { candidate, type SettingsInput } from './candidate.ts';
import { expand } from './expand.ts';
import { type Findings, kindOf, shown } from './report.ts';
import { settingsSchema } from './schema.ts';
import type { EmbeddingSettings } from './types.ts';

type Section = Readonly<Record<string, unknown>>;
type Name = 'embeddings_url' | 'embeddings_model' | 'embeddings_key_env';

/** Undefined where no endpoint is named, or something of it is wrong. */
export function readEmbeddings(
  section: Section,
  input: SettingsInput,
  findings: Findings,
): EmbeddingSettings | undefined {
  const before = findings.problems.length;
  const url = readText('embeddings_url', section, input, findings);
  const model = readText('embeddings_model', section, input, findings);
  const keyName = readText('embeddings_key_env', section, input, findings);
  if (findings.problems.length > before) return undefined;
  if (url === undefined) {
    const lonely = model ?? keyName;
    if (lonely) findings.warning(`${lonely.place} has no effect without embeddings_url.`);
    return undefined;
  }
  if (model === undefined) {
    findings.problem(`${url.place} needs embeddings_model beside it: the model to ask for.`);
    return undefined;
  }
  const key = keyName && input.scope.environment[keyName.text];
  if (keyName && !key) {
    findings.problem(
      `${keyName.place} is ${shown(keyName.text)}, and there is no such environment variable. Set it to the key.`,
    );
    return undefined;
  }
  return { url: endpointOf(url.text), model: model.text, key };
}

/** Both ways to write it are common. */
function endpointOf(text: string): string {
  const url = new URL(text);
  if (!/\/embeddings\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/embeddings`;
  return url.href;
}

function readText(
  name: Name,
  section: Section,
  input: SettingsInput,
  findings: Findings,
): { text: string; place: string } | undefined {
  const found = candidate(name, undefined, section, input);
  if (found === undefined) return undefined;
  const { place } = found;
  let { value } = found;
  if (found.origin === 'file' && typeof value === 'string') {
    const { text, problems } = expand(value, input.scope);
    for (const problem of problems) findings.problem(`${place} cannot be filled in: ${problem}`);
    if (problems.length > 0) return undefined;
    value = text;
  }
  const parsed = settingsSchema.shape[name].unwrap().safeParse(value);
  // A key may have been written where an address or a variable's name belongs.
  const seen = name === 'embeddings_model' ? shown(found.value) : kindOf(found.value);
  if (!parsed.success) findings.problem(`${place} ${parsed.error.issues[0]?.message}, but is ${seen}.`);
  else if (name === 'embeddings_url' && !URL.canParse(parsed.data))
    findings.problem(`${place} is no address that can be read.`);
  else return { text: parsed.data, place };
  return undefined;
}
