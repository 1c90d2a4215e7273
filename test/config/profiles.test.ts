/** Profiles: how they are written, which one is chosen by whom, and that a mistake in one stops the start. */
import { expect, test } from 'vitest';
import { load, refusal } from './folder.ts';

const mcpServers = { tracker: { command: 'x' }, 'wiki-eu': { command: 'x' } };
const profiles = {
  support: { servers: ['tracker', 'wiki-*'], excludeTools: ['*.delete_*'] },
  reader: { includeTools: ['tracker.get_*'], readOnly: true },
  all: {},
};
const file = (orchestrator: object) => ({ mcpServers, orchestrator });

test('are read as written', async () => {
  const config = await load(file({ profiles }));
  expect([...config.profiles.values()]).toEqual([
    { name: 'support', ...profiles.support },
    { name: 'reader', ...profiles.reader },
    { name: 'all' },
  ]);
  expect(config.profile).toBeUndefined();
  expect(config.warnings).toEqual([]);
});

test.each<[string | undefined, string | undefined, string | undefined, string | undefined]>([
  ['reader', 'support', 'all', 'reader'],
  [undefined, 'support', 'all', 'support'],
  [undefined, undefined, 'all', 'all'],
  [undefined, '', undefined, undefined],
])('chosen by the option %s, the variable %s, the file %s: %s', async (option, variable, written, chosen) => {
  const environment = {
    HOME: '/home/tester',
    ...(variable !== undefined && { MCP_ORCHESTRATOR_PROFILE: variable }),
  };
  const orchestrator = { profiles, ...(written !== undefined && { profile: written }) };
  const config = await load(file(orchestrator), { environment, overrides: { profile: option } });
  expect(config.profile?.name).toBe(chosen);
});

test.each<[object, RegExp]>([
  [{ profiles: [] }, /orchestrator\.profiles must be an object of profiles by name, .* but is a list/],
  [{ profiles: { a: 1 } }, /profiles\.a must be an object such as/],
  [{ profiles: { a: { readonly: true } } }, /profiles\.a\.readonly is not known\. Did you mean "readOnly"\?/],
  [{ profiles: { a: { quux: true } } }, /profiles\.a\.quux is not known\. Known here: servers, includeTools/],
  [{ profiles: { a: { readOnly: 'yes' } } }, /profiles\.a\.readOnly must be true or false, without quotes/],
  [{ profiles: { a: { servers: 'tracker' } } }, /profiles\.a\.servers must be a list of names of servers/],
  [
    { profiles: { a: { excludeTools: ['rm'] } } },
    /a\.excludeTools\[0\] must be a pattern of server and tool/,
  ],
  [{ profiles: { 'a/b': {} } }, /profiles\["a\/b"\] has a name that cannot stand in an address/],
  [{ profile: 'raeder', profiles }, /orchestrator\.profile is "raeder", .* Did you mean "reader"\?/],
  [
    { profile: 'someone', profiles },
    /is "someone", and there is no profile of that name\. Profiles: support, reader, all\./,
  ],
  [{ profile: 'someone' }, /None is configured/],
  [{ profile: 1, profiles }, /orchestrator\.profile is 1, and there is no profile/],
])('%j is refused', async (orchestrator, reason) => {
  expect((await refusal(file(orchestrator))).message).toMatch(reason);
});

test('one named by an option or a variable that there is not is refused, with where it was named', async () => {
  const option = await refusal(file({ profiles }), { overrides: { profile: 'nobody' } });
  expect(option.message).toContain('the option for profile is "nobody"');
  const variable = await refusal(file({ profiles }), { environment: { MCP_ORCHESTRATOR_PROFILE: 'nobody' } });
  expect(variable.message).toContain('the environment variable MCP_ORCHESTRATOR_PROFILE is "nobody"');
});

test('a pattern of servers that fits none is warned about', async () => {
  const { warnings } = await load(file({ profiles: { a: { servers: ['traker', 'wiki_eu'] } } }));
  expect(warnings).toEqual([expect.stringContaining('The profile "a" names servers "traker"')]);
});
