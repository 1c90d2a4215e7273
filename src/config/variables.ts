/** The environment variables that hold settings, and a word about those that are nearly one. */
import { type LimitName, limitTable, limitVariable } from '../limits.ts';
import { nearestWord } from './nearest.ts';
import { configFileVariables } from './paths.ts';
import type { Findings } from './report.ts';
import type { SettingName } from './schema.ts';

/** The variables of each setting; the first one that is set counts. Those without our prefix are the seed gateway's. */
export const settingVariables: Readonly<Record<SettingName, readonly string[]>> = {
  generated: ['MCP_ORCHESTRATOR_GENERATED'],
  cache: ['MCP_ORCHESTRATOR_CACHE'],
  check: ['MCP_ORCHESTRATOR_CHECK'],
  mode: ['MCP_ORCHESTRATOR_MODE'],
  learnTypes: ['MCP_ORCHESTRATOR_LEARN_TYPES'],
  profile: ['MCP_ORCHESTRATOR_PROFILE'],
  profiles: [],
  effects: [],
  approval: [],
  policies: ['MCP_ORCHESTRATOR_POLICIES'],
  allow_save: ['MCP_ORCHESTRATOR_ALLOW_SAVE'],
  sandbox: ['MCP_ORCHESTRATOR_SANDBOX_ISOLATION'],
  embeddings_url: ['MCP_ORCHESTRATOR_EMBEDDINGS_URL'],
  embeddings_model: ['MCP_ORCHESTRATOR_EMBEDDINGS_MODEL'],
  embeddings_key_env: ['MCP_ORCHESTRATOR_EMBEDDINGS_KEY_ENV'],
  scope: ['MCP_ORCHESTRATOR_SCOPE', 'MCP_ORCHESTRATOR_DEFAULT_CONNECTION_MODE'],
  storage: ['MCP_ORCHESTRATOR_STORAGE', 'STORAGE_BACKEND'],
  storage_folder: ['MCP_ORCHESTRATOR_STORAGE_FOLDER'],
  redis_url: ['MCP_ORCHESTRATOR_REDIS_URL', 'REDIS_URL'],
  redis_prefix: ['MCP_ORCHESTRATOR_REDIS_PREFIX'],
  allow_runtime_registration: ['MCP_ORCHESTRATOR_ALLOW_RUNTIME_REGISTRATION'],
  allowed_commands: ['MCP_ORCHESTRATOR_ALLOWED_COMMANDS'],
  allowed_variables: ['MCP_ORCHESTRATOR_ALLOWED_VARIABLES'],
  pins: ['MCP_ORCHESTRATOR_PINS'],
  key_store: ['MCP_ORCHESTRATOR_KEY_STORE'],
  log_level: ['MCP_ORCHESTRATOR_LOG_LEVEL', 'ORCHESTRATOR_LOG_LEVEL'],
  transport: ['MCP_ORCHESTRATOR_TRANSPORT', 'ORCHESTRATOR_TRANSPORT'],
  http: [],
};

/** The seed gateway's names for limits, and what one of its units is of ours: it counts in seconds. */
export const seedLimitVariables: Readonly<
  Partial<Record<LimitName, { readonly variable: string; readonly times: number }>>
> = {
  connectMsMax: { variable: 'MCP_ORCHESTRATOR_CONNECTION_TIMEOUT', times: 1_000 },
  toolCacheMsMax: { variable: 'MCP_ORCHESTRATOR_TOOL_CACHE_TTL', times: 1_000 },
  retriesMax: { variable: 'MCP_ORCHESTRATOR_MAX_RETRIES', times: 1 },
};
/** Those under `orchestrator.http`; lists are separated by commas. `token` is one more of `tokens`. */
export const httpVariables = {
  host: ['MCP_ORCHESTRATOR_HOST', 'ORCHESTRATOR_HOST'],
  port: ['MCP_ORCHESTRATOR_PORT', 'ORCHESTRATOR_PORT'],
  publicUrl: ['MCP_ORCHESTRATOR_PUBLIC_URL'],
  allowedHosts: ['MCP_ORCHESTRATOR_ALLOWED_HOSTS'],
  allowedOrigins: ['MCP_ORCHESTRATOR_ALLOWED_ORIGINS'],
  sessions: ['MCP_ORCHESTRATOR_SESSIONS'],
  token: ['MCP_ORCHESTRATOR_TOKEN'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Set by a client that starts us and calls its own servers for us: where it listens. */
export const clientVariable = 'MCP_CLIENT_IPC_URL';

const prefix = 'MCP_ORCHESTRATOR_';

/** Variables with our prefix may be meant for other parts or programs: only a near miss is worth a warning. */
export function warnOfMisspeltVariables(environment: NodeJS.ProcessEnv, findings: Findings): void {
  const known = knownVariables()
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(prefix) || known.includes(name.slice(prefix.length))) continue;
    const meant = nearestWord(name.slice(prefix.length), known);
    if (meant !== undefined) {
      findings.warning(
        `The environment variable ${name} is not known and has no effect; did you mean ${prefix}${meant}?`,
      );
    }
  }
}

function knownVariables(): string[] {
  return [
    ...configFileVariables,
    ...Object.values(settingVariables).flat(),
    ...Object.values(seedLimitVariables).map(({ variable }) => variable),
    ...Object.values(httpVariables).flat(),
    ...Object.keys(limitTable).map(limitVariable),
  ];
}
