/** Every environment variable that holds a setting: what it sets, that it wins over the file, and that a bad value names it. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configFileVariables } from '../../src/config/paths.ts';
import type { Config } from '../../src/config/types.ts';
import {
  clientVariable,
  httpVariables,
  seedLimitVariables,
  settingVariables,
} from '../../src/config/variables.ts';
import { load, refusal, temporaryFolder } from './folder.ts';

interface Variable {
  readonly value: string;
  /** What the configuration says then. */
  readonly sets: (config: Config) => unknown;
  readonly to: unknown;
  /** What the file says meanwhile, under `orchestrator`. */
  readonly file: object;
  /** A value that is refused, or undefined where any text will do. */
  readonly bad?: string;
}

const redis = 'redis://cache.example:7000/2';
const words: Readonly<Record<string, Variable>> = {
  MCP_ORCHESTRATOR_GENERATED: {
    value: '/elsewhere/api.ts',
    sets: ({ generatedFile }) => generatedFile,
    to: path.resolve('/elsewhere/api.ts'),
    file: { generated: 'api.ts' },
  },
  MCP_ORCHESTRATOR_CACHE: {
    value: 'off',
    sets: ({ cacheDirectory }) => cacheDirectory,
    to: undefined,
    file: { cache: 'cache' },
  },
  MCP_ORCHESTRATOR_CHECK: {
    value: 'Warn',
    sets: ({ check }) => check,
    to: 'warn',
    file: { check: 'off' },
    bad: 'maybe',
  },
  MCP_ORCHESTRATOR_MODE: {
    value: 'DIRECT',
    sets: ({ mode }) => mode,
    to: 'direct',
    file: { mode: 'hybrid' },
    bad: 'indirect',
  },
  MCP_ORCHESTRATOR_KEY_STORE: {
    value: 'Required',
    sets: ({ servers }) => servers.map((server) => 'auth' in server && server.auth).find(Boolean),
    to: expect.objectContaining({ keyStore: 'required' }),
    file: { key_store: 'off' },
    bad: 'perhaps',
  },
  MCP_ORCHESTRATOR_LEARN_TYPES: {
    value: 'no',
    sets: ({ servers }) => servers[0]?.learnTypes,
    to: false,
    file: { learnTypes: true },
    bad: 'perhaps',
  },
  MCP_ORCHESTRATOR_PROFILE: {
    value: 'readers',
    sets: ({ profile }) => profile?.name,
    to: 'readers',
    file: { profiles: { readers: { readOnly: true }, all: {} }, profile: 'all' },
    bad: 'raeders',
  },
  MCP_ORCHESTRATOR_POLICIES: {
    value: ['/one', '/two'].join(path.delimiter),
    sets: ({ policyFolders }) => policyFolders,
    to: [path.resolve('/one'), path.resolve('/two')],
    file: { policies: 'policies' },
  },
  MCP_ORCHESTRATOR_ALLOW_SAVE: {
    value: '1',
    sets: ({ allowSave }) => allowSave,
    to: true,
    file: { allow_save: false },
    bad: 'sometimes',
  },
  MCP_ORCHESTRATOR_SANDBOX_ISOLATION: {
    value: 'in-process',
    sets: ({ isolation }) => isolation,
    to: 'in-process',
    file: { sandbox: { isolation: 'process' } },
    bad: 'vm',
  },
  MCP_ORCHESTRATOR_EMBEDDINGS_URL: {
    value: 'http://127.0.0.1:9/v1',
    sets: ({ embeddings }) => embeddings?.url,
    to: 'http://127.0.0.1:9/v1/embeddings',
    file: { embeddings_url: 'http://127.0.0.1:8/v1', embeddings_model: 'small' },
    bad: 'ftp://x',
  },
  MCP_ORCHESTRATOR_EMBEDDINGS_MODEL: {
    value: 'large',
    sets: ({ embeddings }) => embeddings?.model,
    to: 'large',
    file: { embeddings_url: 'http://127.0.0.1:8/v1', embeddings_model: 'small' },
  },
  MCP_ORCHESTRATOR_EMBEDDINGS_KEY_ENV: {
    value: 'HOME',
    sets: ({ embeddings }) => embeddings?.key,
    to: '/home/tester',
    file: { embeddings_url: 'http://127.0.0.1:8/v1', embeddings_model: 'small' },
    bad: 'A_VARIABLE_THAT_IS_NOT_SET',
  },
  MCP_ORCHESTRATOR_SCOPE: {
    value: 'Principal',
    sets: ({ servers }) => servers[0]?.scope,
    to: 'principal',
    file: { scope: 'run' },
    bad: 'mine',
  },
  MCP_ORCHESTRATOR_DEFAULT_CONNECTION_MODE: {
    value: 'stateless',
    sets: ({ servers }) => servers[0]?.scope,
    to: 'run',
    file: { scope: 'principal' },
    bad: 'stateles',
  },
  MCP_ORCHESTRATOR_STORAGE: {
    value: 'FILE',
    sets: ({ storage }) => storage.driver,
    to: 'file',
    file: { storage: 'redis' },
    bad: 'disk',
  },
  STORAGE_BACKEND: {
    value: 'redis',
    sets: ({ storage }) => storage.driver,
    to: 'redis',
    file: { storage: 'file' },
    bad: 'mongo',
  },
  MCP_ORCHESTRATOR_STORAGE_FOLDER: {
    value: '/state',
    sets: ({ storage }) => storage.folder,
    to: path.resolve('/state'),
    file: { storage_folder: 'state' },
  },
  MCP_ORCHESTRATOR_REDIS_URL: {
    value: redis,
    sets: ({ storage }) => storage.redisUrl,
    to: redis,
    file: { redis_url: 'redis://127.0.0.1' },
    bad: 'http://x',
  },
  REDIS_URL: {
    value: redis,
    sets: ({ storage }) => storage.redisUrl,
    to: redis,
    file: { redis_url: 'redis://127.0.0.1' },
    bad: 'http://x',
  },
  MCP_ORCHESTRATOR_REDIS_PREFIX: {
    value: 'team:',
    sets: ({ storage }) => storage.redisPrefix,
    to: 'team:',
    file: { redis_prefix: 'own:' },
    bad: 'x'.repeat(101),
  },
  MCP_ORCHESTRATOR_ALLOW_RUNTIME_REGISTRATION: {
    value: 'Off',
    sets: ({ registration }) => registration.allow,
    to: false,
    file: { allow_runtime_registration: true },
    bad: 'maybe',
  },
  MCP_ORCHESTRATOR_ALLOWED_COMMANDS: {
    value: 'npx -y @scope/*, uvx one ,',
    sets: ({ registration }) => registration.commands,
    to: ['npx -y @scope/*', 'uvx one'],
    file: { allowed_commands: ['sh **'] },
  },
  MCP_ORCHESTRATOR_ALLOWED_VARIABLES: {
    value: 'TOKEN,API_*',
    sets: ({ registration }) => registration.variables,
    to: ['TOKEN', 'API_*'],
    file: { allowed_variables: ['HOME'] },
  },
  MCP_ORCHESTRATOR_PINS: {
    value: 'enforce',
    sets: ({ pins }) => pins,
    to: 'enforce',
    file: { pins: 'off' },
    bad: 'always',
  },
  MCP_ORCHESTRATOR_LOG_LEVEL: {
    value: 'DEBUG',
    sets: ({ logLevel }) => logLevel,
    to: 'debug',
    file: { log_level: 'error' },
    bad: 'loud',
  },
  ORCHESTRATOR_LOG_LEVEL: {
    value: 'WARNING',
    sets: ({ logLevel }) => logLevel,
    to: 'warn',
    file: { log_level: 'error' },
    bad: 'loud',
  },
  MCP_ORCHESTRATOR_TRANSPORT: {
    value: 'HTTP',
    sets: ({ transport }) => transport,
    to: 'http',
    file: { transport: 'stdio' },
    bad: 'pigeon',
  },
  ORCHESTRATOR_TRANSPORT: {
    value: 'http',
    sets: ({ transport }) => transport,
    to: 'http',
    file: { transport: 'stdio' },
    bad: 'pigeon',
  },
};

const http: Readonly<Record<string, Variable>> = {
  MCP_ORCHESTRATOR_HOST: {
    value: '::1',
    sets: ({ http }) => http.host,
    to: '::1',
    file: { http: { host: 'localhost' } },
  },
  ORCHESTRATOR_HOST: {
    value: '::1',
    sets: ({ http }) => http.host,
    to: '::1',
    file: { http: { host: 'localhost' } },
  },
  MCP_ORCHESTRATOR_PORT: {
    value: '0',
    sets: ({ http }) => http.port,
    to: 0,
    file: { http: { port: 9_000 } },
    bad: '70000',
  },
  ORCHESTRATOR_PORT: {
    value: '9001',
    sets: ({ http }) => http.port,
    to: 9_001,
    file: { http: { port: 9_000 } },
    bad: 'http',
  },
  MCP_ORCHESTRATOR_PUBLIC_URL: {
    value: 'https://tools.example.com/mcp',
    sets: ({ http }) => http.publicUrl,
    to: 'https://tools.example.com/mcp',
    file: { http: { publicUrl: 'https://other.example.com/mcp' } },
    bad: 'tools.example.com',
  },
  MCP_ORCHESTRATOR_ALLOWED_HOSTS: {
    value: 'a.example, b.example',
    sets: ({ http }) => http.allowedHosts,
    to: ['a.example', 'b.example'],
    file: { http: { allowedHosts: ['c.example'] } },
  },
  MCP_ORCHESTRATOR_ALLOWED_ORIGINS: {
    value: 'https://a.example',
    sets: ({ http }) => http.allowedOrigins,
    to: ['https://a.example'],
    file: { http: { allowedOrigins: ['https://c.example'] } },
    bad: 'a.example',
  },
  MCP_ORCHESTRATOR_SESSIONS: {
    value: 'never',
    sets: ({ http }) => http.sessions,
    to: 'never',
    file: { http: { sessions: 'always' } },
    bad: 'sometimes',
  },
  MCP_ORCHESTRATOR_TOKEN: {
    value: 'environment-token-0123456789',
    sets: ({ http }) => http.tokens.map(({ name }) => name),
    to: ['environment'],
    file: {},
  },
};

const limits: Readonly<Record<string, Variable>> = {
  MCP_ORCHESTRATOR_CONNECTION_TIMEOUT: {
    value: '12.5',
    sets: ({ limits }) => limits.connectMsMax,
    to: 12_500,
    file: { limits: { connectMsMax: 1_000 } },
    bad: 'soon',
  },
  MCP_ORCHESTRATOR_TOOL_CACHE_TTL: {
    value: '300',
    sets: ({ limits }) => limits.toolCacheMsMax,
    to: 300_000,
    file: { limits: { toolCacheMsMax: 1_000 } },
    bad: '-1',
  },
  MCP_ORCHESTRATOR_MAX_RETRIES: {
    value: '3',
    sets: ({ limits }) => limits.retriesMax,
    to: 3,
    file: { limits: { retriesMax: 1 } },
    bad: 'many',
  },
};

const variables = { ...words, ...http, ...limits };
const given = { HOME: '/home/tester', USERPROFILE: '/home/tester' };

describe.each(Object.entries(variables))('%s', (name, { value, sets, to, file, bad }) => {
  const mcpServers = { one: { command: 'x' }, two: { url: 'https://two.example/mcp' } };
  const content = { mcpServers, orchestrator: file };

  test('wins over the file', async () => {
    expect(sets(await load(content, { environment: given })), 'another value by the file').not.toEqual(to);
    const config = await load(content, { environment: { ...given, [name]: value } });
    expect(sets(config)).toEqual(to);
    expect(config.warnings).toEqual([]);
  });

  test('counts as not set where it is empty', async () => {
    const folder = temporaryFolder();
    const without = sets(await load(content, { folder, environment: given }));
    expect(sets(await load(content, { folder, environment: { ...given, [name]: '' } }))).toEqual(without);
  });

  test.skipIf(bad === undefined)('is named where its value cannot be used', async () => {
    const environment = { ...given, [name]: bad };
    const error = await refusal(content, { environment });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(name);
  });
});

test('the seed gateway’s words for connections; an entry’s own scope counts more', async () => {
  const scope = async (mode: string, own?: string) => {
    const environment = { ...given, MCP_ORCHESTRATOR_DEFAULT_CONNECTION_MODE: mode };
    const { servers } = await load(
      { mcpServers: { one: { command: 'x', scope: own } }, orchestrator: { scope: 'principal' } },
      { environment },
    );
    return servers[0]?.scope ?? 'shared';
  };
  expect(await scope('stateful')).toBe('shared');
  expect(await scope('STATELESS')).toBe('run');
  expect(await scope('stateless', 'shared')).toBe('shared');
  expect(await scope('shared', 'run')).toBe('run');
});

test('that is all there are', () => {
  const known = [
    ...Object.values(settingVariables).flat(),
    ...Object.values(httpVariables).flat(),
    ...Object.values(seedLimitVariables).map(({ variable }) => variable),
  ];
  expect(Object.keys(variables).sort()).toEqual(known.sort());
  // Those of the file, and of the client that calls servers for us, are tested where files are found and clients called.
  expect([...configFileVariables, clientVariable]).toEqual([
    'MCP_ORCHESTRATOR_CONFIG',
    'SERVER_CONFIG_PATH',
    'MCP_CLIENT_IPC_URL',
  ]);
});
