/** What may stand under `auth` of a server. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { z } from 'zod';

const text = (example: string) =>
  z.string({ error: `must be a text such as "${example}"` }).min(1, { error: 'must not be empty' });

/** What `jose` signs with and authorization servers take. */
export const signingAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
] as const;

const bearer = z
  .strictObject({
    type: z.literal('bearer'),
    env: text('MY_TOKEN').optional(),
    file: text('~/.secrets/token').optional(),
    command: z
      .tuple([text('gcloud')], text('auth'), {
        error: 'must be a list of a program and its arguments: ["gcloud", "auth", "print-access-token"]',
      })
      .optional(),
  })
  .refine((entry) => named(entry, ['env', 'file', 'command']) === 1, {
    error: 'must have one of "env", "file" and "command", which say where the token is',
  });

const oauth = z.strictObject({
  type: z.literal('oauth'),
  client_id: text('my-client').optional(),
  client_secret: text('${CLIENT_SECRET}').optional(),
  client_metadata_url: text('https://example.com/client.json').optional(),
  scope: text('read write').optional(),
  redirect_port: z
    .int({ error: 'must be the number of a port, such as 33418' })
    .min(1, { error: 'must be at least 1' })
    .max(65_535, { error: 'must be at most 65535' })
    .optional(),
});

const clientCredentials = z
  .strictObject({
    type: z.literal('client_credentials'),
    issuer: text('https://auth.example.com'),
    client_id: text('my-client'),
    client_secret: text('${CLIENT_SECRET}').optional(),
    client_secret_file: text('~/.secrets/client').optional(),
    private_key_file: text('~/.secrets/client.pem').optional(),
    algorithm: z
      .enum(signingAlgorithms, { error: `must be one of ${signingAlgorithms.join(', ')}` })
      .optional(),
    scope: text('read write').optional(),
  })
  .refine((entry) => named(entry, ['client_secret', 'client_secret_file', 'private_key_file']) === 1, {
    error: 'must have one of "client_secret", "client_secret_file" and "private_key_file"',
  });

const tokenExchange = z
  .strictObject({
    type: z.literal('token_exchange'),
    token_url: text('https://auth.example.com/token'),
    client_id: text('my-client').optional(),
    client_secret: text('${CLIENT_SECRET}').optional(),
    client_secret_file: text('~/.secrets/client').optional(),
    audience: text('https://api.example.com').optional(),
    resource: text('https://api.example.com/mcp').optional(),
    scope: text('read write').optional(),
  })
  .refine((entry) => named(entry, ['client_secret', 'client_secret_file']) <= 1, {
    error: 'must have only one of "client_secret" and "client_secret_file"',
  });

const kinds = { bearer, oauth, client_credentials: clientCredentials, token_exchange: tokenExchange };

/** What is wrong is told of the kind that is meant, not of all of them. */
export const authSchema = z.discriminatedUnion('type', [bearer, oauth, clientCredentials, tokenExchange], {
  error: `must be an object with a "type" of ${Object.keys(kinds)
    .map((name) => `"${name}"`)
    .join(', ')}`,
});

export type AuthEntry = z.infer<typeof authSchema>;

function named(entry: Readonly<Record<string, unknown>>, keys: readonly string[]): number {
  return keys.filter((key) => entry[key] !== undefined).length;
}
