/** Tools by the meaning of their descriptions: vectors are asked for once a tool, kept, and compared with the query's. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddingSettings } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { writePrivately } from '../storage/private-file.ts';
import { EmbeddingError, embed } from './embeddings.ts';
import type { Tool } from './tool.ts';

export interface EmbeddingRanksOptions {
  readonly settings: EmbeddingSettings;
  readonly limits: Pick<Limits, 'embeddingMsMax'>;
  /** Undefined keeps vectors in memory only. */
  readonly cacheDirectory: string | undefined;
  readonly log: Log;
}

/** After a failure the endpoint is left in peace: every search would wait for it. */
const restMs = 15_000;
const textCharactersMax = 1_500;
const queriesKeptMax = 200;
const vectorsMax = 20_000;

export class EmbeddingRanks {
  readonly #options: EmbeddingRanksOptions;
  /** By the hash of the text. */
  readonly #vectors = new Map<string, Float32Array>();
  readonly #queries = new Map<string, Float32Array>();
  readonly #hashes = new WeakMap<object, string>();
  #read: Promise<void> | undefined;
  /** Vectors being asked for, for all who wait. */
  #filling: Promise<void> | undefined;
  #problem: { readonly text: string; readonly until: number } | undefined;

  constructor(options: EmbeddingRanksOptions) {
    this.#options = options;
  }

  /** All the tools, nearest in meaning first; or why not. Never rejects. */
  async rank(
    query: string,
    tools: readonly Tool[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly tools: readonly Tool[] } | { readonly problem: string }> {
    if (this.#problem && performance.now() < this.#problem.until) return { problem: this.#problem.text };
    const limit = AbortSignal.timeout(this.#options.limits.embeddingMsMax);
    try {
      await untilAborted(this.#fill(tools), limit, () => this.#progress(tools));
      const wanted = await this.#vectorOfQuery(query, signal ? AbortSignal.any([signal, limit]) : limit);
      this.#problem = undefined;
      return { tools: this.#sorted(tools, wanted) };
    } catch (error) {
      const text = error instanceof EmbeddingError ? error.message : messageOf(error);
      // Who gave up waiting says nothing about the endpoint.
      if (!signal?.aborted && !this.#filling) this.#rest(text);
      return { problem: text };
    }
  }

  #rest(text: string): void {
    this.#problem = { text, until: performance.now() + restMs };
    this.#options.log.warn({ problem: text }, 'search goes on without embeddings');
  }

  #sorted(tools: readonly Tool[], wanted: Float32Array): Tool[] {
    return tools
      .map((tool) => ({ tool, nearness: product(this.#vectors.get(this.#hashOf(tool)), wanted) }))
      .filter(({ nearness }) => nearness > 0)
      .sort((a, b) => b.nearness - a.nearness)
      .map(({ tool }) => tool);
  }

  async #vectorOfQuery(query: string, signal: AbortSignal): Promise<Float32Array> {
    const known = this.#queries.get(query);
    if (known) return known;
    const [vector] = await embed([query], this.#options.settings, signal);
    if (!vector) throw new EmbeddingError('the embedding endpoint gave no vector.');
    if (this.#queries.size >= queriesKeptMax) this.#queries.clear();
    this.#queries.set(query, vector);
    return vector;
  }

  /** Goes on when nobody waits for it any more: the next search finds more. */
  #fill(tools: readonly Tool[]): Promise<void> {
    if (tools.every((tool) => this.#vectors.has(this.#hashOf(tool)))) return Promise.resolve();
    this.#filling ??= this.#fillMissing(tools).finally(() => {
      this.#filling = undefined;
    });
    return this.#filling.then(() => this.#fill(tools));
  }

  async #fillMissing(tools: readonly Tool[]): Promise<void> {
    this.#read ??= this.#readStored();
    await this.#read;
    const missing = new Map(tools.map((tool) => [this.#hashOf(tool), tool]));
    for (const key of this.#vectors.keys()) missing.delete(key);
    if (missing.size === 0) return;
    if (this.#vectors.size > vectorsMax) this.#forgetOthers(tools);
    const batches = [...missing];
    try {
      while (batches.length > 0) {
        const batch = batches.splice(0, 64);
        const limit = AbortSignal.timeout(this.#options.limits.embeddingMsMax);
        const vectors = await embed(
          batch.map(([, tool]) => textOf(tool)),
          this.#options.settings,
          limit,
        );
        for (const [at, [key]] of batch.entries()) this.#vectors.set(key, vectors[at] ?? new Float32Array());
      }
    } catch (error) {
      this.#rest(messageOf(error));
      throw error;
    } finally {
      await this.#store();
    }
  }

  /** Of definitions that have changed since. */
  #forgetOthers(tools: readonly Tool[]): void {
    const current = new Set(tools.map((tool) => this.#hashOf(tool)));
    for (const key of this.#vectors.keys()) if (!current.has(key)) this.#vectors.delete(key);
  }

  #progress(tools: readonly Tool[]): EmbeddingError {
    const known = tools.filter((tool) => this.#vectors.has(this.#hashOf(tool))).length;
    return new EmbeddingError(`the tools' embeddings are still being made (${known} of ${tools.length}).`);
  }

  #hashOf({ definition, ...tool }: Tool): string {
    const known = this.#hashes.get(definition);
    if (known !== undefined) return known;
    const made = hash('sha256', textOf({ definition, ...tool }), 'hex').slice(0, 32);
    this.#hashes.set(definition, made);
    return made;
  }

  get #file(): string | undefined {
    const { cacheDirectory, settings } = this.#options;
    const name = hash('sha256', JSON.stringify([settings.url, settings.model]), 'hex').slice(0, 32);
    return cacheDirectory && join(cacheDirectory, 'embeddings', `${name}.json`);
  }

  /** A missing or damaged file is as good as none. */
  async #readStored(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      const rows = Object.entries(JSON.parse(await readFile(this.#file, 'utf8')) as Record<string, unknown>);
      for (const [key, text] of rows) {
        const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : Buffer.alloc(0);
        if (bytes.length > 0 && bytes.length % 4 === 0)
          this.#vectors.set(key, new Float32Array(Uint8Array.from(bytes).buffer));
      }
    } catch {}
  }

  async #store(): Promise<void> {
    if (this.#file === undefined) return;
    const rows = [...this.#vectors].map(([key, { buffer }]) => [key, Buffer.from(buffer).toString('base64')]);
    await writePrivately(this.#file, JSON.stringify(Object.fromEntries(rows))).catch((error) =>
      this.#options.log.warn({ error: messageOf(error) }, 'embeddings could not be kept'),
    );
  }
}

function textOf({
  server,
  name,
  definition: { title, description = '', inputSchema },
}: Pick<Tool, 'server' | 'name' | 'definition'>): string {
  const parameters = Object.keys(inputSchema.properties ?? {}).join(', ');
  const text = `${server}: ${name}\n${title ?? ''}\n${description}`.slice(0, textCharactersMax);
  return `${text}\nTakes: ${parameters}`.slice(0, textCharactersMax);
}

/** 0 for vectors that do not compare. */
function product(a: Float32Array | undefined, b: Float32Array): number {
  if (a?.length !== b.length) return 0;
  let sum = 0;
  for (let at = 0; at < b.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

async function untilAborted(work: Promise<void>, signal: AbortSignal, reason: () => Error): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(reason());
  signal.addEventListener('abort', stop, { once: true });
  // Whoever gave up waiting hears of no later failure.
  work.catch(() => {});
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
