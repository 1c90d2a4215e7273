/** One entry put into the user's file, or taken out of it: comments and layout of everything else stay as they are. */
import { readFile, realpath, stat } from 'node:fs/promises';
import type { JSONPath } from 'jsonc-parser';
import { OrchestratorError } from '../errors.ts';
import { fileProblem, writeAdvice, writeWhole } from '../whole-file.ts';
import { parseDocument } from './document.ts';
import { insertChild, removeChild } from './json-children.ts';
import { isObject } from './report.ts';

/**
 * Adds the entry where the file has its servers; makes the file where there is none.
 *
 * @param name one that no entry of the file has
 *
 * @throws OrchestratorError config_invalid where the file cannot be edited; it is as before then
 */
export async function putServerEntry(
  file: string,
  name: string,
  entry: Readonly<Record<string, unknown>>,
): Promise<void> {
  const text = await readText(file);
  if (text === undefined) {
    await replace(file, `${JSON.stringify({ mcpServers: { [name]: entry } }, null, 2)}\n`);
    return;
  }
  const { mcpServers, servers } = parsed(file, text);
  if (!isObject(mcpServers) && Array.isArray(servers))
    await replace(file, insertChild(text, ['servers'], undefined, { name, ...entry }));
  else if (isObject(mcpServers) || isObject(servers))
    await replace(file, insertChild(text, [isObject(mcpServers) ? 'mcpServers' : 'servers'], name, entry));
  else await replace(file, insertChild(text, [], 'mcpServers', { [name]: entry }));
}

/**
 * @returns false where the file has no such entry
 * @throws OrchestratorError as `putServerEntry`
 */
export async function dropServerEntry(file: string, name: string): Promise<boolean> {
  const text = await readText(file);
  const at = text === undefined ? undefined : placeOf(parsed(file, text), name);
  if (text === undefined || !at) return false;
  await replace(file, removeChild(text, at));
  return true;
}

type FileValue = Readonly<Record<string, unknown>>;

function placeOf({ mcpServers, servers }: FileValue, name: string): JSONPath | undefined {
  if (isObject(mcpServers) && Object.hasOwn(mcpServers, name)) return ['mcpServers', name];
  if (isObject(servers)) return Object.hasOwn(servers, name) ? ['servers', name] : undefined;
  if (!Array.isArray(servers)) return undefined;
  const index = servers.findIndex((one) => isObject(one) && one.name === name);
  return index < 0 ? undefined : ['servers', index];
}

function parsed(file: string, text: string): FileValue {
  const { value, problems } = parseDocument(file, Buffer.from(text));
  if (problems.length > 0) throw cannotEdit(file, problems.join(' '));
  if (!isObject(value)) throw cannotEdit(file, 'it holds no object.');
  return value;
}

async function readText(file: string): Promise<string | undefined> {
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannotEdit(file, `${fileProblem(error)}.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw cannotEdit(file, 'it is not UTF-8. Save it as that.');
  }
}

/** Whole or not at all, where the file really is, with the rights it had. */
async function replace(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  try {
    const mode = (await stat(target).catch(() => undefined))?.mode;
    await writeWhole(target, text, { mode: mode === undefined ? 0o600 : mode & 0o777 });
  } catch (error) {
    throw cannotEdit(file, `${fileProblem(error)}.`, writeAdvice(error, target));
  }
}

function cannotEdit(
  file: string,
  why: string,
  advice = 'Mend the file, and do it again.',
): OrchestratorError {
  return new OrchestratorError('config_invalid', `${file} cannot be edited: ${why}`, {
    hint: `Nothing was changed. ${advice}`,
  });
}
