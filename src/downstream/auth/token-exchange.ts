/**
 * RFC 8693: whoever calls us is known to the server as themselves. Their token goes to the token endpoint that the
 * configuration names, as `subject_token`, and nowhere else; the server gets what comes back.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TokenExchangeAuth } from '../../config/auth-types.ts';
import type { Limits } from '../../limits.ts';
import type { Caller } from '../caller.ts';
import { messageWithCauses } from '../connect-problem.ts';
import { AuthError, scopeWanted } from './auth-error.ts';
import { authorizationFetch } from './authorization-fetch.ts';
import { readSecret } from './client-proof.ts';
import { LiveSecrets } from './live-secrets.ts';
import { type Issued, OwnToken } from './own-token.ts';
import type { Credentials, Refusal } from './port.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
/** Tokens of so many callers are kept; that of the one who came first goes. */
const callersMax = 1_000;

const answerSchema = z.looseObject({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});
const errorSchema = z.looseObject({ error: z.string(), error_description: z.string().optional() });

export class TokenExchange implements Credentials {
  readonly secrets = new LiveSecrets();
  readonly #auth: TokenExchangeAuth;
  readonly #limits: Limits;
  /** By the digest of the caller's token: another token may be worth less. */
  readonly #tokens = new Map<string, OwnToken>();
  readonly #own = new OwnToken(() => this.#issue({ grant_type: 'client_credentials' }));

  constructor(auth: TokenExchangeAuth, limits: Limits) {
    this.#auth = auth;
    this.#limits = limits;
  }

  async token(caller: Caller | undefined): Promise<string | undefined> {
    return this.#holder(caller)?.get();
  }

  async renew(refusal: Refusal, caller: Caller | undefined): Promise<string | undefined> {
    if (refusal.status === 403) throw this.explain(refusal);
    const holder = this.#holder(caller);
    if (!holder) {
      throw new AuthError(
        'it wants a token (HTTP 401), and nobody has called whose token could be exchanged',
        'Give "auth" a "client_id" with its secret: its tools are then listed with a token of our own.',
      );
    }
    return holder.getAfter(refusal.token);
  }

  explain({ status, challenge }: Refusal): AuthError {
    const what = status === 403 ? 'does not permit this' : 'is refused';
    return new AuthError(
      `the token that ${this.#origin()} gave for the caller ${what} (HTTP ${status})${scopeWanted(challenge)}`,
      'Check "audience", "resource" and "scope" of "auth", and what the caller may do.',
    );
  }

  /** Where nobody called, tools are listed: with a token of our own, where we are a client that may have one. */
  #holder(caller: Caller | undefined): OwnToken | undefined {
    if (!caller) return this.#auth.proof && this.#own;
    const subject = subjectOf(caller);
    const key = createHash('sha256').update(subject).digest('base64');
    const found = this.#tokens.get(key);
    if (found) return found;
    const holder = new OwnToken(() =>
      this.#issue({
        grant_type: grantType,
        subject_token: subject,
        subject_token_type: accessTokenType,
        requested_token_type: accessTokenType,
      }),
    );
    const [first] = this.#tokens.keys();
    if (this.#tokens.size >= callersMax && first !== undefined) this.#tokens.delete(first);
    this.#tokens.set(key, holder);
    return holder;
  }

  async #issue(grant: Readonly<Record<string, string>>): Promise<Issued> {
    const { tokenUrl, clientId, proof, audience, resource, scope } = this.#auth;
    const body = new URLSearchParams({ ...grant });
    for (const [name, value] of Object.entries({ audience, resource, scope }))
      if (value !== undefined) body.set(name, value);
    const headers = new Headers({ Accept: 'application/json' });
    if (clientId !== undefined && proof) {
      const pair = [clientId, await readSecret(proof, this.secrets)].map(encodeURIComponent).join(':');
      headers.set('Authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
    } else if (clientId !== undefined) body.set('client_id', clientId);
    let text: string;
    try {
      const response = await authorizationFetch(this.#limits)(tokenUrl, { method: 'POST', headers, body });
      text = await response.text();
      if (!response.ok) throw new Error(`HTTP ${response.status}${refusalIn(text)}`);
    } catch (error) {
      throw this.#failed(messageWithCauses(error), error);
    }
    const answer = answerSchema.safeParse(parsed(text));
    if (!answer.success) throw this.#failed('its answer holds no token');
    this.secrets.add(answer.data.access_token);
    return { token: answer.data.access_token, lifeSeconds: answer.data.expires_in };
  }

  #failed(what: string, cause?: unknown): AuthError {
    return new AuthError(
      `the token endpoint at ${this.#origin()} does not exchange the caller's token: ${what}`,
      'Check "token_url", the client and the "audience" of "auth".',
      cause,
    );
  }

  #origin(): string {
    return new URL(this.#auth.tokenUrl).origin;
  }
}

/** @throws AuthError where the caller has no token of an authorization server: our own static ones mean nothing there */
function subjectOf({ principal, headers }: Caller): string {
  const token = /^Bearer +(\S+)$/i.exec(headers?.authorization?.trim() ?? '')?.[1];
  if (principal.startsWith('oauth:') && token !== undefined) return token;
  throw new AuthError(
    'it is called with the token of whoever calls us, and this caller has none',
    'Call us over HTTP with a token of the authorization server in orchestrator.http.oauth.',
  );
}

function refusalIn(text: string): string {
  const { data } = errorSchema.safeParse(parsed(text));
  if (!data) return '';
  return `: ${data.error}${data.error_description === undefined ? '' : ` (${data.error_description})`}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
