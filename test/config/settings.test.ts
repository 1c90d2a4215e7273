/** Our own settings: precedence, paths, limits, and what is wrong with them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultLimits, type LimitName, limitTable, limitVariable } from '../../src/limits.ts';
import { load, refusal, temporaryFolder } from './folder.ts';

const home = { HOME: '/home/tester', USERPROFILE: '/home/tester' };

describe('precedence: option, environment, file, default', () => {
  test('the log level', async () => {
    const file = { mcpServers: {}, orchestrator: { log_level: 'info' } };
    const seed = { ORCHESTRATOR_LOG_LEVEL: 'ERROR' };
    const ours = { ...seed, MCP_ORCHESTRATOR_LOG_LEVEL: 'debug' };
    const level = async (content: object, environment: NodeJS.ProcessEnv, logLevel?: string) =>
      (await load(content, { environment, overrides: { logLevel } })).logLevel;
    expect(await level({ mcpServers: {} }, {})).toBe('warn');
    expect(await level(file, {})).toBe('info');
    expect(await level(file, seed)).toBe('error');
    expect(await level(file, ours)).toBe('debug');
    expect(await level(file, { MCP_ORCHESTRATOR_LOG_LEVEL: '' })).toBe('info');
    expect(await level(file, ours, 'silent')).toBe('silent');
  });

  test.each([
    ['WARNING', 'warn'],
    ['Critical', 'error'],
    ['off', 'silent'],
  ])('the level %s is %s', async (word, level) => {
    expect((await load({ mcpServers: {} }, { environment: { ORCHESTRATOR_LOG_LEVEL: word } })).logLevel).toBe(
      level,
    );
  });

  test('the generated file; relative to the file there, to the working folder elsewhere', async () => {
    const folder = temporaryFolder();
    const work = temporaryFolder();
    const written = async (generated: unknown, variable?: string, generatedFile?: string | false) => {
      const environment = { ...home, ...(variable && { MCP_ORCHESTRATOR_GENERATED: variable }) };
      const file = path.join(folder, 'mcp_servers_config.json');
      const orchestrator = generated === undefined ? {} : { generated };
      const options = { folder, file, directory: work, environment, overrides: { generatedFile } };
      return (await load({ mcpServers: {}, orchestrator }, options)).generatedFile;
    };
    expect(await written(undefined)).toBe(path.join(folder, 'generated', 'unified_api.ts'));
    expect(await written('api.ts')).toBe(path.join(folder, 'api.ts'));
    expect(await written('~/api.ts')).toBe(path.join('/home/tester', 'api.ts'));
    expect(await written('${userHome}/x.ts')).toBe(path.resolve('/home/tester/x.ts'));
    expect(await written(false)).toBeUndefined();
    expect(await written('api.ts', 'env.ts')).toBe(path.join(work, 'env.ts'));
    expect(await written('api.ts', 'false')).toBeUndefined();
    expect(await written(false, 'env.ts', 'flag.ts')).toBe(path.join(work, 'flag.ts'));
    expect(await written('api.ts', 'env.ts', false)).toBeUndefined();
  });

  test.skipIf(process.platform === 'win32' || process.platform === 'darwin')('the cache folder', async () => {
    const folder = temporaryFolder();
    const cache = async (
      environment: NodeJS.ProcessEnv,
      orchestrator: object = {},
      cacheDirectory?: string | false,
    ) => {
      const options = { folder, environment, overrides: { cacheDirectory } };
      return (await load({ mcpServers: {}, orchestrator }, options)).cacheDirectory;
    };
    expect(await cache(home)).toBe('/home/tester/.cache/mcp-tools-orchestrator');
    expect(await cache({ ...home, XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/mcp-tools-orchestrator');
    expect(await cache({ ...home, XDG_CACHE_HOME: 'relative' })).toBe(
      '/home/tester/.cache/mcp-tools-orchestrator',
    );
    expect(await cache(home, { cache: 'here' })).toBe(path.join(folder, 'here'));
    expect(await cache(home, { cache: false })).toBeUndefined();
    expect(await cache({ ...home, MCP_ORCHESTRATOR_CACHE: '/env' }, { cache: false })).toBe('/env');
    expect(await cache({ ...home, MCP_ORCHESTRATOR_CACHE: 'off' })).toBeUndefined();
    expect(await cache({ ...home, MCP_ORCHESTRATOR_CACHE: '/env' }, {}, false)).toBeUndefined();
  });

  test('a limit', async () => {
    const file = { mcpServers: {}, orchestrator: { limits: { callsMax: 11 } } };
    const environment = { MCP_ORCHESTRATOR_CALLS_MAX: '22' };
    const calls = async (options: object) => (await load(file, options)).limits.callsMax;
    expect((await load({ mcpServers: {} })).limits).toEqual(defaultLimits());
    expect(await calls({})).toBe(11);
    expect(await calls({ environment })).toBe(22);
    expect(await calls({ environment: { MCP_ORCHESTRATOR_CALLS_MAX: '' } })).toBe(11);
    expect(await calls({ environment, overrides: { limits: { callsMax: 33 } } })).toBe(33);
  });

  test('connecting, in seconds by the seed gateway variable, unless ours is set', async () => {
    const seed = { MCP_ORCHESTRATOR_CONNECTION_TIMEOUT: '12.5' };
    const connect = async (environment: NodeJS.ProcessEnv) =>
      (await load({ mcpServers: {} }, { environment })).limits.connectMsMax;
    expect(await connect(seed)).toBe(12_500);
    expect(await connect({ ...seed, MCP_ORCHESTRATOR_CONNECT_MS_MAX: '700' })).toBe(700);
  });
});

test.each<[string, string, LimitName, number]>([
  ['MCP_ORCHESTRATOR_TOOL_CACHE_TTL', '3600', 'toolCacheMsMax', 3_600_000],
  ['MCP_ORCHESTRATOR_MAX_RETRIES', '5', 'retriesMax', 5],
])('the seed gateway variable %s', async (variable, text, name, value) => {
  const limit = async (environment: NodeJS.ProcessEnv) =>
    (await load({ mcpServers: {} }, { environment })).limits[name];
  expect(await limit({ [variable]: text })).toBe(value);
  expect(await limit({ [variable]: text, [limitVariable(name)]: '1000' }).catch(() => 'over')).not.toBe(
    value,
  );
  expect((await refusal({ mcpServers: {} }, { environment: { [variable]: 'many' } })).message).toContain(
    `the environment variable ${variable}`,
  );
});

describe('the storage', () => {
  const storage = async (orchestrator: object, environment: NodeJS.ProcessEnv = {}, options: object = {}) =>
    (await load({ mcpServers: {}, orchestrator }, { environment: { ...home, ...environment }, ...options }))
      .storage;

  test('is memory, unless the file, the seed gateway variable or ours says otherwise', async () => {
    expect(await storage({})).toMatchObject({
      driver: 'memory',
      redisUrl: 'redis://127.0.0.1:6379',
      redisPrefix: 'mcp-tools-orchestrator:',
    });
    expect((await storage({ storage: 'file' })).driver).toBe('file');
    const seed = { STORAGE_BACKEND: 'Redis', REDIS_URL: 'redis://cache.example:7000/2' };
    expect(await storage({ storage: 'file', redis_prefix: 'team:' }, seed)).toMatchObject({
      driver: 'redis',
      redisUrl: 'redis://cache.example:7000/2',
      redisPrefix: 'team:',
    });
    expect((await storage({}, { ...seed, MCP_ORCHESTRATOR_STORAGE: 'memory' })).driver).toBe('memory');
    const secret = { redis_url: 'redis://:${PASSWORD}@cache.example' };
    expect((await storage(secret, { PASSWORD: 'pass-1' })).redisUrl).toBe('redis://:pass-1@cache.example');
  });

  test.skipIf(process.platform === 'win32' || process.platform === 'darwin')('has a folder', async () => {
    const folder = temporaryFolder();
    const other = temporaryFolder();
    const first = (await storage({}, {}, { folder })).folder;
    expect(first).toMatch(/^\/home\/tester\/\.local\/state\/mcp-tools-orchestrator\/[0-9a-f]{16}$/);
    expect((await storage({}, {}, { folder })).folder).toBe(first);
    expect((await storage({}, {}, { folder: other })).folder, 'one for each configuration').not.toBe(first);
    expect((await storage({}, { XDG_STATE_HOME: '/state' }, { folder })).folder).toMatch(
      /^\/state\/mcp-tools-orchestrator\//,
    );
    expect((await storage({ storage_folder: 'kept' }, {}, { folder })).folder).toBe(
      path.join(folder, 'kept'),
    );
    expect((await storage({}, { MCP_ORCHESTRATOR_STORAGE_FOLDER: '~/kept' })).folder).toBe(
      '/home/tester/kept',
    );
  });

  test.each<[object, NodeJS.ProcessEnv, string]>([
    [{ storage: 'disk' }, {}, 'orchestrator.storage must be one of "memory", "file", "redis", but is "disk"'],
    [{}, { STORAGE_BACKEND: 'mongo' }, 'the environment variable STORAGE_BACKEND must be one of'],
    [{ redis_url: 'http://:pass-1@x' }, {}, 'orchestrator.redis_url must be an address such as "redis://'],
    [{ redis_url: 'redis://:pass-1@x:port' }, {}, 'is no address that can be read'],
    [{ redis_url: '${MISSING_URL}' }, {}, 'MISSING_URL'],
    [{ storage_folder: 7 }, {}, 'orchestrator.storage_folder must be a path'],
    [{ redis_prefix: 'x'.repeat(101) }, {}, 'must be at most 100 characters'],
  ])('%j %j is refused', async (orchestrator, environment, words) => {
    const message = (await refusal({ mcpServers: {}, orchestrator }, { environment })).message;
    expect(message).toContain(words);
    expect(message).not.toContain('pass-1');
  });
});

test.each(Object.keys(limitTable) as LimitName[])(
  '%s can be set in the file and by its variable, to both ends',
  async (name) => {
    const { min, max } = limitTable[name];
    // The pairs that are kept in order are set together.
    const partner: Partial<Record<LimitName, object>> = {
      wallSecondsDefault: { wallSecondsMax: 86_400 },
      callMsDefault: { callMsMax: 86_400_000 },
    };
    const file = { mcpServers: {}, orchestrator: { limits: { [name]: min, ...partner[name] } } };
    expect((await load(file)).limits[name]).toBe(min);
    const config = await load(file, { environment: { [limitVariable(name)]: String(max) } });
    expect(config.limits[name]).toBe(max);
    expect(config.warnings).toEqual([]);
  },
);

describe('what is wrong', () => {
  test.each<[string, object, string, string]>([
    [
      'a log level',
      { log_level: 'loud' },
      ':4:18: orchestrator.log_level must be one of "trace", "debug"',
      'but is "loud"',
    ],
    [
      'a path',
      { generated: true },
      ':4:18: orchestrator.generated must be a path such as "generated/unified_api.ts", or false',
      'but is true',
    ],
    [
      'a command line with ** inside',
      { allowed_commands: ['npx **', 'npx ** --yes'] },
      'orchestrator.allowed_commands must have "**" only at the end of a command line',
      'but is a list',
    ],
    ['an empty path', { cache: '' }, 'orchestrator.cache must be a path', 'but is ""'],
    [
      'a variable in a path',
      { cache: '${UNSET}/x' },
      'orchestrator.cache: the environment variable UNSET is not set',
      'Set it',
    ],
    ['limits', { limits: [] }, ':4:15: orchestrator.limits must be an object', 'but is a list'],
    [
      'a limit out of range',
      { limits: { heapMebibytesMax: 8 } },
      ':5:27: orchestrator.limits.heapMebibytesMax must be a whole number from 16 to 4096',
      'but is 8. It bounds: heap of a script',
    ],
    [
      'a limit that is a text',
      { limits: { callsMax: '10' } },
      'orchestrator.limits.callsMax must be a whole number from 1',
      'but is "10"',
    ],
    ['a limit with a fraction', { limits: { runsMax: 1.5 } }, 'orchestrator.limits.runsMax', 'but is 1.5'],
  ])('%s in the file', async (_, orchestrator, problem, seen) => {
    const folder = temporaryFolder();
    const error = await refusal({ mcpServers: {}, orchestrator }, { folder });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(path.join(folder, 'mcp_servers_config.json'));
    expect(error.message).toContain(problem);
    expect(error.message).toContain(seen);
    expect(error.hint).toContain('docs/configuration.md');
  });

  test.each<[NodeJS.ProcessEnv, string, string]>([
    [
      { MCP_ORCHESTRATOR_CALLS_MAX: 'many' },
      'the environment variable MCP_ORCHESTRATOR_CALLS_MAX must be a whole number from 1',
      'but is "many"',
    ],
    [{ MCP_ORCHESTRATOR_CALLS_MAX: '0' }, 'from 1 to 10000000', 'but is "0"'],
    [{ MCP_ORCHESTRATOR_CALLS_MAX: '0x10' }, 'from 1 to 10000000', 'but is "0x10"'],
    [
      { ORCHESTRATOR_LOG_LEVEL: 'verbose' },
      'the environment variable ORCHESTRATOR_LOG_LEVEL must be one of',
      'but is "verbose"',
    ],
    [
      { MCP_ORCHESTRATOR_CONNECTION_TIMEOUT: '9999' },
      'MCP_ORCHESTRATOR_CONNECTION_TIMEOUT, as milliseconds, must be',
      'from 100 to 600000, but is "9999 seconds"',
    ],
  ])('%j', async (environment, problem, seen) => {
    const error = await refusal({ mcpServers: {} }, { environment });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(problem);
    expect(error.message).toContain(seen);
  });

  test('an option', async () => {
    const error = await refusal(
      { mcpServers: {} },
      { overrides: { logLevel: 'loud', limits: { callsMax: 0 } } },
    );
    expect(error.message).toContain('the option for log_level must be one of');
    expect(error.message).toContain(
      'the option for callsMax must be a whole number from 1 to 10000000, but is 0',
    );
  });

  test('everything at once, each on its line', async () => {
    const orchestrator = { log_level: 1, generated: 2, limits: { callsMax: -1 } };
    const environment = { MCP_ORCHESTRATOR_RUNS_MAX: 'x' };
    const error = await refusal({ mcpServers: [], orchestrator }, { environment });
    expect(error.message).toContain('for 5 reasons');
    expect(error.message.match(/^- /gm)).toHaveLength(5);
  });
});

describe('what is odd', () => {
  test.each<[object, RegExp]>([
    [
      { logLevel: 'info' },
      /json:4:5: the key orchestrator\.logLevel is not known .* Did you mean "log_level"\?/,
    ],
    [
      { limits: { calls_max: 5 } },
      /json:5:7: the key orchestrator\.limits\.calls_max is not known .* Did you mean "callsMax"\?/,
    ],
    [
      { limits: { callMsDefault: 900_000 } },
      /The limit callMsDefault is 900000, above callMsMax of 600000; 600000 is used\. Raise callMsMax too/,
    ],
  ])('%j', async (orchestrator, warning) => {
    const config = await load({ mcpServers: {}, orchestrator });
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toMatch(warning);
  });

  test('a lowered maximum lowers its default without a word', async () => {
    const config = await load({ mcpServers: {}, orchestrator: { limits: { wallSecondsMax: 60 } } });
    expect(config.limits.wallSecondsDefault).toBe(60);
    expect(config.warnings).toEqual([]);
  });

  test('a variable that is nearly one of ours; others with our prefix are let be', async () => {
    const environment = {
      MCP_ORCHESTRATOR_CALL_MAX: '5',
      MCP_ORCHESTRATOR_TOOL_CACHE_TTL: '300',
      MCP_ORCHESTRATOR_MAX_RETRIES: '3',
    };
    const config = await load({ mcpServers: {} }, { environment });
    expect(config.warnings).toEqual([
      'The environment variable MCP_ORCHESTRATOR_CALL_MAX is not known and has no effect; did you mean MCP_ORCHESTRATOR_CALLS_MAX?',
    ]);
  });
});
