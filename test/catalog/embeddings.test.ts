/** Search by meaning: a real endpoint of the OpenAI kind, what is sent to it and how often, and what happens where it fails. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { EmbeddingRanks } from '../../src/catalog/embedding-ranks.ts';
import { ToolSearch } from '../../src/catalog/tool-search.ts';
import { defaultLimits } from '../../src/limits.ts';
import { silentLog } from '../../src/log.ts';
import { catalogue, tool } from '../codegen/support.ts';
import { type Endpoint, startEndpoint } from '../support/embeddings.ts';
import { temporaryFolder } from '../support/folder.ts';

const servers = catalogue([
  {
    name: 'zoo',
    tools: [
      tool('show_kitten', {}, { description: 'Shows a kitten.' }),
      tool('show_lion', {}, { description: 'Shows a lion.' }),
    ],
  },
  { name: 'sky', tools: [tool('forecast', {}, { description: 'Tells what comes from above.' })] },
  { name: 'shop', tools: [tool('invoice', {}, { description: 'Writes it.' })] },
]);

function searchWith(
  { url }: Endpoint,
  { cacheDirectory, msMax = 2_000 }: { cacheDirectory?: string; msMax?: number } = {},
) {
  const limits = { ...defaultLimits(), embeddingMsMax: msMax };
  const settings = { url, model: 'small', key: 'sk-secret-key' };
  const embeddings = new EmbeddingRanks({ settings, limits, cacheDirectory, log: silentLog });
  const catalog = { servers: () => servers, server: () => undefined };
  const search = new ToolSearch({ inventory: catalog, limits, embeddings });
  return async (query: string) => {
    const { hits, note } = await search.find(catalog, { query, resultsMax: 3 });
    return { names: hits.map(({ tool: { flatName } }) => flatName), note };
  };
}

describe('with an endpoint', () => {
  it('tools are found by what they mean', async () => {
    const endpoint = await startEndpoint();
    const find = searchWith(endpoint);
    expect((await find('feline')).names[0]).toBe('zoo__show_kitten');
    expect((await find('rain tomorrow')).names[0]).toBe('sky__forecast');
    // What is named comes first whatever it means, and what only words say is still there.
    expect((await find('show_lion')).names[0]).toBe('zoo__show_lion');
    expect((await find('show a feline')).names.slice(0, 2)).toEqual(['zoo__show_kitten', 'zoo__show_lion']);
    expect(endpoint.asked[0]).toMatchObject({
      path: '/v1/embeddings',
      authorization: 'Bearer sk-secret-key',
      model: 'small',
    });
    expect(endpoint.asked[0]?.input[0]).toContain('zoo: show_kitten');
  });

  it('each tool and each query is asked for once, also by the next process', async () => {
    const endpoint = await startEndpoint();
    const cacheDirectory = temporaryFolder();
    const first = searchWith(endpoint, { cacheDirectory });
    await Promise.all([first('feline'), first('feline'), first('money')]);
    await first('feline');
    const inputs = () => endpoint.asked.flatMap(({ input }) => input);
    expect(inputs().filter((text) => text.startsWith('zoo: show_kitten'))).toHaveLength(1);
    const before = inputs().length;
    const next = searchWith(endpoint, { cacheDirectory });
    expect((await next('feline')).names[0]).toBe('zoo__show_kitten');
    expect(inputs().slice(before)).toEqual(['feline']);
  });

  it('an empty query and a pattern ask nobody', async () => {
    const endpoint = await startEndpoint();
    const find = searchWith(endpoint);
    await find('  ');
    expect(endpoint.asked).toEqual([]);
  });
});

describe('an endpoint that fails', () => {
  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'refuses',
      (response) => response.writeHead(401, { 'content-type': 'text/plain' }).end('bad key sk-secret-key'),
      /answered 401 Unauthorized/,
    ],
    [
      'answers nonsense',
      (response) => response.end('<html>'),
      /did not answer as POST \/v1\/embeddings does/,
    ],
    ['answers too few', (response) => response.end('{"data": []}'), /did not answer as/],
    [
      'sends elsewhere',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /cannot be reached/,
    ],
    ['hangs up', (response) => response.destroy(), /cannot be reached/],
    ['is silent', () => {}, /did not answer in time|are still being made/],
  ])('and %s leaves the words, and the answer says so', async (_, answer, reason) => {
    const endpoint = await startEndpoint();
    endpoint.answer = answer;
    const find = searchWith(endpoint, { msMax: 200 });
    const { names, note } = await find('kitten');
    expect(names[0]).toBe('zoo__show_kitten');
    expect(note).toMatch(/^Ranked by words alone: /);
    expect(note).toMatch(reason);
    expect(note).not.toContain('sk-secret');
  });

  it('is left in peace for a while', async () => {
    const endpoint = await startEndpoint();
    endpoint.answer = (response) => response.writeHead(500).end();
    const find = searchWith(endpoint);
    const first = await find('kitten');
    expect(first.note).toContain('answered 500');
    const asked = endpoint.asked.length;
    expect(await find('kitten')).toEqual(first);
    expect(endpoint.asked).toHaveLength(asked);
  });
});
