/**
 * From a run that went well to a policy: literals become inputs, and the run itself the first test case. Nothing is
 * written before the policy fits its tools and plays as the run was recorded.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import { apiNamesFor } from '../execution/script-checks.ts';
import type { Policies } from './policies.ts';
import type { Policy } from './policy.ts';
import type { PolicyProblem } from './policy-check.ts';
import { assertPolicyName, versionOf } from './policy-files.ts';
import { inputAgain, type Lifted, nameInputs, policyText, readsInput } from './promotion.ts';
import { type Recording, recordingsFolder, withoutSecrets, writeRecording } from './recording.ts';
import { type Saved, savePolicy } from './save.ts';

export interface PromoteOptions {
  readonly policies: Policies;
  readonly catalog: Catalog;
  /** The generated API, which the policy imports for its types. */
  readonly generatedFile: string | undefined;
}

export interface PromoteRequest {
  /** Of a run of a script that went well. */
  readonly recording: Recording;
  readonly name: string;
  readonly description?: string | undefined;
  readonly replaces?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Promoted extends Saved {
  /** What it takes now, by name. */
  readonly inputs: readonly string[];
  readonly recording: string;
}

const roundsMax = 5;

/** @throws OrchestratorError `policy_invalid`, `policy_broken`: nothing was written */
export async function promote(request: PromoteRequest, options: PromoteOptions): Promise<Promoted> {
  const { recording, name, replaces, signal } = request;
  const { policies } = options;
  assertPolicyName(name);
  const script = assertPromotable(recording, name);
  const { policy, lifted } = await fittingPolicy(script, request, options);
  const { script: _script, ...rest } = recording;
  const given = (recording.input ?? {}) as Record<string, unknown>;
  const input = { ...(readsInput(script) && given), ...inputAgain(lifted) };
  const testCase: Recording = { ...rest, policy: name, input: withoutSecrets(input) };
  const difference = await policies.replay(policy, testCase, signal);
  if (difference !== undefined)
    throw refused(
      name,
      `it does not play as the run did: ${difference}`,
      'What depends on time or chance has to become an input.',
    );
  const saved = await savePolicy(policies, { name, source: policy.source, replaces }, signal);
  const file = path.join(recordingsFolder(saved.file), 'first.json');
  await writeRecording(file, testCase);
  return { ...saved, inputs: [...new Set(lifted.map((one) => one.input))], recording: file };
}

/** Lifts as much as the types allow: what they do not stays as it was. */
async function fittingPolicy(
  script: string,
  { recording, name, description, signal }: PromoteRequest,
  { policies, catalog, generatedFile }: PromoteOptions,
): Promise<{ policy: Policy; lifted: readonly Lifted[] }> {
  const [folder = ''] = policies.folders;
  const file = path.join(folder, `${name}.ts`);
  const literals = await policies.literals(script).catch((error) => {
    throw refused(name, `its literals cannot be found: ${messageOf(error)}`);
  });
  const common = {
    description: description ?? titleOf(script) ?? `What a script did, kept as "${name}".`,
    script,
    given: recording.input,
    tools: [...new Set(recording.calls.map(({ tool }) => tool))].sort(),
    apiNames: apiNamesFor(script, catalog.servers()),
    apiSpecifier: await specifierOf(generatedFile, folder),
  };
  let kept: readonly Lifted[] = nameInputs(literals);
  let problems: readonly PolicyProblem[] = [];
  for (let round = 0; round < roundsMax; round += 1) {
    const source = policyText({ ...common, lifted: kept });
    const { policy, check } = await policies.examine({ name, file, source, hash: versionOf(source) }, signal);
    problems = check.problems;
    if (problems.length === 0) return { policy, lifted: kept };
    kept = round === roundsMax - 2 ? [] : withoutBlamed(kept, source, problems);
  }
  const rows = problems.map(({ line, message }) => `\n  line ${line}: ${message}`);
  throw refused(name, `it does not fit its tools:${rows.join('')}`);
}

/** Without the inputs that the problems point at; where there are none, without the constants, whose use is elsewhere. */
function withoutBlamed(
  lifted: readonly Lifted[],
  source: string,
  problems: readonly PolicyProblem[],
): readonly Lifted[] {
  const lines = source.split('\n');
  const blamed = problems.map(({ line = 0, column = 1 }) => {
    const text = (lines[line - 1] ?? '').slice(column - 1);
    // Of `key: input.name` TypeScript points at the key.
    return /^(?:[\w$'"]+\s*:\s*)?input\.([\w$]+)/.exec(text)?.[1];
  });
  const rest = lifted.filter(({ input }) => !blamed.includes(input));
  if (rest.length < lifted.length) return rest;
  return lifted.some(({ tool }) => !tool) ? lifted.filter(({ tool }) => tool) : [];
}

function assertPromotable({ script, policy, error }: Recording, name: string): string {
  if (policy !== undefined) throw refused(name, `the run was one of the policy "${policy}" already`);
  if (script === undefined) throw refused(name, 'its recording holds no script');
  if (error) throw refused(name, `the run failed: ${error.message}`, 'Promote one that went well.');
  return script;
}

/** The first line of the comment that the script begins with. */
function titleOf(script: string): string | undefined {
  return /^\s*(?:\/\/|\/\*+)\s*(\S[^\n*]*)/.exec(script)?.[1]?.trim();
}

async function specifierOf(generatedFile: string | undefined, folder: string): Promise<string | undefined> {
  if (generatedFile === undefined) return 'unified_api';
  const isThere = await stat(generatedFile).then(
    () => true,
    () => false,
  );
  // By another name than this, the sandbox would not take it for the API.
  if (!isThere || !/^unified_api\.ts$/.test(path.basename(generatedFile))) return 'unified_api';
  const relative = path.relative(folder, generatedFile).replaceAll('\\', '/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

function refused(name: string, reason: string, hint?: string): OrchestratorError {
  return new OrchestratorError('policy_invalid', `The run was not promoted to "${name}": ${reason}`, {
    hint,
  });
}
