/** A server whose list is another for each who asks, and private: what one principal sees shows nothing of another's. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../../support/ends-last.ts';
import { connectHttp, type HttpClient, type HttpServed, serveHttp } from '../../support/http.ts';
import { listening } from '../../support/oauth.ts';
import { setUp } from '../../support/orchestrator.ts';

const onEnd = endsLast();
const people = ['ada', 'bob'] as const;
const tokenOf = (name: string) => `token-of-${name}-0123456789`;

let lists: () => Promise<string[]>;
let served: HttpServed;
let clients: readonly [HttpClient, HttpClient];
beforeAll(async () => {
  const { url } = await listening('personal.mjs', {}, onEnd);
  lists = async () => (await fetch(new URL('/lists', url))).json() as Promise<string[]>;
  const setup = setUp(
    { personal: { url, forward_headers: { 'x-user': 'X-User' } } },
    {
      ...{ mode: 'hybrid', check: 'off', storage: 'file', storage_folder: 'state', cache: 'cache' },
      http: { tokens: people.map((name) => ({ name, token: `\${TOKEN_${name}}`, scopes: ['run'] })) },
      // Lists that are stale are asked for again so often.
      limits: { reconnectMsMax: 100 },
    },
    onEnd,
  );
  const env = Object.fromEntries(people.map((name) => [`TOKEN_${name}`, tokenOf(name)]));
  served = await serveHttp(setup, { env, onEnd });
  const connect = (name: string) =>
    connectHttp(served.url, {
      headers: { Authorization: `Bearer ${tokenOf(name)}`, 'X-User': name },
      onEnd,
    });
  clients = [await connect('ada'), await connect('bob')];
});

/** All that a client can learn of tools. */
async function everything({ client, run }: HttpClient): Promise<string> {
  const call = (name: string, args: Record<string, unknown>) => client.callTool({ name, arguments: args });
  const answers = await Promise.all([
    client.listTools(),
    call('list_available_tools', { detail: 'full' }),
    call('tool_search', { query: 'only for ada bob ledger', max_results: 10 }),
    call('tool_search', { query: 'only_for_.*', use_regex: true, max_results: 10 }),
    call('get_api_documentation', { server: 'personal' }),
    call('discover_tools', { server_name: 'personal' }),
    run('return Object.keys(personal)'),
  ]);
  return JSON.stringify(answers);
}

/** Every file below a folder but the records of runs, which are each principal's own. */
function textsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .filter((text) => !text.includes('"run_id"'));
}

describe('a private list', () => {
  it("is asked for on nobody's behalf: neither lists, search, types nor scripts show what is one person's", async () => {
    for (const client of clients) {
      const text = await everything(client);
      expect(text).toContain('only_for_nobody');
      expect(text).not.toMatch(/only_for_(?:ada|bob)/);
    }
  });

  it('stays so after calls, which are made as whoever makes them, and after the list was stale', async () => {
    const results = await Promise.all(clients.map(({ run }) => run('return await personal.who({})')));
    expect(results.map(({ result }) => result)).toEqual([{ field_of_ada: 'ada' }, { field_of_bob: 'bob' }]);
    const before = (await lists()).length;
    await expect.poll(async () => (await lists()).length, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    expect(new Set(await lists())).toEqual(new Set(['nobody']));
    for (const client of clients)
      expect(await everything(client)).not.toMatch(/(?:only_for|field_of)_(?:ada|bob)/);
  });

  it("is not known by what one person guesses: another's tool is not there", async () => {
    for (const { client } of clients) {
      const { isError, content } = await client.callTool({
        ...{ name: 'call_remote_tool', arguments: { tool_name: 'personal__only_for_ada', arguments: {} } },
      });
      expect([isError, JSON.stringify(content)]).toEqual([true, expect.stringContaining('only_for_ada')]);
    }
  });

  it('is neither in the storage, nor is anything of one person in the cache or the generated types', async () => {
    // Nothing is being written any more then.
    await served.end();
    const texts = textsBelow(served.folder);
    expect(texts.filter((text) => text.includes('only_for_nobody')).length).toBeGreaterThan(0);
    expect(texts.join('\n')).not.toMatch(/(?:only_for|field_of)_(?:ada|bob)/);
    const state = textsBelow(path.join(served.folder, 'state'));
    expect(state.join('\n')).not.toContain('only_for_nobody');
  });
});
