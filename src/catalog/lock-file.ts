/**
 * `mcp-tools.lock.json`: the definition that each tool had when it was first seen or last approved. Made to be read, and
 * committed: sorted, one spelling, invisible characters spelt out.
 */
import { createHash } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { messageOf, OrchestratorError } from '../errors.ts';
import { fileProblem, readIfThere, writeAdvice, writeWhole } from '../whole-file.ts';
import type { JsonObject, ToolDefinition } from './tool.ts';

const lockFileName = 'mcp-tools.lock.json';

/** Beside the configuration file; without one nothing is pinned. */
export function lockFileOf({ file }: { readonly file: string | undefined }): string | undefined {
  return file && path.join(path.dirname(file), lockFileName);
}

export interface Pin {
  readonly hash: string;
  /** What the hash is of. */
  readonly definition: JsonObject;
}

/** By server, then by tool, under the server's own names. */
export type Lock = Map<string, Map<string, Pin>>;

const pinSchema = z.object({ hash: z.string(), definition: z.custom<JsonObject>(isObject) });

/** What a model decides by; `_meta` may differ at every asking. */
export function pinOf({ title, description, inputSchema, outputSchema, annotations }: ToolDefinition): Pin {
  const parts = { title, description, inputSchema, outputSchema, annotations };
  const definition = sorted(JSON.parse(JSON.stringify(parts))) as JsonObject;
  const hash = createHash('sha256').update(JSON.stringify(definition)).digest('hex');
  return { hash: `sha256-${hash}`, definition };
}

/** Empty where there is no file. @throws OrchestratorError config_invalid where it cannot be read */
export async function readLock(file: string): Promise<Lock> {
  const text = await readIfThere(file).catch((error) => {
    throw unreadable(file, fileProblem(error));
  });
  if (text === undefined) return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, messageOf(error));
  }
  const lock = lockOf(value);
  if (!lock) throw unreadable(file, 'it does not hold what is pinned');
  return lock;
}

/** By hand: a schema's record would leave out a tool that is called `__proto__`. */
function lockOf(value: unknown): Lock | undefined {
  if (!isObject(value) || value.version !== 1 || !isObject(value.servers)) return undefined;
  const lock: Lock = new Map();
  for (const [server, tools] of Object.entries(value.servers)) {
    if (!isObject(tools)) return undefined;
    const pins = Object.entries(tools).map(([name, pin]) => [name, pinSchema.safeParse(pin).data] as const);
    if (pins.some(([, pin]) => !pin)) return undefined;
    lock.set(server, new Map(pins as [string, Pin][]));
  }
  return lock;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const lockMsMax = 5_000;
const abandonedMs = 10_000;
const retryMs = 15;

/**
 * Reads the file, lets `change` change it, and writes it; several processes take turns.
 *
 * @param change returns false where nothing is to be written
 * @throws OrchestratorError config_invalid where the file cannot be read or written
 */
export async function changeLock(file: string, change: (lock: Lock) => boolean): Promise<Lock> {
  const guard = `${file}.busy`;
  await enter(file, guard);
  try {
    const lock = await readLock(file);
    if (change(lock)) await replace(file, lockText(lock));
    return lock;
  } finally {
    await rm(guard, { force: true });
  }
}

async function enter(file: string, guard: string): Promise<void> {
  const deadline = Date.now() + lockMsMax;
  for (;;) {
    try {
      // Empty: it must be there whole, even where the disk is full.
      await (await open(guard, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(file, error);
    }
    const found = await stat(guard).catch(() => undefined);
    // Whoever made it was killed.
    if (found && found.mtimeMs < Date.now() - abandonedMs) await rm(guard, { force: true });
    else if (Date.now() > deadline) throw isBusy(file, guard);
    else await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

async function replace(file: string, text: string): Promise<void> {
  await writeWhole(file, text).catch((error) => {
    throw unwritable(file, error);
  });
}

function lockText(lock: Lock): string {
  const servers = Object.fromEntries(
    [...lock].sort(byName).map(([server, tools]) => [server, Object.fromEntries([...tools].sort(byName))]),
  );
  const text = JSON.stringify({ version: 1, servers }, null, 2);
  const spelt = text.replace(/[\p{Cf}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
  return `${spelt}\n`;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const pairs = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(pairs.sort(byName));
}

function unreadable(file: string, why: string): OrchestratorError {
  return new OrchestratorError('config_invalid', `${file} cannot be used: ${why}.`, {
    hint: 'Mend it, or take it away to pin every tool anew.',
  });
}

function unwritable(file: string, cause: unknown): OrchestratorError {
  return new OrchestratorError('config_invalid', `${file} cannot be written: ${fileProblem(cause)}.`, {
    hint: `${writeAdvice(cause, file)} Or turn pinning off: "pins": "off".`,
    cause,
  });
}

function isBusy(file: string, guard: string): OrchestratorError {
  return new OrchestratorError(
    'config_invalid',
    `${file} cannot be written: ${guard} is held by another process.`,
    {
      hint: `Try again when that one has ended; remove ${guard} where there is none.`,
    },
  );
}
