/** What a profile leaves: patterns of servers and tools, by their own names and by those in scripts. */
import { expect, test } from 'vitest';
import { profileFilter } from '../../src/catalog/tool-filter.ts';
import type { Profile } from '../../src/config/profiles.ts';
import { catalogue, tool } from '../codegen/support.ts';

const servers = catalogue([
  { name: 'tracker', tools: ['get_issue', 'delete_issue', 'list.issues'].map((name) => tool(name, {})) },
  { name: 'tracker.old', tools: [tool('get_issue', {})] },
  { name: 'wiki', tools: [tool('search', {}), tool('delete-page', {})] },
]);

function left(profile: Omit<Profile, 'name'>): string[] {
  const filter = profileFilter({ name: 'a', ...profile });
  return servers
    .filter((server) => filter.hasServer(server))
    .flatMap((server) => [
      `${server.name}:`,
      ...server.tools.filter((one) => filter.hasTool(server, one)).map(({ name }) => name),
    ]);
}
const everything = left({});

test.each<[Omit<Profile, 'name'>, string[]]>([
  [{}, everything],
  [{ servers: ['*'] }, everything],
  [{ servers: [] }, []],
  [{ servers: ['wiki'] }, ['wiki:', 'search', 'delete-page']],
  [{ servers: ['tracker'] }, ['tracker:', 'get_issue', 'delete_issue', 'list.issues']],
  [{ servers: ['tracker_old'] }, ['tracker.old:', 'get_issue']],
  [{ servers: ['w?ki'], excludeTools: ['*.search'] }, ['wiki:', 'delete-page']],
  [{ includeTools: [] }, []],
  // No star reaches over the dot between the names, but either name may hold dots.
  [{ includeTools: ['tracker.*'] }, ['tracker:', 'get_issue', 'delete_issue', 'list.issues']],
  [{ includeTools: ['tracker.list.*'] }, ['tracker:', 'list.issues']],
  [{ includeTools: ['tracker.old.*'] }, ['tracker:', 'tracker.old:', 'get_issue']],
  [{ includeTools: ['wiki.delete_page'] }, ['wiki:', 'delete-page']],
  [
    { includeTools: ['*.*'], excludeTools: ['*.delete*'] },
    everything.filter((name) => !name.startsWith('delete')),
  ],
  [{ servers: ['wiki'], includeTools: ['tracker.*'] }, []],
  [{ includeTools: ['wiki.*'], excludeTools: ['wiki.*'] }, ['wiki:']],
])('%j', (profile, expected) => {
  expect(left(profile)).toEqual(expected);
});

test('read-only is what a tool says of itself', () => {
  const [tracker] = servers;
  const filter = profileFilter({ name: 'a', readOnly: true });
  const effects = (['read', 'write', 'unknown'] as const).map((effect) => {
    const [first] = tracker?.tools ?? [];
    return tracker && first && filter.hasTool(tracker, { ...first, effect });
  });
  expect(effects).toEqual([true, false, false]);
  expect(tracker && filter.hasSetAside(tracker, { name: 'x', reason: 'y' })).toBe(false);
});
