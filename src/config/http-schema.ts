/** What may stand under `orchestrator.http`: how clients reach us over HTTP, and who may. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import { z } from 'zod';

/** Which clients of the revisions before 2026-07-28 get a session. */
export const sessionModes = ['auto', 'always', 'never'] as const;

/** What a token may allow; each includes those before it. */
export const scopeNames = ['read', 'run', 'admin'] as const;

function text(example: string) {
  const error = `must be a text such as "${example}"`;
  return z.string({ error }).trim().min(1, { error });
}

function address(example: string) {
  const error = `must be an address such as "${example}"`;
  return z.string({ error }).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error });
}

const scope = z.enum(scopeNames, { error: `must be one of ${quoted(scopeNames)}` });

export const tokenSchema = z
  .object({
    name: text('ci'),
    token: text('${CI_TOKEN}'),
    file: text('/run/secrets/ci-token'),
    sha256: z
      .string({ error: 'must be a SHA-256 in 64 hexadecimal digits' })
      .regex(/^[0-9a-f]{64}$/i, { error: 'must be a SHA-256 in 64 hexadecimal digits' }),
    scopes: z.array(scope, { error: `must be a list of ${quoted(scopeNames)}` }).min(1, {
      error: `must name at least one of ${quoted(scopeNames)}`,
    }),
    profile: text('reporting'),
  })
  .partial()
  .required({ name: true });

export const oauthSchema = z
  .object({
    issuer: address('https://login.example.com/'),
    audience: text('https://mcp.example.com/mcp'),
    jwks: address('https://login.example.com/jwks.json'),
    scopes: z
      .partialRecord(scope, text('mcp:run'), { error: 'must be an object such as { "run": "mcp:run" }' })
      .default({}),
    defaultScope: scope,
    profileClaim: text('mcp_profile'),
  })
  .partial()
  .required({ issuer: true, audience: true });

export const httpSchema = z
  .object({
    host: text('127.0.0.1').describe(
      'The address to listen on; on the command line `--host`. Beyond loopback, `tokens` or `oauth` are needed. Default: `127.0.0.1`.',
    ),
    port: z
      .int({ error: 'must be a port: a whole number from 0 to 65535' })
      .min(0, { error: 'must be a port: a whole number from 0 to 65535' })
      .max(65_535, { error: 'must be a port: a whole number from 0 to 65535' })
      .describe(
        'The port to listen on; `0` takes a free one. On the command line `--port`. Default: `8080`.',
      ),
    publicUrl: address('https://mcp.example.com/mcp').describe(
      'The address by which clients reach `/mcp`, where a proxy stands before it. Default: the address listened on.',
    ),
    allowedHosts: z
      .array(text('mcp.example.com'), { error: 'must be a list of names such as ["mcp.example.com"]' })
      .describe(
        'Further names by which clients may call us (the `Host` header, without a port). Default: loopback, or those of `host` and `publicUrl`.',
      ),
    allowedOrigins: z
      .array(address('https://app.example.com'), {
        error: 'must be a list of origins such as ["https://app.example.com"]',
      })
      .describe(
        'Web pages that may call us from a browser, as origins. Default: only pages that we serve ourselves: none.',
      ),
    sessions: z
      .enum(sessionModes, { error: `must be one of ${quoted(sessionModes)}` })
      .describe(
        'Which clients of older protocol revisions get a session: in `auto` those that can be asked back (elicitation, sampling), `always`, or `never`. Default: `auto`.',
      ),
    tokens: z
      .array(tokenSchema, { error: 'must be a list such as [{ "name": "ci", "token": "${CI_TOKEN}" }]' })
      .describe('Who may call, by static tokens ([how](http.md#who-may-call)).'),
    oauth: oauthSchema.describe(
      'Who may call, by the access tokens of an OAuth server ([how](http.md#who-may-call)).',
    ),
  })
  .partial();

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
