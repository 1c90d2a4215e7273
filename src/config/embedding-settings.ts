/** The settings of the embedding endpoint: its address, the model, and the key by the name of its variable. */
import type { SettingsInput } from './candidate.ts';
import { type Findings, shown } from './report.ts';
import { readText } from './text-setting.ts';
import type { EmbeddingSettings } from './types.ts';

/** Undefined where no endpoint is named, or something of it is wrong. */
export function readEmbeddings(
  section: Readonly<Record<string, unknown>>,
  input: SettingsInput,
  findings: Findings,
): EmbeddingSettings | undefined {
  const before = findings.problems.length;
  const reader = { section, input, findings };
  // A key may have been written where an address or a variable's name belongs.
  const url = readText('embeddings_url', { isSecret: true, address: { hint: '' } }, reader);
  const model = readText('embeddings_model', {}, reader);
  const keyName = readText('embeddings_key_env', { isSecret: true }, reader);
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
