/** Finding tools: names, words, patterns and filters; one index that follows the catalogue. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qualityOf, readSearchSet } from '../../bench/search-set.ts';
import type { CatalogServer, ToolDefinition } from '../../src/catalog/tool.ts';
import { narrowedServer, profileFilter } from '../../src/catalog/tool-filter.ts';
import { type SearchRequest, ToolSearch } from '../../src/catalog/tool-search.ts';
import { defaultLimits } from '../../src/limits.ts';
import { catalogue, type ServerFixture, tool } from '../codegen/support.ts';

const fixtures: ServerFixture[] = [
  {
    name: 'git-hub',
    tools: [
      tool(
        'create_issue',
        { properties: { title: { type: 'string' }, labels: { description: 'tags' } } },
        { description: 'Create an issue in a repository.' },
      ),
      tool('list_issues', {}, { description: 'List the issues of a repository.' }),
      tool('delete_issue', {}, { description: 'Delete an issue.' }),
      tool('getPullRequestFiles', {}, { description: 'The files that a pull request changes.' }),
    ],
  },
  {
    name: 'tracker',
    tools: [
      tool('create-issue', {}, { description: 'Make a ticket.', outputSchema: { type: 'object' } }),
      tool('issue', {}, { description: 'One ticket.', annotations: { readOnlyHint: true } }),
    ],
  },
  { name: 'mail', tools: [tool('send', {}, { description: 'Send an email message to somebody.' })] },
  {
    name: 'files',
    tools: [
      tool('read_text', {}, { description: 'Read a file as text.' }),
      tool(
        'read_all',
        {},
        { description: 'Read files in a folder, the files below it too; each file with its text.' },
      ),
      tool(
        'stat',
        { properties: { checksum: { type: 'boolean' } } },
        { description: 'Size and times of one file.' },
      ),
    ],
  },
];

function open(servers: readonly CatalogServer[] = catalogue(fixtures)) {
  let current = servers;
  const catalog = {
    servers: () => current,
    server: (name: string) => current.find((server) => server.name === name || server.identifier === name),
  };
  const search = new ToolSearch({ inventory: catalog, limits: defaultLimits() });
  const find = async (query: string, more: Partial<SearchRequest> = {}) => {
    const { hits } = await search.find(catalog, { query, resultsMax: 3, ...more });
    return hits.map(({ tool: { flatName } }) => flatName);
  };
  const change = (now: readonly CatalogServer[]) => {
    current = now;
  };
  return { catalog, search, find, change };
}

describe('a name', () => {
  it.each([
    ['create_issue', ['git_hub__create_issue', 'tracker__create_issue']],
    ['createIssue', ['git_hub__create_issue', 'tracker__create_issue']],
    ['CREATE ISSUE', ['git_hub__create_issue', 'tracker__create_issue']],
    ['tracker__create_issue', ['tracker__create_issue']],
    ['tracker.create-issue', ['tracker__create_issue']],
    ['git-hub create issue', ['git_hub__create_issue']],
    ['please use tracker.issue to look at it', ['tracker__issue']],
    ['stat', ['files__stat']],
    ['getPullRequestFiles', ['git_hub__getPullRequestFiles']],
    ['get_pull_request_files', ['git_hub__getPullRequestFiles']],
  ])('%s comes first, whatever else matches', async (query, first) => {
    expect((await open().find(query)).slice(0, first.length).sort()).toEqual(first.sort());
  });
});

describe('words', () => {
  it.each([
    ['make a new ticket', 'tracker__create_issue'],
    ['which issues are there in the repo', 'git_hub__list_issues'],
    ['remove an issue', 'git_hub__delete_issue'],
    ['changed files of a PR', 'git_hub__getPullRequestFiles'],
    ['mailing people', 'mail__send'],
    ['how large is a file', 'files__stat'],
    ['checksum', 'files__stat'],
    ['chekcsums', 'files__stat'],
    ['everything in a directory', 'files__read_all'],
  ])('%s: %s', async (query, first) => {
    expect((await open().find(query))[0]).toBe(first);
  });

  it('that ask for several things find tools of several servers', async () => {
    const found = await open().find(
      'read the files in a folder with their text and send an email message about them',
    );
    expect(found).toHaveLength(3);
    expect(found).toContain('mail__send');
    expect(found[0]).toMatch(/^files__/);
  });

  it.each(['', '   ', '???', 'the of and', 'xyzzyplugh', '\u0000', '🦀', '*'.repeat(500)])(
    'that say nothing find nothing: %j',
    async (query) => {
      expect(await open().find(query)).toEqual([]);
    },
  );

  it('of scripts without spaces are found', async () => {
    const servers = catalogue([
      {
        name: 'kalender',
        tools: [
          tool('a', {}, { description: '予定を作成する' }),
          tool('b', {}, { description: '画像を検索する' }),
        ],
      },
      { name: 'wetter', tools: [tool('c', {}, { description: 'Höhe über dem Meer' })] },
    ]);
    expect(await open(servers).find('画像検索')).toEqual(['kalender__b']);
    expect(await open(servers).find('hohe')).toEqual(['wetter__c']);
  });

  it('whatever they are, end in an answer that is the same again', async () => {
    const { find } = open();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.lorem({ maxCount: 12 })),
        async (query) => {
          const found = await find(query, { resultsMax: 10 });
          expect(new Set(found).size).toBe(found.length);
          expect(await find(query, { resultsMax: 10 })).toEqual(found);
        },
      ),
    );
  });
});

describe('filters', () => {
  it('leave only what they name', async () => {
    const { find } = open();
    expect(await find('issue', { server: 'tracker' })).toEqual(['tracker__issue', 'tracker__create_issue']);
    expect(await find('issue', { server: 'git_hub', isRegex: true })).toHaveLength(3);
    expect(await find('issue', { hasOutputSchema: true })).toEqual(['tracker__create_issue']);
    // What a tool of the fixtures says of itself is not looked at there: none is known to read only.
    expect(await find('issue', { readOnly: true })).toEqual([]);
    await expect(find('issue', { server: 'trakcer' })).rejects.toMatchObject({
      code: 'server_unknown',
      hint: 'Did you mean tracker?',
    });
  });

  it('and a profile show nothing of the rest', async () => {
    const { search, catalog } = open();
    const filter = profileFilter({ name: 'a', excludeTools: ['tracker.*'] });
    const servers = catalog.servers().flatMap((server) => narrowedServer(server, filter) ?? []);
    const view = { servers: () => servers, server: () => undefined };
    const { hits } = await search.find(view, { query: 'tracker__create_issue', resultsMax: 10 });
    expect(hits.map(({ tool: { server } }) => server)).not.toContain('tracker');
    expect(hits[0]?.tool.flatName).toBe('git_hub__create_issue');
  });
});

describe('patterns', () => {
  it.each([
    ['^git_hub__.*issue', ['git_hub__list_issues', 'git_hub__create_issue', 'git_hub__delete_issue']],
    ['TICKET', ['tracker__issue', 'tracker__create_issue']],
    ['^checksum$', ['files__stat']],
    ['labels', ['git_hub__create_issue']],
    ['nothing like it', []],
  ])('%s', async (pattern, expected) => {
    expect((await open().find(pattern, { isRegex: true })).sort()).toEqual([...expected].sort());
  });

  it.each([
    ['(', 'arguments_invalid', /cannot be used: .*missing closing \)/],
    ['(?=a)', 'arguments_invalid', /cannot be used/],
    ['(a)\\1', 'arguments_invalid', /cannot be used/],
    [' ', 'arguments_invalid', /is empty/],
    ['(\\pL|\\pN){900}', 'limit_exceeded', /too large: spelt out, it has \d+ steps; at most 1000/],
    ['((a{100}){100}){100}', 'arguments_invalid', /cannot be used: .*repeat count/],
    ['a'.repeat(257), 'limit_exceeded', /has 257 characters; at most 256 \(searchPatternCharactersMax\)/],
  ])('%s is refused', async (pattern, code, message) => {
    await expect(open().find(pattern, { isRegex: true })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('that are made to take long do not', async () => {
    const description = `${'a'.repeat(3_900)}!`;
    const tools = Array.from({ length: 200 }, (_, index) => tool(`t${index}`, {}, { description }));
    const { find } = open(catalogue([{ name: 'evil', tools }]));
    const before = process.cpuUsage();
    await find('(a+)+(a|aa)*(x+x+)+y$', { isRegex: true }).catch((error) =>
      expect(error).toMatchObject({ code: 'limit_exceeded' }),
    );
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });
});

describe('the index', () => {
  const changed = (name: string, tools: ToolDefinition[]) =>
    catalogue([...fixtures.filter((server) => server.name !== name), { name, tools }]);

  it('follows what a server changes', async () => {
    const { find, change } = open();
    expect(await find('zebra')).toEqual([]);
    change(changed('mail', [tool('paint', {}, { description: 'Paint a zebra.' })]));
    expect(await find('zebra')).toEqual(['mail__paint']);
    expect(await find('email message')).not.toContain('mail__send');
    change(catalogue(fixtures));
    expect(await find('zebra')).toEqual([]);
    expect((await find('email message'))[0]).toBe('mail__send');
    change([]);
    expect(await find('issue')).toEqual([]);
  });

  it('is as good after many changes as a new one', async () => {
    const old = open();
    for (let round = 0; round < 20; round++) {
      const tools = [tool(`t${round}`, {}, { description: `Issue ${round} of files.` })];
      old.change(changed(round % 2 ? 'files' : 'git-hub', tools));
      await old.find('issue');
    }
    old.change(catalogue(fixtures));
    const scores = async ({ search, catalog }: ReturnType<typeof open>, query: string) => {
      const { hits } = await search.find(catalog, { query, resultsMax: 10 });
      return hits.map(({ tool: { flatName }, score }) => [flatName, score.toFixed(6)]);
    };
    for (const query of ['issue', 'read a file', 'open a ticket', 'send'])
      expect(await scores(old, query)).toEqual(await scores(open(), query));
  });

  it('a query that is too long is refused', async () => {
    await expect(open().find('word '.repeat(401))).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: 'The query has 2005 characters; at most 2000 (searchQueryCharactersMax).',
    });
  });
});

describe('quality', () => {
  const folder = new URL('../../bench/search', import.meta.url).pathname;

  it('stays where it is on our own sets', async () => {
    const own = await qualityOf(readSearchSet(folder));
    expect(own.recall5).toBeGreaterThan(0.87);
    expect(own.mrr).toBeGreaterThan(0.78);
    const heldOut = await qualityOf(readSearchSet(folder, 'held-out.json'));
    expect(heldOut.recall5).toBeGreaterThan(0.85);
    expect(heldOut.mrr).toBeGreaterThan(0.69);
  });
});
