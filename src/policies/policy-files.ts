/** Where policies lie: the folders, in the order in which they count, and one file a policy. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { nearestNames } from '../catalog/names.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';

export interface PolicyFile {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly source: string;
  /** Of the source: its version. */
  readonly hash: string;
}

/** Also the name of an MCP tool. */
const namePattern = /^[A-Za-z0-9][\w-]{0,63}$/;
const nameRule = 'letters, digits, "-" and "_", at most 64, and begins with a letter or a digit';
const hashCharacters = 16;

/** Whether it can be a name, and so a part of a path. */
export function isPolicyName(name: string): boolean {
  return namePattern.test(name);
}

/** @throws OrchestratorError policy_invalid */
export function assertPolicyName(name: string): void {
  if (isPolicyName(name)) return;
  throw new OrchestratorError(
    'policy_invalid',
    `"${name.slice(0, 100)}" is no name for a policy: it is made of ${nameRule}.`,
  );
}

/** Sixteen hexadecimal digits. */
export function versionOf(source: string): string {
  return createHash('sha256').update(source).digest('hex').slice(0, hashCharacters);
}

/** Absolute paths by name, sorted; of two with one name, the one in the earlier folder. A folder need not exist. */
export async function listPolicyFiles(folders: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of await filesOf(folder)) {
      const name = entry.slice(0, -'.ts'.length);
      if (entry.endsWith('.ts') && isPolicyName(name) && !found.has(name))
        found.set(name, path.join(folder, entry));
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws OrchestratorError `policy_unknown`, `policy_invalid` */
export async function readPolicy(
  folders: readonly string[],
  name: string,
  limits: Pick<Limits, 'codeBytesMax'>,
): Promise<PolicyFile> {
  const files = await listPolicyFiles(folders);
  const file = files.get(name);
  if (file === undefined) throw unknownPolicy(name, [...files.keys()], folders);
  return readPolicyFile(name, file, limits);
}

/** @throws OrchestratorError policy_invalid */
export async function readPolicyFile(
  name: string,
  file: string,
  { codeBytesMax }: Pick<Limits, 'codeBytesMax'>,
): Promise<PolicyFile> {
  try {
    const { size } = await stat(file);
    if (size > codeBytesMax) throw new Error(`it has ${size} bytes; at most ${codeBytesMax} (codeBytesMax)`);
    const source = await readFile(file, 'utf8');
    return { name, file, source, hash: versionOf(source) };
  } catch (cause) {
    throw new OrchestratorError('policy_invalid', `The policy ${file} cannot be read: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

function unknownPolicy(
  name: string,
  names: readonly string[],
  folders: readonly string[],
): OrchestratorError {
  const near = nearestNames(name, names);
  const known = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Policies: ${names.join(', ')}.`;
  const hint = names.length > 0 ? known : `There is none: a policy is a file NAME.ts in ${folders[0]}.`;
  return new OrchestratorError('policy_unknown', `There is no policy "${name.slice(0, 100)}".`, { hint });
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new OrchestratorError(
      'policy_invalid',
      `The folder of policies ${folder} cannot be read: ${messageOf(error)}.`,
      { hint: 'See that this user may read it, or name another one in orchestrator.policies.', cause: error },
    );
  }
}
