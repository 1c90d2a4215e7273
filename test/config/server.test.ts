/** One server entry: its fields, what is wrong with it, and that a bad one concerns no other. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/types.ts';
import { load, temporaryFolder } from './folder.ts';

const good = { command: 'fine' };
const loadOne = (entry: unknown, environment?: NodeJS.ProcessEnv): Promise<Config> =>
  load({ mcpServers: { bad: entry, good } }, environment && { environment });

describe('fields', () => {
  test('defaults come from the limits, the folder from the file', async () => {
    const folder = temporaryFolder();
    const config = await load({ mcpServers: { a: { command: 'x' } } }, { folder });
    expect(config.servers).toEqual([
      {
        name: 'a',
        transport: 'stdio',
        command: 'x',
        args: [],
        env: {},
        cwd: folder,
        callMsMax: 60_000,
        connectMsMax: 30_000,
        callsMax: 8,
        secrets: [],
      },
    ]);
  });

  test('what variables put in anywhere is kept as secret, once each and in a steady order', async () => {
    const environment = { HOME: '/home/tester', KEY: 'k-1', TOKEN: 't-2' };
    const entry = {
      command: '${UNSET:-node}',
      args: ['${workspaceFolder}', '--key=${KEY}', '${env:KEY}'],
      env: { TOKEN: 'Basic ${TOKEN}' },
    };
    const url = { url: 'https://h/${KEY}', headers: { Authorization: 'Bearer ${TOKEN}' } };
    const { servers } = await load({ mcpServers: { entry, url } }, { environment });
    expect(servers).toMatchObject([{ secrets: ['node', 'k-1', 't-2'] }, { secrets: ['k-1', 't-2'] }]);
  });

  test('limits of the file are the defaults of its servers, and an entry overrides them', async () => {
    const { servers } = await load({
      mcpServers: { a: good, b: { ...good, timeout: 5_000, connect_timeout: 2_500, concurrency: 1 } },
      orchestrator: { limits: { callMsDefault: 1_234, connectMsMax: 4_321, callsPerServerMax: 3 } },
    });
    expect(servers[0]).toMatchObject({ callMsMax: 1_234, connectMsMax: 4_321, callsMax: 3 });
    expect(servers[1]).toMatchObject({ callMsMax: 5_000, connectMsMax: 2_500, callsMax: 1 });
  });

  test('an idle timeout and health checks: off, as for all, or of its own', async () => {
    const own = { ...good, idle_timeout: 90_000, health_check: 15_000 };
    const never = { ...good, idle_timeout: 0, health_check: 0 };
    const mcpServers = { a: good, b: own, c: never };
    const of = ({ servers }: Awaited<ReturnType<typeof load>>) =>
      servers.map(({ idleMs, healthMs }) => [idleMs, healthMs]);
    expect(of(await load({ mcpServers }))).toEqual([[], [90_000, 15_000], []].map(([a, b]) => [a, b]));
    const limits = { serverIdleMs: 600_000, healthCheckMs: 30_000 };
    expect(of(await load({ mcpServers, orchestrator: { limits } }))).toEqual([
      [600_000, 30_000],
      [90_000, 15_000],
      [undefined, undefined],
    ]);
    const { servers, warnings } = await load({ mcpServers: { a: { ...good, idle_timeout: 300 } } });
    expect(servers[0]).toMatchObject({ idleMs: 300_000 });
    expect(warnings[0]).toContain('mcpServers.a.idle_timeout is in milliseconds; 300 is so short');
  });

  test.each<[string, object, object]>([
    ['streamable-http', { type: 'streamable-http', url: 'http://h/' }, { transport: 'http' }],
    ['streamableHttp', { type: 'streamableHttp', url: 'http://h/' }, { transport: 'http' }],
    ['streamable_http', { transport: 'streamable_http', url: 'http://h/' }, { transport: 'http' }],
    ['sse', { transport: 'sse', url: 'http://h/' }, { transport: 'sse' }],
    ['no type and a url', { url: 'https://h/mcp' }, { transport: 'http', url: 'https://h/mcp' }],
    ['serverUrl', { serverUrl: 'https://h/mcp' }, { transport: 'http', url: 'https://h/mcp' }],
    ['httpUrl', { httpUrl: 'https://h/mcp' }, { transport: 'http', url: 'https://h/mcp' }],
    [
      'type and transport that agree',
      { type: 'http', transport: 'streamable-http', url: 'http://h/' },
      { transport: 'http' },
    ],
    ['null for what is not set', { command: null, args: null, url: 'http://h/' }, { transport: 'http' }],
    ['enabled: true', { command: 'x', enabled: true }, { transport: 'stdio' }],
  ])('%s', async (_, entry, expected) => {
    const config = await loadOne(entry);
    expect(config.unusableServers).toEqual([]);
    expect(config.servers[0]).toMatchObject({ name: 'bad', ...expected });
    expect(config.warnings).toEqual([]);
  });

  test('a relative cwd starts at the file, whatever the working folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'sub'));
    const options = {
      folder,
      file: path.join(folder, 'mcp_servers_config.json'),
      directory: temporaryFolder(),
    };
    const { servers } = await load({ mcpServers: { a: { command: 'x', cwd: 'sub' }, b: good } }, options);
    expect(servers).toMatchObject([{ cwd: path.join(folder, 'sub') }, { cwd: folder }]);
  });

  test.each([
    [
      { timeout: 60 },
      { callMsMax: 60_000 },
      /mcpServers\.bad\.timeout is in milliseconds; 60 .*taken for seconds\. Write 60000/,
    ],
    [
      { connect_timeout: 0.5 },
      { connectMsMax: 500 },
      /json:5:26: mcpServers\.bad\.connect_timeout .* Write 500 /,
    ],
  ])('a time below 1,000 is seconds, with a warning: %j', async (times, expected, warning) => {
    const config = await loadOne({ ...good, ...times });
    expect(config.servers[0]).toMatchObject(expected);
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toMatch(warning);
  });

  test.each([[{ disabled: true }], [{ enabled: false }]])(
    '%j is listed as disabled, however broken the rest',
    async (off) => {
      const config = await loadOne({ ...off, command: 7, env: { KEY: '${UNSET}' } });
      expect(config.servers.map((server) => server.name)).toEqual(['good']);
      expect(config.unusableServers).toMatchObject([{ name: 'bad', status: 'disabled' }]);
      expect(config.unusableServers[0]?.reason).toMatch(
        /json:4:\d+: the entry says .* Remove that to use the server/,
      );
    },
  );
});

describe('an entry that cannot be used', () => {
  test.each<[string, unknown, string, string]>([
    ['not an object', 'npx thing', ':3:12: mcpServers.bad must be an object', 'but is a text'],
    ['nothing to start', {}, ':3:12: mcpServers.bad has neither "command" nor "url"', 'Add "command"'],
    [
      'command and url',
      { command: 'x', url: 'http://h/' },
      'mcpServers.bad has both "command" and "url"',
      'Keep "command"',
    ],
    [
      'stdio with a url, outside the list shape',
      { type: 'stdio', command: 'x', url: 'http://h/' },
      'has both',
      'Keep',
    ],
    [
      'command as a list',
      { command: ['npx', '-y'] },
      ':4:18: mcpServers.bad.command must be one text',
      'goes into "args"',
    ],
    ['an empty command', { command: '' }, 'mcpServers.bad.command must name a program', 'such as "npx"'],
    [
      'args as a text',
      { command: 'x', args: '-y' },
      ':5:15: mcpServers.bad.args must be a list of texts',
      'but is a text',
    ],
    [
      'a number in args',
      { command: 'x', args: ['a', 8080] },
      ':7:9: mcpServers.bad.args[1] must be a text in double quotes',
      'but is a number',
    ],
    [
      'a number in env',
      { command: 'x', env: { PORT: 8080 } },
      ':6:17: mcpServers.bad.env.PORT must be a text',
      'but is a number',
    ],
    [
      'env as a list',
      { command: 'x', env: ['A=b'] },
      'mcpServers.bad.env must be an object of texts',
      'but is a list',
    ],
    [
      'an unknown type',
      { type: 'websocket', url: 'ws://h' },
      ':4:15: mcpServers.bad.type must be one of "stdio", "http"',
      'but is "websocket"',
    ],
    [
      'type without its command',
      { type: 'stdio', url: 'http://h/' },
      'type is "stdio", which needs "command"',
      'Remove "type"',
    ],
    [
      'transport without its url',
      { transport: 'sse', command: 'x' },
      'transport is "sse", which needs "url"',
      'Remove "transport"',
    ],
    [
      'type against transport',
      { type: 'http', transport: 'sse', url: 'http://h/' },
      'transport is "sse", but type is "http"',
      'Keep the right one',
    ],
    [
      'two addresses',
      { url: 'http://a/', httpUrl: 'http://b/' },
      'mcpServers.bad.httpUrl says another address than url',
      'Keep one',
    ],
    [
      'an address without scheme',
      { url: 'localhost:3000/mcp' },
      'mcpServers.bad.url must be an address that starts with http:// or https://',
      'but is "localhost:3000…"',
    ],
    [
      'disabled as a text',
      { command: 'x', disabled: 'yes' },
      ':5:19: mcpServers.bad.disabled must be true or false',
      'but is "yes"',
    ],
    [
      'a timeout as a text',
      { command: 'x', timeout: '60s' },
      'mcpServers.bad.timeout must be a number of milliseconds',
      'but is "60s"',
    ],
    [
      'a negative timeout',
      { command: 'x', timeout: -1 },
      'mcpServers.bad.timeout must be more than 0',
      'but is -1',
    ],
    [
      'a negative idle timeout',
      { command: 'x', idle_timeout: -1 },
      'mcpServers.bad.idle_timeout must be 0 or more milliseconds',
      'but is -1',
    ],
    [
      'a health check as a word',
      { command: 'x', health_check: 'often' },
      'mcpServers.bad.health_check must be a number of milliseconds',
      'but is "often"',
    ],
    [
      'no concurrency',
      { command: 'x', concurrency: 0 },
      'mcpServers.bad.concurrency must be at least 1',
      'but is 0',
    ],
    [
      'a cwd that is not there',
      { command: 'x', cwd: 'nowhere' },
      ':5:14: mcpServers.bad.cwd is "nowhere", and there is no folder',
      'Create it, or mend the path',
    ],
    [
      'a name with = in env',
      { command: 'x', env: { 'A=B': 'c' } },
      'mcpServers.bad.env["A=B"] is no name',
      'without "="',
    ],
    ['a NUL in args', { command: 'x', args: ['a\0b'] }, 'mcpServers.bad.args[0] holds a NUL', 'Remove it'],
    [
      'a header with a line break',
      { url: 'http://h/', headers: { A: 'b\nc' } },
      'mcpServers.bad.headers.A is no valid HTTP header',
      'without line breaks',
    ],
  ])('%s', async (_, entry, problem, fix) => {
    const config = await loadOne(entry);
    expect(config.servers.map((server) => server.name)).toEqual(['good']);
    expect(config.unusableServers).toMatchObject([{ name: 'bad', status: 'invalid' }]);
    const reason = config.unusableServers[0]?.reason ?? '';
    expect(reason).toContain('mcp_servers_config.json:');
    expect(reason).toContain(problem);
    expect(reason).toContain(fix);
  });

  test('all its problems are reported at once, a line each', async () => {
    const { unusableServers } = await loadOne({ command: 1, args: 'x', timeout: 'y' });
    expect(unusableServers[0]?.reason.split('\n')).toHaveLength(3);
  });

  test('what may be a secret is never shown', async () => {
    const secret = 'sk-12345';
    const entries: Record<string, unknown> = {
      env: { command: 'x', env: { KEY: [secret] } },
      envText: { command: 'x', env: secret },
      envUnset: { command: 'x', env: { A: `${secret}\${UNSET}`, B: `${secret}\${a.b}` } },
      envOpen: { command: 'x', env: { A: `\${${secret}` } },
      headers: { url: 'http://h/', headers: { Authorization: `Bearer\n${secret}` } },
      headersText: { url: 'http://h/', headers: secret },
      args: { command: 'x', args: secret },
      url: { url: `ftp://me:${secret}@h/${secret}?token=${secret}` },
      urlUser: { url: `https://me:${secret}@h/mcp` },
      urlBare: { url: `me:${secret}@h/mcp` },
      urlFilled: { url: '${SECRET}' },
      headerFilled: { url: 'http://h/', headers: { A: '${SECRET}\nx' } },
      cwdFilled: { command: 'x', cwd: '${SECRET}' },
      command: { command: [secret] },
    };
    const environment = { SECRET: `not a url ${secret}` };
    const config = await load({ mcpServers: entries }, { environment });
    expect(config.unusableServers.map((server) => server.name)).toEqual(Object.keys(entries));
    expect(JSON.stringify([config.unusableServers, config.warnings])).not.toContain(secret);
  });
});

describe('warnings', () => {
  test.each<[string, object, RegExp]>([
    [
      'a misspelt key',
      { commnad: 'x' },
      /json:4:7: the key mcpServers\.bad\.commnad is not known .* Did you mean "command"\?/,
    ],
    ['another spelling', { connectTimeout: 1 }, /Did you mean "connect_timeout"\?/],
    [
      'a key like none',
      { quux: 1 },
      /mcpServers\.bad\.quux is not known and has no effect\. Known here: command, args/,
    ],
    [
      'a setting that we do not follow',
      { env_vars: ['KEY'] },
      /bad\.env_vars is a setting of another program that has no effect here\. Put the variables into "env"/,
    ],
    ['token forwarding', { auth_type: 'forward' }, /auth_type .* the token of a caller is never passed on/],
    [
      'headers without url',
      { headers: { a: 'b' } },
      /bad\.headers has no effect for a server that is started by "command"/,
    ],
    ['a command line in one text', { command: 'npx -y thing' }, /bad\.command holds spaces .* into "args"/],
    [
      'a timeout beyond the limit',
      { timeout: 3_600_000 },
      /bad\.timeout is longer than any call may take: callMsMax is 600000 ms/,
    ],
  ])('%s', async (_, keys, warning) => {
    const config = await loadOne({ ...keys, command: 'x', ...('command' in keys ? keys : {}) });
    expect(config.servers.map((server) => server.name)).toEqual(['bad', 'good']);
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toMatch(warning);
  });

  test('known keys of other programs and comments are let be', async () => {
    const keys = {
      autoApprove: ['a'],
      alwaysAllow: [],
      description: 'd',
      _comment: 'c',
      '//': 'c',
      $schema: 's',
      'x-note': 1,
      disabledTools: [],
      trust: true,
    };
    expect((await loadOne({ ...good, ...keys })).warnings).toEqual([]);
  });
});
