/** An embedding endpoint of the OpenAI kind: texts there, vectors back. Its key is sent to it and told to nobody. */
import * as z from 'zod';
import type { EmbeddingSettings } from '../config/types.ts';
import { messageOf } from '../errors.ts';

const batchMax = 64;
const answerSchema = z.looseObject({
  data: z.array(z.looseObject({ index: z.number().int().optional(), embedding: z.array(z.number()).min(1) })),
});

/** Why there are no vectors: reads behind "Ranked by words alone:". */
export class EmbeddingError extends Error {}

/**
 * One vector a text, in order, each of length 1.
 *
 * @throws EmbeddingError with what to look at, without the key and without what the endpoint echoed of it
 */
export async function embed(
  texts: readonly string[],
  settings: EmbeddingSettings,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += batchMax) {
    vectors.push(...(await embedBatch(texts.slice(start, start + batchMax), settings, signal)));
  }
  return vectors;
}

async function embedBatch(
  texts: readonly string[],
  { url, model, key }: EmbeddingSettings,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const { host } = new URL(url);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
      // A key goes where it was meant to go, and nowhere else.
      redirect: 'error',
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw new EmbeddingError(`the embedding endpoint ${host} did not answer in time.`);
    const { cause } = error as Error;
    throw new EmbeddingError(
      `the embedding endpoint ${host} cannot be reached (${messageOf(cause ?? error)}).`,
    );
  }
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw new EmbeddingError(
      `the embedding endpoint ${host} answered ${response.status} ${response.statusText}.`.replace(' .', '.'),
    );
  }
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
  const rows = answer.data?.data ?? [];
  if (rows.length !== texts.length)
    throw new EmbeddingError(`the embedding endpoint ${host} did not answer as POST /v1/embeddings does.`);
  const sorted = rows
    .map((row, place) => ({ ...row, place: row.index ?? place }))
    .sort((a, b) => a.place - b.place);
  return sorted.map(({ embedding }) => normalized(embedding));
}

function normalized(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / length);
}
