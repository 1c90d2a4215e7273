/** Observed shapes by server entry: on disk, as private as the introspection results, and in the storage for others. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ServerConfig } from '../config/types.ts';
import type { Log } from '../log.ts';
import { writePrivately } from '../storage/private-file.ts';
import type { JsonValue, Storage } from '../storage/storage.ts';
import { entryKey } from './cache.ts';
import { isFieldName } from './observed-names.ts';
import type { ObjectShape, Shape } from './observed-shape.ts';
import { isWord, toldWords } from './observed-words.ts';
import type { JsonObject } from './tool.ts';

/** What is known of one tool's results, and by which definition of the tool. */
export interface ObservedTool {
  readonly definition: string;
  readonly shape: Shape;
}

export type ObservedTools = ReadonlyMap<string, ObservedTool>;

/** Raised when the meaning of what is stored changes: older files are then ignored. */
const formatVersion = 1;
const sharedPrefix = 'observed/';
/** Nothing of ours comes near it; what does is not worth its reading. */
const fileBytesMax = 16 * 1_024 * 1_024;

export class ObservedCache {
  readonly #directory: string | undefined;
  readonly #log: Log;

  readonly #shared: Storage | undefined;

  /** @param directory undefined keeps nothing on disk */
  constructor(directory: string | undefined, log: Log, storage?: Storage) {
    this.#directory = directory && join(directory, 'observed');
    this.#log = log;
    // Storage in memory holds nothing that is not known here already.
    this.#shared = storage?.driver === 'memory' ? undefined : storage;
  }

  /** @param listener is given the `entryKey` of what others, or we, have learned of */
  onShared(listener: (key: string) => void): () => void {
    const end = this.#shared?.watch(sharedPrefix, ({ key, kind }) => {
      if (kind === 'set') listener(key.slice(sharedPrefix.length));
    });
    return end ?? (() => {});
  }

  /** What is stored for exactly this entry. A missing or damaged file is as good as none, a damaged tool likewise. */
  async read(server: ServerConfig): Promise<ObservedTools> {
    const shared = toolsIn(await this.#shared?.get(`${sharedPrefix}${entryKey(server)}`));
    if (shared.size > 0 || this.#directory === undefined) return shared;
    try {
      const bytes = await readFile(this.#file(server));
      return bytes.length > fileBytesMax ? new Map() : toolsIn(JSON.parse(bytes.toString()));
    } catch {
      return new Map();
    }
  }

  /**
   * Never throws. Of values, only those that may be told are written.
   *
   * @param options.isPrivate true keeps it from others on the storage
   */
  async write(
    server: ServerConfig,
    tools: ObservedTools,
    { isPrivate }: { isPrivate: boolean },
  ): Promise<void> {
    if (this.#directory === undefined && !this.#shared) return;
    const rows = [...tools].map(([name, { definition, shape }]) => [
      name,
      { definition, shape: told(shape) },
    ]);
    const kept = { formatVersion, tools: Object.fromEntries(rows) };
    if (!isPrivate)
      await this.#shared?.set(`${sharedPrefix}${entryKey(server)}`, kept as unknown as JsonValue);
    if (this.#directory === undefined) return;
    const file = this.#file(server);
    try {
      await writePrivately(file, JSON.stringify(kept));
    } catch (error) {
      this.#log.warn(
        { server: server.name, file, error: String(error) },
        'the shapes of results could not be kept',
      );
    }
  }

  #file(server: ServerConfig): string {
    return join(this.#directory ?? '', `${entryKey(server)}.json`);
  }
}

/** Where words may not be told yet, counting starts anew after a restart. */
function told(shape: Shape): Shape {
  const { string, array, object } = shape;
  const words = string?.words;
  const kept = words && Object.fromEntries(toldWords({ words }).map((text) => [text, words[text] ?? 1]));
  return {
    ...shape,
    ...(kept && { string: { words: kept } }),
    ...(array && { array: told(array) }),
    ...(object && { object: toldObject(object) }),
  };
}

function toldObject(object: ObjectShape): ObjectShape {
  const properties = Object.entries(object.properties).map(([key, property]) => [
    key,
    { ...property, shape: told(property.shape) },
  ]);
  return {
    ...object,
    properties: Object.fromEntries(properties),
    ...(object.rest && { rest: told(object.rest) }),
  };
}

function toolsIn(value: unknown): Map<string, ObservedTool> {
  const { data } = fileSchema.safeParse(value);
  const rows = Object.entries(data?.tools ?? {});
  return new Map(rows.filter((row): row is [string, ObservedTool] => isTool(row[1])));
}

const fileSchema = z.looseObject({
  formatVersion: z.literal(formatVersion),
  tools: z.record(z.string(), z.unknown()),
});

/** By hand, unlike other checks of files: this one is at every start, and walks thousands of places. */
function isTool(value: unknown): value is ObservedTool {
  return isRecord(value) && typeof value.definition === 'string' && isShape(value.shape, 0);
}

function isShape(value: unknown, depth: number): boolean {
  if (!isRecord(value) || depth > depthMax) return false;
  return Object.entries(value).every(([kind, part]) => {
    if (kind === 'string') return isString(part);
    if (kind === 'array') return isShape(part, depth + 1);
    return kind === 'object' ? isObjectShape(part, depth + 1) : flatKinds.has(kind) && part === true;
  });
}

const flatKinds: ReadonlySet<string> = new Set(['any', 'null', 'boolean', 'number']);
/** More than is ever looked at. */
const depthMax = 16;

function isString(value: unknown): boolean {
  if (!isRecord(value) || !hasOnly(value, ['words'])) return false;
  const { words = {} } = value;
  return isRecord(words) && Object.entries(words).every(([text, seen]) => isWord(text) && isCount(seen));
}

function isObjectShape(value: unknown, depth: number): boolean {
  if (!isRecord(value) || !hasOnly(value, ['seen', 'properties', 'rest', 'map'])) return false;
  const { seen, properties, rest = {}, map = true } = value;
  if (!isCount(seen) || map !== true || !isShape(rest, depth) || !isRecord(properties)) return false;
  return Object.entries(properties).every(
    ([key, property]) => isFieldName(key) && isProperty(property, depth),
  );
}

function isProperty(value: unknown, depth: number): boolean {
  if (!isRecord(value) || !hasOnly(value, ['seen', 'optional', 'shape'])) return false;
  const { seen, optional = true, shape } = value;
  return isCount(seen) && optional === true && isShape(shape, depth);
}

function hasOnly(value: JsonObject, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
