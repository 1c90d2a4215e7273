/** `auth` and `forward_headers` of a server: filled in, checked, with what is wrong reported at its place. */
import type { AuthEntry } from './auth-schema.ts';
import type { AuthConfig, BearerAuth, ClientProof } from './auth-types.ts';
import { resolvePath } from './paths.ts';
import type { ServerEntry } from './schema.ts';
import { expandAt, type Reading } from './server-fields.ts';

/** @param headers of the entry, filled in */
export function authFields(
  parsed: ServerEntry,
  headers: Readonly<Record<string, string>>,
  reading: Reading,
): { readonly auth?: AuthConfig } {
  const isSent = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (parsed.auth === undefined) {
    // Whoever sends a credential of their own choice means that one.
    const sendsOwn = isSent || Object.keys(headers).some((name) => /key|token|auth/i.test(name));
    const { tokenFolder, keyStore } = reading;
    return sendsOwn ? {} : { auth: { type: 'oauth', isImplied: true, tokenFolder, keyStore } };
  }
  if (isSent) {
    reading.report(
      'problem',
      ['auth'],
      'gives the header "Authorization", which "headers" gives too. Keep one of them.',
    );
  }
  return { auth: readAuth(parsed.auth, reading) };
}

function readAuth(auth: AuthEntry, reading: Reading): AuthConfig {
  const texts = filledIn(auth, reading);
  const scope = texts.scope === undefined ? {} : { scope: texts.scope };
  switch (auth.type) {
    case 'bearer':
      return { type: 'bearer', source: bearerSource(auth, texts, reading) };
    case 'oauth':
      return {
        type: 'oauth',
        ...(texts.client_id !== undefined && { clientId: texts.client_id }),
        ...(texts.client_secret !== undefined && { clientSecret: texts.client_secret }),
        ...(texts.client_metadata_url !== undefined && {
          clientMetadataUrl: address('client_metadata_url', texts.client_metadata_url, reading),
        }),
        ...scope,
        ...(auth.redirect_port !== undefined && { redirectPort: auth.redirect_port }),
        tokenFolder: reading.tokenFolder,
        keyStore: reading.keyStore,
      };
    case 'client_credentials':
      return {
        type: 'client_credentials',
        issuer: address('issuer', texts.issuer ?? '', reading),
        clientId: texts.client_id ?? '',
        proof: clientProof(auth, texts, reading),
        ...scope,
      };
    case 'token_exchange': {
      const { client_id, audience, resource } = texts;
      const hasSecret = auth.client_secret !== undefined || auth.client_secret_file !== undefined;
      if (hasSecret && client_id === undefined)
        reading.report('problem', ['auth'], 'has the secret of a client, but no "client_id". Add it.');
      return {
        type: 'token_exchange',
        tokenUrl: address('token_url', texts.token_url ?? '', reading),
        ...(client_id !== undefined && { clientId: client_id }),
        ...(hasSecret && { proof: secretProof(auth, texts, reading) }),
        ...(audience !== undefined && { audience }),
        ...(resource !== undefined && { resource }),
        ...scope,
      };
    }
  }
}

type Texts = Readonly<Record<string, string | undefined>>;

/** Every text of the entry with its variables filled in. */
function filledIn(auth: AuthEntry, reading: Reading): Texts {
  const texts = Object.entries(auth).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(texts.map(([key, text]) => [key, expandAt(['auth', key], text, reading)]));
}

function bearerSource(
  { command }: Extract<AuthEntry, { type: 'bearer' }>,
  { env, file }: Texts,
  reading: Reading,
): BearerAuth['source'] {
  const { directory, scope } = reading;
  if (command !== undefined) {
    const [program, ...args] = command.map((part, index) =>
      expandAt(['auth', 'command', index], part, reading),
    );
    return { command: [program ?? '', ...args], cwd: directory };
  }
  if (file !== undefined) return { file: resolvePath(file, directory, scope.userHome) };
  const name = env ?? '';
  const token = Object.hasOwn(scope.environment, name) ? (scope.environment[name] ?? '').trim() : '';
  if (token === '') {
    reading.report(
      'problem',
      ['auth', 'env'],
      `names the environment variable ${name}, which is not set or empty. Set it where this program is started.`,
    );
  } else if (!isToken(token)) {
    reading.report(
      'problem',
      ['auth', 'env'],
      `names the environment variable ${name}, which holds no token: a space, a line break or a sign beyond ASCII is in it.`,
    );
  }
  reading.secrets.add(token);
  return { env: name, token };
}

/** What may stand behind `Bearer`. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function clientProof(
  auth: Extract<AuthEntry, { type: 'client_credentials' }>,
  texts: Texts,
  reading: Reading,
): ClientProof {
  const { private_key_file: keyFile } = texts;
  if (keyFile === undefined) return secretProof(auth, texts, reading);
  const file = resolvePath(keyFile, reading.directory, reading.scope.userHome);
  return { keyFile: file, algorithm: auth.algorithm ?? 'RS256' };
}

function secretProof(
  { client_secret }: { readonly client_secret?: string | undefined },
  texts: Texts,
  reading: Reading,
): Exclude<ClientProof, { keyFile: string }> {
  const { client_secret: secret = '', client_secret_file: file } = texts;
  if (client_secret === undefined && file !== undefined)
    return { secretFile: resolvePath(file, reading.directory, reading.scope.userHome) };
  if (secret !== '') reading.secrets.add(secret);
  return { secret };
}

/** Credentials go there. */
function address(key: string, text: string, reading: Reading): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal)) {
    reading.report(
      'problem',
      ['auth', key],
      'must be an address that starts with https:// (http:// only on this machine): credentials go there.',
    );
  }
  return text;
}
