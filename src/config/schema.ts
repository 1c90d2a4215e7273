/** What may stand in the configuration: the schemas that check it and that docs/configuration.md is made from. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { z } from 'zod';
import { limitTable } from '../limits.ts';
import { authSchema } from './auth-schema.ts';
import {
  connectionFields,
  connectionScopes,
  keyStoreFields,
  registrationFields,
  storageFields,
} from './gateway-schema.ts';
import { httpSchema } from './http-schema.ts';
import { embeddingFields, onOff, profileSchema, toolRuleFields } from './tool-schema.ts';

const dayMs = 86_400_000;

/** How the transports are called out there, and what each means. */
export const transportNames = {
  stdio: 'stdio',
  http: 'http',
  'streamable-http': 'http',
  streamableHttp: 'http',
  streamable_http: 'http',
  sse: 'sse',
} as const;

const transport = z.enum(Object.keys(transportNames) as (keyof typeof transportNames)[], {
  error: `must be one of ${quoted(Object.keys(transportNames))}`,
});
const url = z.string({ error: 'must be a text such as "https://example.com/mcp"' });
const headers = z.record(z.string(), z.string({ error: 'must be a text in double quotes' }), {
  error: 'must be an object of texts: { "Authorization": "Bearer ${TOKEN}" }',
});
const duration = z
  .number({ error: 'must be a number of milliseconds, such as 60000' })
  .positive({ error: 'must be more than 0 milliseconds' })
  .max(dayMs, { error: `must be at most ${dayMs} milliseconds (a day)` });

const pause = z
  .number({ error: 'must be a number of milliseconds, such as 600000' })
  .min(0, { error: 'must be 0 or more milliseconds' })
  .max(dayMs, { error: `must be at most ${dayMs} milliseconds (a day)` });

/** One entry of `mcpServers`, as written: nothing expanded, no default filled in. */
export const serverSchema = z
  .object({
    command: z
      .string({ error: 'must be one text such as "npx"; what follows the program\'s name goes into "args"' })
      .min(1, { error: 'must name a program, such as "npx"' })
      .describe('The program of a stdio server: a name on the PATH, or a path. Needs no `type`.'),
    args: z
      .array(z.string({ error: 'must be a text in double quotes' }), {
        error: 'must be a list of texts: ["-y", "some-server"]',
      })
      .describe('Its arguments.'),
    env: z
      .record(z.string(), z.string({ error: 'must be a text in double quotes' }), {
        error: 'must be an object of texts: { "API_KEY": "${API_KEY}" }',
      })
      .describe(
        'Environment variables for it, on top of PATH, HOME and the like. Nothing else of our environment is passed on.',
      ),
    envFile: z
      .string({ error: 'must be a text, the path of a file' })
      .min(1, { error: 'must be the path of a file' })
      .describe(
        "A file of further variables, a `NAME=value` a line; those of `env` count more. A relative path starts at the file's folder. `env_file` is read as the same.",
      ),
    env_file: z
      .string({ error: 'must be a text, the path of a file' })
      .min(1, { error: 'must be the path of a file' }),
    cwd: z
      .string({ error: 'must be a text, the path of a folder' })
      .min(1, { error: 'must be the path of a folder' })
      .describe("Its working folder; a relative one starts at the file's folder, which is also the default."),
    url: url.describe(
      'The address of an HTTP server. Without a `type`, Streamable HTTP is tried first and SSE where the server knows only that. ' +
        '`serverUrl` and `httpUrl` are read as the same.',
    ),
    serverUrl: url,
    httpUrl: url,
    headers: headers.describe('HTTP headers for every request to it. `auth_headers` is read as the same.'),
    auth_headers: headers,
    auth: authSchema.describe(
      'How an HTTP server is to know us, beside `headers` ([how](auth.md)): `{ "type": "bearer" | "oauth" | "client_credentials" | "token_exchange", ... }`. ' +
        'Default: `{ "type": "oauth" }` where the server asks for it.',
    ),
    forward_headers: headers.describe(
      'Headers of whoever calls us over HTTP that may go on to this server, by their names here and there ([how](auth.md#headers-of-the-caller)): `{ "x-user": "X-User" }`.',
    ),
    unsafe_passthrough: onOff.describe(
      "`true` lets `forward_headers` pass on the caller's `Authorization` or `Cookie`, which the protocol forbids. Default: `false`.",
    ),
    type: transport.describe(
      'Only needed for `"sse"` (SSE at once). `"stdio"` and `"http"` (also `streamable-http`, `streamableHttp`, ' +
        '`streamable_http`) are checked against `command` and `url`. `transport` is read as the same.',
    ),
    transport,
    disabled: onOff.describe(
      '`true` keeps the entry but never starts it. `"enabled": false` is read as the same.',
    ),
    enabled: onOff,
    timeout: duration.describe(
      'One call without progress, in milliseconds; below 1,000 it is taken for seconds, with a warning. Default: `callMsDefault`.',
    ),
    connect_timeout: duration.describe(
      'Starting and connecting, first answer included, in milliseconds; below 1,000 it is taken for seconds, with a warning. ' +
        'Default: `connectMsMax`.',
    ),
    concurrency: z
      .int({ error: 'must be a whole number, such as 8' })
      .min(limitTable.callsPerServerMax.min, {
        error: `must be at least ${limitTable.callsPerServerMax.min}`,
      })
      .max(limitTable.callsPerServerMax.max, { error: `must be at most ${limitTable.callsPerServerMax.max}` })
      .describe('Calls under way at once; further ones wait. Default: `callsPerServerMax`.'),
    idle_timeout: pause.describe(
      'Without a request for so long, in milliseconds, it is stopped, or its connection ended, until the next one ([how](resilience.md#idle-servers)); ' +
        'below 1,000 it is taken for seconds, with a warning; `0` never. Default: `serverIdleMs`.',
    ),
    health_check: pause.describe(
      'How often it is asked whether it is still there while nobody wants anything of it, in milliseconds ([how](resilience.md#health-checks)); ' +
        'below 1,000 it is taken for seconds, with a warning; `0` never. Default: `healthCheckMs`.',
    ),
    scope: z
      .enum(connectionScopes, { error: `must be one of ${quoted(connectionScopes)}` })
      .describe(
        'Whose connection it is, and so whose process or session ([how](resilience.md#connections-of-ones-own)): one that is `shared` by all, one for each ' +
          '`run`, or one for each `principal`. Default: `orchestrator.scope`.',
      ),
    via: z
      .literal('client', { error: 'must be "client"' })
      .describe(
        '`"client"`: where `MCP_CLIENT_IPC_URL` is set, the client that started us calls the server, which it has running already ' +
          '([how](gateway.md#servers-of-the-client)); elsewhere the entry is used as usual, and needs no `command` nor `url`.',
      ),
    prefix: onOff.describe(
      '`false` shows its tools, prompts and the like in the [direct mode](gateway.md#direct-mode) by their own names, without `server__`, where no other has that name. Default: `true`.',
    ),
    learnTypes: onOff.describe(
      'Whether result types are learned from the results of its tools. Default: `orchestrator.learnTypes`.',
    ),
    ...toolRuleFields,
  })
  .partial();

export type ServerEntry = z.infer<typeof serverSchema>;

/** Other programs' keys that are read as what they mean here. */
export const translatedServerKeys: readonly string[] = ['auth_type'];

/** Other programs' keys that change nothing for us. */
export const ignoredServerKeys: readonly string[] = [
  'name',
  'id',
  'title',
  'displayName',
  'description',
  'version',
  'icon',
  'tags',
  'gallery',
  'dev',
  'trust',
  'autoApprove',
  'alwaysAllow',
  'autoStart',
  'note',
  'notes',
  'comment',
];

/** Other programs' keys that their author counts on and that we do not follow: each with what to do instead. */
export const unfollowedServerKeys: Readonly<Record<string, string>> = {
  env_vars: 'Put the variables into "env": { "NAME": "${NAME}" }.',
  bearer_token_env_var: 'Write "auth": { "type": "bearer", "env": "NAME" }.',
  headersHelper: 'Write the headers into "headers", or "auth" of type "bearer" with a "command".',
  startup_timeout_sec: 'Write "connect_timeout", in milliseconds.',
  tool_timeout_sec: 'Write "timeout", in milliseconds.',
};

function pathOrFalse(example: string) {
  const error = `must be a path such as "${example}", or false`;
  return z.union([z.string().min(1, { error }), z.literal(false)], { error });
}

/** Where scripts run. */
export const isolations = ['process', 'jitless-process', 'in-process'] as const;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** How `serve` reaches its clients. */
export const transports = ['stdio', 'http'] as const;

/** What type errors of a script do: they stop it, are told when it has run, or are not looked for. */
export const checkModes = ['strict', 'warn', 'off'] as const;

/** What a client of `serve` sees. */
export const serveModes = ['orchestrator', 'direct', 'hybrid'] as const;

/** What a user may say that a tool does. */
export const toolEffects = ['read', 'write'] as const;

export const approvals = ['allow', 'ask', 'deny'] as const;
/** Tools by what they say of themselves, or `effects` says of them. */
export const approvalMarks = ['@read', '@write', '@unknown', '@destructive'] as const;

/** The `orchestrator` section, `limits` aside. */
export const settingsSchema = z
  .object({
    generated: pathOrFalse('generated/unified_api.ts').describe(
      'Where the typed API of all tools is written; `false` writes none. Default: `generated/unified_api.ts`, ' +
        'or none where there is no configuration file.',
    ),
    cache: pathOrFalse('.cache/mcp').describe(
      'The folder that keeps what servers said of their tools, so that the next start answers at once; `false` keeps nothing. ' +
        "Default: `mcp-tools-orchestrator` in the user's cache folder (`$XDG_CACHE_HOME` or `~/.cache`; " +
        '`~/Library/Caches`; `%LOCALAPPDATA%`).',
    ),
    check: z
      .enum(checkModes, { error: `must be one of ${quoted(checkModes)}` })
      .describe(
        'What type errors of a script do ([how](script-reference.md#the-type-check)): `strict` stops the script before anything runs, ' +
          '`warn` runs it and tells them, `off` does not look for any. A call may say otherwise. Default: `strict`.',
      ),
    mode: z
      .enum(serveModes, { error: `must be one of ${quoted(serveModes)}` })
      .describe(
        'What a client of `serve` sees ([how](gateway.md#direct-mode)): our own tools (`orchestrator`), every tool, resource and prompt ' +
          'of every server as it is (`direct`), or both (`hybrid`). Default: `orchestrator`.',
      ),
    learnTypes: onOff.describe(
      'Whether the result types of tools that declare none are learned from the results they give ([how](script-reference.md#learned-result-types)). ' +
        'Names of fields are kept with the cache, values are not. Default: `true`.',
    ),
    profile: z
      .string({ error: 'must be the name of one of the profiles' })
      .describe(
        'The profile of everybody whom this process serves: nothing outside it can be seen or called ([how](#profiles)). ' +
          'On the command line `--profile`. Default: none, all is there.',
      ),
    profiles: z
      .record(z.string(), profileSchema)
      .describe('Named parts of the servers and tools there are ([how](#profiles)).'),
    effects: z
      .record(z.string(), z.enum(toolEffects))
      .describe(
        'What tools do to the world, by patterns of server and tool: `{ "legacy.get_*": "read", "*.save": "write" }`. Of several that fit, the ' +
          'last one counts. For tools that say nothing of themselves, or not the truth: what only reads is made in a [plan](journal.md#plan-and-apply), ' +
          'and may be repeated. Default: what the servers say.',
      ),
    approval: z
      .record(z.string(), z.enum(approvals))
      .describe(
        'Which calls are made (`allow`), refused (`deny`), or put to a person first (`ask`; [how](journal.md#approval)), by patterns of server and ' +
          'tool, `*`, `@read`, `@write`, `@unknown` and `@destructive`: `{ "*": "ask", "@read": "allow", "db.drop_*": "deny" }`. Of several that fit, ' +
          'the last one counts. Default: `ask` for tools that say that they destroy, where the client can be asked; else `allow`.',
      ),
    policies: z
      .union([z.string().min(1), z.array(z.string().min(1))], {
        error: 'must be the path of a folder such as "policies", or a list of them',
      })
      .describe(
        'The folder with the saved scripts ([policies](policies.md)), or a list of them: of two policies with one name, the one in the earlier ' +
          'folder counts. In the environment variable they are separated as in `PATH`. Default: `policies`.',
      ),
    allow_save: onOff.describe(
      'Whether agents may save policies, into the first of these folders. Default: `false`.',
    ),
    sandbox: z
      .object(
        {
          isolation: z
            .enum(isolations, { error: `must be one of ${quoted(isolations)}` })
            .describe(
              'Where scripts run: each in a `process` without rights of its own; in a `jitless-process`, where in addition V8 makes no ' +
                "machine code at all of them, which makes them slower; or in isolates of the orchestrator's own process (`in-process`), " +
                'for scripts that are trusted only ([why](sandbox.md)). Written as `"sandbox": { "isolation": "in-process" }`. Default: `process`.',
            ),
        },
        { error: 'must be an object such as { "isolation": "process" }' },
      )
      .partial(),
    ...connectionFields,
    ...storageFields,
    ...embeddingFields,
    transport: z
      .enum(transports, { error: `must be one of ${quoted(transports)}` })
      .describe(
        'How `serve` reaches its clients: one over `stdio`, or many over `http` ([how](http.md)); on the command line `--transport`. Default: `stdio`.',
      ),
    http: httpSchema,
    ...keyStoreFields,
    ...registrationFields,
    log_level: z
      .enum(logLevels, { error: `must be one of ${quoted(logLevels)}` })
      .describe(
        `The least severe messages written to stderr: ${logLevels.map((level) => `\`${level}\``).join(', ')}. Default: \`warn\`.`,
      ),
  })
  .partial();

export type SettingName = keyof z.infer<typeof settingsSchema>;

/** Keys of the whole file; `inputs` is VS Code's, which we cannot ask for. */
export const fileKeys = ['mcpServers', 'servers', 'orchestrator'] as const;
export const ignoredFileKeys = ['$schema', 'inputs'] as const;

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
