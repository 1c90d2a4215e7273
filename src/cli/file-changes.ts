/**
 * Several files changed as one: nothing is written before all new texts are there, what stood there is kept beside each
 * file, and a record says how to take it all back, also where we were interrupted in the middle.
 */
import { createHash } from 'node:crypto';
import { access, realpath, rm, stat } from 'node:fs/promises';
import * as z from 'zod';
import { OrchestratorError } from '../errors.ts';
import { fileProblem, readIfThere, writeAdvice, writeWhole } from '../whole-file.ts';

export interface FileChange {
  /** Absolute. */
  readonly file: string;
  /** Undefined where there is none yet. */
  readonly before: string | undefined;
  readonly after: string;
}

const recordSchema = z.object({
  at: z.string(),
  files: z.array(
    z.object({
      file: z.string(),
      /** Undefined where the file was made. */
      backup: z.string().optional(),
      /** Of the text that was written. */
      written: z.string(),
    }),
  ),
});

export interface Undone {
  readonly restored: readonly string[];
  readonly removed: readonly string[];
  /** Files that were changed by others since, and stay as they are; each with its backup. */
  readonly kept: readonly { readonly file: string; readonly backup: string | undefined }[];
}

/**
 * Changes all, or, where one cannot be written, none: those before it get their old text again.
 *
 * @param recordFile where `undoChanges` finds what was done
 * @returns where the old texts are, by file
 * @throws OrchestratorError config_invalid where one cannot be written
 */
export async function applyChanges(
  changes: readonly FileChange[],
  recordFile: string,
): Promise<ReadonlyMap<string, string>> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const files = await Promise.all(
    changes.map(async ({ file, before, after }) => {
      // A link to a file elsewhere stays a link.
      const target = await realpath(file).catch(() => file);
      const backup = before === undefined ? undefined : `${target}.${stamp}.backup`;
      return { file: target, before, after, ...(backup !== undefined && { backup }) };
    }),
  );
  const record = {
    at: new Date().toISOString(),
    files: files.map(({ file, after, ...rest }) => ({
      file,
      ...('backup' in rest && { backup: rest.backup }),
      written: digest(after),
    })),
  };
  await write(recordFile, `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
  try {
    for (const { file, before, backup } of files)
      if (before !== undefined && backup !== undefined) await write(backup, before, await modeOf(file));
    for (const { file, after } of files) await write(file, after, await modeOf(file));
  } catch (error) {
    await undoChanges(recordFile);
    throw error;
  }
  return new Map(
    files.flatMap(({ file, backup }) => (backup === undefined ? [] : [[file, backup] as const])),
  );
}

async function write(file: string, text: string, mode: number): Promise<void> {
  await writeWhole(file, text, { mode }).catch((cause) => {
    throw new OrchestratorError('config_invalid', `${file} cannot be written: ${fileProblem(cause)}.`, {
      hint: `Nothing was changed. ${writeAdvice(cause, file)}`,
      cause,
    });
  });
}

/** Takes the last changes back. @returns undefined where there are none */
export async function undoChanges(recordFile: string): Promise<Undone | undefined> {
  const text = await readIfThere(recordFile);
  if (text === undefined) return undefined;
  const { files } = recordSchema.parse(JSON.parse(text));
  const undone = { restored: [] as string[], removed: [] as string[], kept: [] as Undone['kept'][number][] };
  for (const { file, backup, written } of files) {
    const now = await readIfThere(file);
    const before = backup === undefined ? undefined : await readIfThere(backup);
    // It was never reached.
    if (backup !== undefined && before === undefined) continue;
    if (now === undefined && backup === undefined) continue;
    if (now !== undefined && digest(now) !== written && now !== before) {
      undone.kept.push({ file, backup });
      continue;
    }
    if (backup === undefined) {
      await rm(file);
      undone.removed.push(file);
    } else {
      if (now !== before) await writeWhole(file, before ?? '', { mode: await modeOf(file) });
      await rm(backup);
      undone.restored.push(file);
    }
  }
  if (undone.kept.length === 0) await rm(recordFile);
  return undone;
}

const usualMode = 0o644;

async function modeOf(file: string): Promise<number> {
  const found = await access(file).then(
    () => stat(file),
    () => undefined,
  );
  return found ? found.mode & 0o777 : usualMode;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
