/** Types of tools, each definition compiled once: kept in memory and, where a folder is given, on disk. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tool } from '../catalog/tool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { isToolTypes, type ToolTypes, untyped } from './tool-types.ts';
import { TypeProcess } from './type-process.ts';
import { writeIfChanged } from './write.ts';

/** Part of every key: raise it whenever the compiled text changes. */
const formatVersion = 1;
/** Definitions kept; beyond, the oldest go. */
const entriesMax = 10_000;
/** What somebody waits for is made in our own process, which has other things to do as well: so long and no longer. */
const directMsMax = 15;
/** Of a definition as JSON: one of this size takes about a millisecond. */
const directCharactersMax = 50_000;

export interface TypeCompilerOptions {
  /** Absolute path of a folder; without one, types are kept in memory only. */
  readonly cacheDirectory?: string | undefined;
  readonly log: Log;
  /** For tests: the process that compiles. */
  readonly process?: TypeProcess;
}

export class TypeCompiler {
  readonly #log: Log;
  readonly #file: string | undefined;
  readonly #process: TypeProcess;
  readonly #entries = new Map<string, Promise<ToolTypes> | ToolTypes>();
  #loaded: Promise<void> | undefined;
  #saving: Promise<void> | undefined;
  #changed = false;

  constructor(options: TypeCompilerOptions) {
    this.#log = options.log;
    this.#file =
      options.cacheDirectory === undefined ? undefined : join(options.cacheDirectory, 'tool-types.json');
    this.#process = options.process ?? new TypeProcess({ log: options.log });
  }

  /**
   * The types of each tool, by its `flatName`. Never rejects: what cannot be typed has types that accept anything,
   * with a note.
   *
   * @param options.isWaitedFor a script waits for them: as far as they are plain, they are not left to the process, which
   *   takes longer to start than to make them
   */
  async typesOf(
    tools: readonly Tool[],
    { isWaitedFor = false }: { isWaitedFor?: boolean } = {},
  ): Promise<Map<string, ToolTypes>> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    const direct = isWaitedFor ? await directWay() : undefined;
    const types = await Promise.all(
      tools.map(async (tool) => [tool.flatName, await this.#typesOf(tool, direct)] as const),
    );
    if (this.#changed) this.#save();
    return new Map(types);
  }

  /** For tools that nobody knows yet: what makes their types is loaded while their server is asked. */
  begin(): void {
    directWay().catch(() => {});
  }

  /** Those of the tools whose types are there already, by `flatName`. */
  knownTypes(tools: readonly Tool[]): Map<string, ToolTypes> {
    const known = new Map<string, ToolTypes>();
    for (const { flatName, definition } of tools) {
      const { key } = keyOf(definition.inputSchema, definition.outputSchema);
      const types = key === undefined ? untyped('its schema is nested too deeply') : this.#entries.get(key);
      if (types && !(types instanceof Promise)) known.set(flatName, types);
    }
    return known;
  }

  /** Ends the process and finishes writing. */
  async close(): Promise<void> {
    await this.#process.close();
    await this.#saving;
  }

  #typesOf(tool: Tool, direct: DirectWay | undefined): Promise<ToolTypes> | ToolTypes {
    const { inputSchema, outputSchema } = tool.definition;
    const { key, characters } = keyOf(inputSchema, outputSchema);
    if (key === undefined) return untyped('its schema is nested too deeply');
    const known = this.#entries.get(key);
    if (known) return known;
    const types = characters <= directCharactersMax ? direct?.(inputSchema, outputSchema) : undefined;
    if (types) {
      this.#entries.set(key, types);
      this.#changed = true;
      return types;
    }
    const compiling = this.#compile(key, inputSchema, outputSchema);
    this.#entries.set(key, compiling);
    return compiling;
  }

  async #compile(key: string, inputSchema: unknown, outputSchema: unknown): Promise<ToolTypes> {
    const compiled = await this.#process.compile(inputSchema, outputSchema);
    const types = 'reason' in compiled ? untyped(compiled.reason) : compiled;
    if ('reason' in compiled && !compiled.final) this.#entries.delete(key);
    else {
      this.#entries.set(key, types);
      this.#changed = true;
    }
    return types;
  }

  /** A file that is missing, damaged or of another version is no cache: everything is compiled again. */
  async #load(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      const parsed: unknown = JSON.parse(await readFile(this.#file, 'utf8'));
      const entries =
        typeof parsed === 'object' && parsed !== null && 'entries' in parsed ? parsed.entries : undefined;
      if (typeof entries !== 'object' || entries === null) throw new Error('no entries in it');
      for (const [key, types] of Object.entries(entries))
        if (isToolTypes(types)) this.#entries.set(key, types);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#log.debug(
        { file: this.#file, reason: messageOf(error) },
        'the cache of types cannot be read; compiling anew',
      );
    }
  }

  /** In the background, one write at a time; several changes during a write lead to one more. */
  #save(): void {
    const file = this.#file;
    this.#changed = false;
    if (file === undefined) return;
    this.#saving = (this.#saving ?? Promise.resolve()).then(() => this.#write(file));
  }

  async #write(file: string): Promise<void> {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= entriesMax) break;
      this.#entries.delete(key);
    }
    const done = [...this.#entries].filter(([, types]) => !(types instanceof Promise));
    try {
      await writeIfChanged(file, `${JSON.stringify({ entries: Object.fromEntries(done) })}\n`);
    } catch (error) {
      this.#log.warn(
        { reason: messageOf(error) },
        'the cache of types cannot be written; the next start compiles again',
      );
    }
  }
}

type DirectWay = (inputSchema: unknown, outputSchema: unknown) => ToolTypes | undefined;

/** Loaded when it is wanted. It gives nothing once its time is over. */
async function directWay(): Promise<DirectWay> {
  const { directTypesOfTool } = await import('./schema-types.ts');
  const endsAtMs = performance.now() + directMsMax;
  return (...schemas) => (performance.now() < endsAtMs ? directTypesOfTool(...schemas) : undefined);
}

/** Without a key where the schema cannot be written as JSON: nested thousands of levels deep. */
function keyOf(
  inputSchema: unknown,
  outputSchema: unknown,
): { readonly key: string | undefined; readonly characters: number } {
  try {
    const text = JSON.stringify([formatVersion, inputSchema, outputSchema ?? null]);
    return { key: hash('sha256', text, 'hex').slice(0, 32), characters: text.length };
  } catch {
    return { key: undefined, characters: 0 };
  }
}
