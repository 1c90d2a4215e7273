/** What may be written about which tools there are and how they are found: rules of a server, profiles, embeddings. */
import { z } from 'zod';

export const onOff = z.boolean({ error: 'must be true or false, without quotes' });

const toolNames = z.array(
  z.string({ error: 'must be a text in double quotes' }).min(1, { error: 'must name a tool' }),
  {
    error: 'must be a list of names of tools, such as ["read_*", "list_files"]',
  },
);
const toolTexts = z.record(z.string(), z.string({ error: 'must be a text in double quotes' }), {
  error: 'must be an object of texts by names of tools: { "read_file": "..." }',
});
const newToolNames = z.record(
  z.string(),
  z.string({ error: 'must be a text in double quotes' }).regex(/^[A-Za-z0-9_.-]{1,128}$/, {
    error: 'must be a name of 1 to 128 letters, digits, "_", "-" and "."',
  }),
  { error: 'must be an object of new names by names of tools: { "read_file": "read" }' },
);

/** Keys of a server. */
export const toolRuleFields = {
  includeTools: toolNames.describe(
    'Only these of its tools are there, for anybody ([how](#which-tools)). `include_tools`, `enabledTools` and `enabled_tools` are read as the same.',
  ),
  include_tools: toolNames,
  enabledTools: toolNames,
  enabled_tools: toolNames,
  excludeTools: toolNames.describe(
    'These are not, whatever `includeTools` says. `exclude_tools`, `disabledTools` and `disabled_tools` are read as the same.',
  ),
  exclude_tools: toolNames,
  disabledTools: toolNames,
  disabled_tools: toolNames,
  renameTools: newToolNames.describe(
    'Other names for some of its tools. `rename_tools` is read as the same.',
  ),
  rename_tools: newToolNames,
  describeTools: toolTexts.describe(
    "Other descriptions for some of its tools, by the server's own names. `describe_tools` is read as the same.",
  ),
  describe_tools: toolTexts,
};

const toolPatterns = z.array(
  z.string({ error: 'must be a text in double quotes' }).regex(/^.+\..+$/, {
    error: 'must be a pattern of server and tool, such as "github.get_*" or "*.search"',
  }),
  { error: 'must be a list of patterns of server and tool, such as ["github.get_*"]' },
);

/** One of `profiles`. */
export const profileSchema = z
  .object(
    {
      servers: z.array(
        z.string({ error: 'must be a text in double quotes' }).min(1, { error: 'must name a server' }),
        {
          error: 'must be a list of names of servers, such as ["github", "jira-*"]',
        },
      ),
      includeTools: toolPatterns,
      excludeTools: toolPatterns,
      readOnly: onOff,
    },
    { error: 'must be an object such as { "servers": ["github"], "readOnly": true }' },
  )
  .partial();

const embeddingsUrlError = 'must be an address such as "https://api.openai.com/v1"';

/** Settings. */
export const embeddingFields = {
  embeddings_url: z
    .string({ error: embeddingsUrlError })
    .regex(/^https?:\/\/./i, { error: embeddingsUrlError })
    .describe(
      'An embedding endpoint in the way of OpenAI, for search by meaning besides words ([how](search.md#by-meaning)): names and descriptions of tools are ' +
        'sent there. Needs `embeddings_model`. Default: none, nothing is sent anywhere.',
    ),
  embeddings_model: z
    .string({ error: 'must be the name of a model' })
    .min(1, { error: 'must be the name of a model' })
    .describe('The model that is asked for there.'),
  embeddings_key_env: z
    .string({ error: 'must be the name of an environment variable' })
    .regex(/^[A-Za-z_]\w*$/, { error: 'must be the name of an environment variable, not a key' })
    .describe(
      'The environment variable that holds the key for it, sent as a bearer token. Default: none is sent.',
    ),
};
