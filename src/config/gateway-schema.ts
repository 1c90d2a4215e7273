/** What may stand in the file on the storage, on servers registered at runtime, and on trust in their definitions. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { z } from 'zod';

/** Where what outlives a request is kept. */
export const storageDrivers = ['memory', 'file', 'redis'] as const;

/** What a changed definition of a tool does. */
export const pinModes = ['off', 'warn', 'enforce'] as const;

/** Whether logins are encrypted with a key of the system's key store. */
export const keyStoreModes = ['auto', 'off', 'required'] as const;

/** Whose a connection to a server is. */
export const connectionScopes = ['shared', 'run', 'principal'] as const;

const redisUrlError = 'must be an address such as "redis://127.0.0.1:6379"';

export const storageFields = {
  storage: z
    .enum(storageDrivers, { error: `must be one of ${quoted(storageDrivers)}` })
    .describe(
      'Where what outlives a request is kept ([what](storage.md)): in `memory` until the process ends, in private files (`file`), or in `redis`, ' +
        'where several orchestrators share it. Default: `memory`.',
    ),
  storage_folder: path('.orchestrator').describe(
    "The folder of the `file` storage. Default: one for each configuration file, under `mcp-tools-orchestrator` in the user's folder for state " +
      '(`$XDG_STATE_HOME` or `~/.local/state`; `~/Library/Application Support`; `%LOCALAPPDATA%`).',
  ),
  redis_url: z
    .string({ error: redisUrlError })
    .regex(/^rediss?:\/\/./i, { error: redisUrlError })
    .describe(
      'Where the Redis of the `redis` storage is, with credentials as `${VAR}`. Default: `redis://127.0.0.1:6379`.',
    ),
  redis_prefix: z
    .string({ error: 'must be a text such as "team-a:"' })
    .max(100, { error: 'must be at most 100 characters' })
    .describe(
      'Before every key in Redis: orchestrators with the same one share what is kept. Default: `mcp-tools-orchestrator:`.',
    ),
};

export const connectionFields = {
  scope: z
    .enum(connectionScopes, { error: `must be one of ${quoted(connectionScopes)}` })
    .describe(
      "Whose connection it is to servers whose entry does not say ([how](resilience.md#connections-of-ones-own)). The seed gateway's words are read " +
        'in the variable: `stateful` is `shared`, and `stateless`, where no call finds what an earlier one left, is `run`. Default: `shared`.',
    ),
};

export const keyStoreFields = {
  key_store: z
    .enum(keyStoreModes, { error: `must be one of ${quoted(keyStoreModes)}` })
    .describe(
      "Whether the tokens of logins are encrypted with a key that the system's key store keeps ([how](auth.md#how-tokens-are-kept)): `auto` where there is " +
        'such a store, `off` never, `required` always: without one, nobody can log in. Default: `auto`.',
    ),
};

export const registrationFields = {
  allow_runtime_registration: z
    .boolean({ error: 'must be true or false, without quotes' })
    .describe(
      'Whether clients may register and remove servers ([how](servers.md)). Default: `true` for the client of stdio, `false` for those of HTTP.',
    ),
  allowed_commands: list('"npx -y @modelcontextprotocol/*"')
    .refine((patterns) => patterns.every((one) => !/\*\*(?!\s*$)/.test(one)), {
      error: 'must have "**" only at the end of a command line',
    })
    .describe(
      'The command lines that clients may register, word for word; `*` stands for letters, digits, `.`, `_` and `-`, and `**` at the end for any further arguments. ' +
        'With it they may set neither `cwd` nor variables beside `allowed_variables`. Default: any command.',
    ),
  allowed_variables: list('"GITHUB_TOKEN"').describe(
    'The environment variables that entries registered by clients may use as `${VAR}`; `*` and `?` as in any pattern. Default: none.',
  ),
  pins: z
    .enum(pinModes, { error: `must be one of ${quoted(pinModes)}` })
    .describe(
      'What happens where a tool is no longer defined as it was first seen ([how](trust.md)): nothing (`off`), it is reported (`warn`), or it is withheld until ' +
        '`pins approve` (`enforce`). Default: `warn`.',
    ),
};

function path(example: string) {
  const error = `must be a path such as "${example}"`;
  return z.string({ error }).min(1, { error });
}

function list(example: string) {
  const error = `must be a list of texts, such as [${example}]`;
  return z.array(z.string({ error }).min(1, { error }), { error });
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
