/** Puts a policy into its folder: checked first, the version before kept, and nothing replaced that was not named. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OrchestratorError } from '../errors.ts';
import { fileProblem, makeFolder, writeAdvice } from '../whole-file.ts';
import type { Policies } from './policies.ts';
import { assertPolicyName, listPolicyFiles, type PolicyFile, versionOf } from './policy-files.ts';

/** Beside the policies, one folder for each: `.versions/NAME/HASH.ts`. */
const versionsFolder = '.versions';

export interface SaveRequest {
  readonly name: string;
  readonly source: string;
  /** The version that it takes the place of; without it, only a name that is free is taken. */
  readonly replaces?: string | undefined;
}

export interface Saved {
  readonly name: string;
  readonly file: string;
  readonly version: string;
  readonly status: 'created' | 'replaced' | 'unchanged';
}

/** @throws OrchestratorError `policy_invalid`, `policy_broken`: nothing was written */
export async function savePolicy(
  policies: Policies,
  { name, source, replaces }: SaveRequest,
  signal?: AbortSignal,
): Promise<Saved> {
  assertPolicyName(name);
  const [folder] = policies.folders;
  if (folder === undefined)
    throw new OrchestratorError('policy_invalid', 'There is no folder for policies.', {
      hint: 'Name one in orchestrator.policies of the configuration.',
    });
  const file = path.join(folder, `${name}.ts`);
  const version = versionOf(source);
  const { policy } = await policies.examine({ name, file, source, hash: version }, signal);
  await policies.assertFits(policy, signal);
  const before = await presentVersion(policies, name);
  if (before?.hash === version) return { name, file: before.file, version, status: 'unchanged' };
  assertReplaceable(name, before, replaces);
  try {
    await makeFolder(path.join(folder, versionsFolder, name));
    if (before) await writeFile(path.join(folder, versionsFolder, name, `${before.hash}.ts`), before.source);
    await put(file, source, before?.file === file);
  } catch (cause) {
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const message = isTaken
      ? `${file} was made by somebody else just now`
      : `${file} cannot be written: ${fileProblem(cause)}`;
    throw new OrchestratorError('policy_invalid', `The policy "${name}" was not saved: ${message}.`, {
      ...(!isTaken && { hint: writeAdvice(cause, file) }),
      cause,
    });
  }
  return { name, file, version, status: before ? 'replaced' : 'created' };
}

type Version = Pick<PolicyFile, 'file' | 'source' | 'hash'>;

async function presentVersion(policies: Policies, name: string): Promise<Version | undefined> {
  const file = (await listPolicyFiles(policies.folders)).get(name);
  if (file === undefined) return undefined;
  const source = await readFile(file, 'utf8');
  return { file, source, hash: versionOf(source) };
}

function assertReplaceable(name: string, before: Version | undefined, replaces: string | undefined): void {
  if (before?.hash === replaces) return;
  const message = before
    ? `There is a policy "${name}" already, version ${before.hash}.`
    : `There is no policy "${name}" to replace.`;
  const hint = before
    ? `Read it first; to replace it, pass \`replaces: "${before.hash}"\`. Or take another name.`
    : 'Leave `replaces` out to make a new one.';
  throw new OrchestratorError('policy_invalid', message, { hint, retrySafe: 'yes' });
}

/** Whole or not at all; a file that is not to be replaced is not, whoever made it meanwhile. */
async function put(file: string, source: string, isReplaced: boolean): Promise<void> {
  const temporary = `${file}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(temporary, source, { flag: 'wx' });
  try {
    if (isReplaced) await rename(temporary, file);
    else await link(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
