/** We as an OAuth resource server: access tokens are JWTs, checked by the keys of their issuer. */
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { scopeNames } from '../../config/http-schema.ts';
import type { HttpOAuth } from '../../config/http-types.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { HttpProblem } from './answers.ts';
import { type Identity, oauthScopeName, TokenProblem, type Verifier } from './verifier.ts';

/** Only with a key pair: with a shared secret, whoever can check a token can make one. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const clockToleranceSeconds = 5;
const metadataMsMax = 5_000;

export function oauthVerifier(oauth: HttpOAuth, log: Log): Verifier {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const openKeys = () => {
    keys ??= keysOf(oauth).catch((error: unknown) => {
      keys = undefined;
      throw error;
    });
    return keys;
  };
  return async (token) => {
    const { jwtVerify, errors } = await import('jose');
    const resolve = await openKeys().catch((error: unknown) => {
      throw unreachable(oauth, error, log);
    });
    try {
      const { payload } = await jwtVerify(token, resolve, {
        issuer: oauth.issuer,
        audience: oauth.audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp'],
      });
      return identityOf(payload, oauth);
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || isGeneric(error)) throw unreachable(oauth, error, log);
      if (error instanceof errors.JOSEError) throw new TokenProblem(wordFor(error));
      if (error instanceof TypeError) throw unreachable(oauth, error, log);
      throw error;
    }
  };
}

async function keysOf({ issuer, jwks }: HttpOAuth): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet } = await import('jose');
  return createRemoteJWKSet(new URL(jwks ?? (await jwksAddress(issuer))));
}

/** By RFC 8414, with OpenID's older place for the same. */
async function jwksAddress(issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const below = pathname.replace(/\/$/, '');
  const places = [
    `${origin}/.well-known/oauth-authorization-server${below}`,
    `${origin}${below}/.well-known/openid-configuration`,
  ];
  const problems: string[] = [];
  for (const place of places) {
    const answer = await fetch(place, { signal: AbortSignal.timeout(metadataMsMax) });
    if (!answer.ok) {
      problems.push(`${place} answered ${answer.status}`);
      continue;
    }
    const metadata = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (metadata.issuer !== issuer) problems.push(`${place} speaks for ${JSON.stringify(metadata.issuer)}`);
    else if (typeof metadata.jwks_uri === 'string') return metadata.jwks_uri;
    else problems.push(`${place} names no jwks_uri`);
  }
  throw new Error(problems.join('; '));
}

/** @throws TokenProblem where it says nothing of what its holder may do */
function identityOf(payload: JWTPayload, oauth: HttpOAuth): Identity {
  const subject = payload.sub ?? (typeof payload.client_id === 'string' ? payload.client_id : undefined);
  if (subject === undefined) throw new TokenProblem('The token does not say whom it is for (sub).');
  const granted = grantedScopes(payload);
  const scope =
    scopeNames.findLast((name) => granted.includes(oauthScopeName(oauth, name))) ?? oauth.defaultScope;
  if (scope === undefined) {
    const wanted = scopeNames.map((name) => `"${oauthScopeName(oauth, name)}"`).join(', ');
    throw new HttpProblem(403, `The token has none of the scopes ${wanted}.`, {
      headers: {
        'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${oauthScopeName(oauth, 'run')}"`,
      },
    });
  }
  const profile = oauth.profileClaim === undefined ? undefined : payload[oauth.profileClaim];
  return {
    principal: `oauth:${subject}`,
    scope,
    ...(typeof profile === 'string' && { profile }),
  };
}

/** `scope` is a text by RFC 9068; some servers write a list, some `scp`. */
function grantedScopes({ scope, scp }: JWTPayload): readonly unknown[] {
  const value = scope ?? scp;
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(' ') : [];
}

function wordFor(error: { code: string; message: string }): string {
  const words: Readonly<Record<string, string>> = {
    ERR_JWT_EXPIRED: 'The token has expired.',
    ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is not right.',
    ERR_JWKS_NO_MATCHING_KEY: 'The token is signed with a key that its issuer does not have.',
    ERR_JOSE_ALG_NOT_ALLOWED: 'The token is signed in a way that is not taken here.',
    ERR_JWS_INVALID: 'The token is not known here, and is no JWT.',
    ERR_JWT_INVALID: 'The token is not known here, and is no JWT.',
  };
  return words[error.code] ?? `The token is not for here: ${error.message}.`;
}

function unreachable({ issuer }: HttpOAuth, cause: unknown, log: Log): HttpProblem {
  log.error(
    { issuer, problem: messageOf(cause) },
    'the keys of the OAuth server cannot be read: nobody is let in',
  );
  return new HttpProblem(503, 'The OAuth server that vouches for callers cannot be reached.', {
    hint: 'Try again.',
    headers: { 'Retry-After': '5' },
  });
}

/** How the keys' address answering with an error is told. */
function isGeneric(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_JOSE_GENERIC';
}
