/** `auth_type`, the word by which the seed gateway and its kin say how a server is to know us: read as what it means here. */
import { shown } from './report.ts';
import type { ServerEntry } from './schema.ts';
import type { Reading } from './server-fields.ts';

const kinds = {
  none: 'none',
  static: 'header',
  header: 'header',
  headers: 'header',
  basic: 'header',
  apikey: 'header',
  bearer: 'bearer',
  token: 'bearer',
  oauth: 'oauth',
  oauth2: 'oauth',
  forward: 'forward',
  forwarding: 'forward',
  tokenforwarding: 'forward',
  passthrough: 'forward',
} as const;

const callersToken =
  'Write "auth" of type "token_exchange", which does it safely (docs/auth.md); "unsafe_passthrough": true beside it passes the token on, and "forward_headers" other headers.';

/** @returns the entry with what the word means; where it means nothing, a warning says what to write */
export function withAuthType(
  parsed: ServerEntry,
  written: Readonly<Record<string, unknown>>,
  reading: Reading,
): ServerEntry {
  const { auth_type: word } = written;
  // What is said in our own words counts.
  if (word === undefined || word === null || parsed.auth) return parsed;
  const warn = (text: string) => reading.report('warning', ['auth_type'], text);
  const key = typeof word === 'string' ? word.toLowerCase().replace(/[\s_-]/g, '') : '';
  const kind = Object.hasOwn(kinds, key) ? kinds[key as keyof typeof kinds] : undefined;
  const headers = Object.keys(parsed.headers ?? parsed.auth_headers ?? {});
  switch (kind) {
    case 'none':
      return parsed;
    case 'forward': {
      if (Object.keys(parsed.forward_headers ?? {}).length > 0) return parsed;
      if (parsed.unsafe_passthrough)
        return { ...parsed, forward_headers: { authorization: 'Authorization' } };
      warn(
        `is ${shown(word)}, and has no effect: the token of a caller is never passed on just so. ${callersToken}`,
      );
      return parsed;
    }
    case 'oauth':
      if (!headers.some((name) => name.toLowerCase() === 'authorization'))
        return { ...parsed, auth: { type: 'oauth' } };
      warn(`is ${shown(word)}, but the header "Authorization" is given too, and counts. Keep one of them.`);
      return parsed;
    case 'bearer': {
      const { bearer_token_env_var: env } = written;
      if (headers.length === 0 && typeof env === 'string' && env !== '')
        return { ...parsed, auth: { type: 'bearer', env } };
      break;
    }
    case undefined:
      warn(
        `is ${shown(word)}, which means nothing here. Write "auth" (docs/auth.md); known words are none, static, api_key, bearer, basic, oauth and forward.`,
      );
      return parsed;
  }
  if (headers.length === 0 && parsed.command === undefined) {
    warn(
      `is ${shown(word)}, but nothing is given to prove it by. Write "headers": { "Authorization": "Bearer \${TOKEN}" }, or whichever header the server wants.`,
    );
  }
  return parsed;
}

/** True where the key of another program says what `auth_type` leaves open. */
export function isForAuthType(key: string, written: Readonly<Record<string, unknown>>): boolean {
  return key === 'bearer_token_env_var' && /^(?:bearer|token)$/i.test(String(written.auth_type));
}
