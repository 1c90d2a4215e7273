/** `auth` and `forward_headers` of an entry: what they become, and what is wrong with them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import path from 'node:path';
import { expect, test } from 'vitest';
import { admissionProblem } from '../../src/registry/admission.ts';
import { load, temporaryFolder } from './folder.ts';

const url = 'https://h.example/mcp';
const environment = { HOME: '/home/tester', TOKEN: 'token-0123456789', SECRET: 'secret-0123456789' };

async function read(entry: object) {
  const folder = temporaryFolder();
  const config = await load({ mcpServers: { a: { url, ...entry } } }, { folder, environment });
  return { config, folder, server: config.servers[0] };
}

test('without credentials of its own, a server may ask for a login', async () => {
  const tokenFolder = '/home/tester/.local/state/mcp-tools-orchestrator/tokens';
  expect((await read({})).server).toMatchObject({ auth: { type: 'oauth', isImplied: true, tokenFolder } });
  for (const headers of [{ Authorization: 'Bearer x' }, { 'X-Api-Key': 'x' }])
    expect((await read({ headers })).server).not.toHaveProperty('auth');
});

test.each<[string, object, object]>([
  ['a variable', { type: 'bearer', env: 'TOKEN' }, { source: { env: 'TOKEN', token: environment.TOKEN } }],
  ['a file', { type: 'bearer', file: '~/t' }, { source: { file: '/home/tester/t' } }],
  [
    'a program',
    { type: 'bearer', command: ['p', '${TOKEN}'] },
    { source: { command: ['p', environment.TOKEN] } },
  ],
  [
    'a login',
    { type: 'oauth', client_id: 'c', scope: 's', redirect_port: 33418 },
    { clientId: 'c', redirectPort: 33418 },
  ],
  [
    'a client with a key',
    {
      type: 'client_credentials',
      issuer: 'https://i',
      client_id: 'c',
      private_key_file: '/k',
      algorithm: 'ES256',
    },
    { issuer: 'https://i', proof: { keyFile: '/k', algorithm: 'ES256' } },
  ],
  [
    'a caller, exchanged',
    { type: 'token_exchange', token_url: 'http://localhost:1/t', client_id: 'c', client_secret: '${SECRET}' },
    { tokenUrl: 'http://localhost:1/t', proof: { secret: environment.SECRET } },
  ],
])('known by %s', async (_, auth, expected) => {
  const { server, config } = await read({ auth });
  expect(config.unusableServers).toEqual([]);
  expect(server).toMatchObject({ auth: expected });
});

test('whoever is to be known has a connection of their own, and teaches no types', async () => {
  const auth = { type: 'token_exchange', token_url: 'https://i/t' };
  expect((await read({ auth })).server).toMatchObject({ scope: 'principal', learnTypes: false });
  const forward_headers = { 'X-User': 'X-Who' };
  expect((await read({ forward_headers, scope: 'run' })).server).toMatchObject({
    ...{ scope: 'run', learnTypes: false, forwardHeaders: { 'x-user': 'X-Who' } },
  });
});

test.each<[string, object, RegExp]>([
  ['no type', { auth: {} }, /a\.auth\.type must be an object with a "type" of "bearer", "oauth"/],
  [
    'two places',
    { auth: { type: 'bearer', env: 'TOKEN', file: 'x' } },
    /must have one of "env", "file" and "command"/,
  ],
  [
    'a variable that is not set',
    { auth: { type: 'bearer', env: 'NONE' } },
    /variable NONE, which is not set/,
  ],
  ['a misspelt key', { auth: { type: 'oauth', clientid: 'x' } }, /Unrecognized key: "clientid"/],
  [
    'a plain address',
    { auth: { type: 'token_exchange', token_url: 'http://i/t' } },
    /auth\.token_url must be .* https/,
  ],
  [
    'no proof',
    { auth: { type: 'client_credentials', issuer: 'https://i', client_id: 'c' } },
    /one of "client_secret"/,
  ],
  ['both', { headers: { Authorization: 'x' }, auth: { type: 'oauth' } }, /which "headers" gives too/],
  [
    'shared callers',
    { forward_headers: { a: 'B' }, scope: 'shared' },
    /scope is "shared", but the server is to know/,
  ],
  [
    'our token',
    { forward_headers: { Authorization: 'X' } },
    /would pass on a credential .* "unsafe_passthrough": true/,
  ],
  ['a header of the protocol', { forward_headers: { a: 'Mcp-Session-Id' } }, /not for others to set/],
  ['a header twice', { headers: { 'x-a': '1' }, forward_headers: { a: 'X-A' } }, /which "headers" gives too/],
  ['no name', { forward_headers: { 'a b': 'C' } }, /from the name of a header to another/],
])('%s is told', async (_, entry, reason) => {
  const { config } = await read(entry);
  expect(config.unusableServers[0]?.reason).toMatch(reason);
  expect(JSON.stringify(config.unusableServers)).not.toContain('0123456789');
});

test.each([
  [{ auth: { type: 'bearer', file: '/etc/passwd' } }, /may not name a file/],
  [{ auth: { type: 'bearer', command: ['p'] } }, /may not name a command/],
  [
    { auth: { type: 'client_credentials', issuer: 'https://i', client_id: 'c', private_key_file: '/k' } },
    /a file/,
  ],
  [
    { auth: { type: 'token_exchange', token_url: 'https://i', client_id: 'c', client_secret_file: '/k' } },
    /a file/,
  ],
  [{ auth: { type: 'bearer', env: 'TOKEN' } }, undefined],
  [{}, undefined],
])('registered at runtime, %j reads nothing for an address of its own', async (entry, problem) => {
  const { server } = await read(entry);
  const settings = { allow: true, commands: undefined, variables: ['TOKEN'] };
  const told = server && admissionProblem(server, settings);
  if (problem) expect(told).toMatch(problem);
  else expect(told).toBeUndefined();
});

test('what is unsafe warns', async () => {
  const { config } = await read({ forward_headers: { authorization: 'X-A' }, unsafe_passthrough: true });
  expect(config.warnings.join()).toMatch(
    /forward_headers\.authorization passes on a credential that was meant for us/,
  );
  const file = path.join('/', 'x');
  const local = await load({ mcpServers: { a: { command: 'x', auth: { type: 'bearer', file } } } });
  expect(local.warnings.join()).toMatch(/a\.auth has no effect for a server that is started by "command"/);
});

test.each<[string, object, object]>([
  ['none', { auth_type: 'none' }, { auth: { type: 'oauth', isImplied: true } }],
  ['null', { auth_type: null }, { auth: { type: 'oauth', isImplied: true } }],
  ['static', { auth_type: 'static', auth_headers: { 'X-Api-Key': 'x' } }, { headers: { 'X-Api-Key': 'x' } }],
  ['a key', { auth_type: 'API-Key', headers: { 'X-Api-Key': 'x' } }, { headers: { 'X-Api-Key': 'x' } }],
  [
    'a bearer token in a header',
    { auth_type: 'bearer', auth_headers: { Authorization: 'Bearer ${TOKEN}' } },
    { headers: { Authorization: `Bearer ${environment.TOKEN}` } },
  ],
  [
    'a bearer token in a variable',
    { auth_type: 'bearer', bearer_token_env_var: 'TOKEN' },
    { auth: { type: 'bearer', source: { env: 'TOKEN', token: environment.TOKEN } } },
  ],
  ['oauth', { auth_type: 'oauth2' }, { auth: { type: 'oauth', keyStore: 'auto' } }],
  [
    'our own words',
    { auth_type: 'forward', auth: { type: 'bearer', env: 'TOKEN' } },
    { auth: { type: 'bearer' } },
  ],
  [
    'what a caller sends, by name',
    { auth_type: 'forward', forward_headers: { 'x-user': 'X-User' } },
    { forwardHeaders: { 'x-user': 'X-User' }, scope: 'principal' },
  ],
])('auth_type of another gateway: %s', async (_, entry, expected) => {
  const { config, server } = await read(entry);
  expect(server).toMatchObject(expected);
  expect(config.warnings).toEqual([]);
});

test('auth_type "forward" passes the token on where that is said to be unsafe, with the warning', async () => {
  const { config, server } = await read({ auth_type: 'forward', unsafe_passthrough: true });
  expect(server).toMatchObject({ forwardHeaders: { authorization: 'Authorization' }, scope: 'principal' });
  expect(config.warnings).toEqual([expect.stringContaining('which the protocol forbids')]);
});

test.each<[object, RegExp]>([
  [{ auth_type: 'forward' }, /auth_type is "forward", and has no effect: .* "token_exchange"/],
  [{ auth_type: 'static' }, /auth_type is "static", but nothing is given to prove it by\. Write "headers"/],
  [{ auth_type: 'bearer', bearer_token_env_var: '' }, /auth_type is "bearer", but nothing is given/],
  [{ auth_type: 'kerberos' }, /auth_type is "kerberos", which means nothing here\. .*known words are none/],
  [{ auth_type: 5 }, /auth_type is 5, which means nothing here/],
  [
    { auth_type: 'oauth', headers: { Authorization: 'Bearer x' } },
    /"Authorization" is given too, and counts/,
  ],
])('auth_type that says nothing: %j', async (entry, warning) => {
  const { config, server } = await read(entry);
  expect(server).not.toHaveProperty('forwardHeaders');
  expect(config.warnings.filter((one) => one.includes('auth_type'))).toEqual([
    expect.stringMatching(warning),
  ]);
});
