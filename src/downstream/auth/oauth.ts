/** OAuth by a login that a person made (`auth login`): its tokens used, refreshed, and missed in words. */
import type { OAuthAuth } from '../../config/auth-types.ts';
import type { HttpServerConfig } from '../../config/types.ts';
import { messageOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { AuthError, loginCommand, scopeWanted } from './auth-error.ts';
import { authorizationFetch } from './authorization-fetch.ts';
import { LiveSecrets } from './live-secrets.ts';
import type { Credentials, Refusal } from './port.ts';
import { expiryOf, type Kept, type OAuthServer, type TokenFile, tokenFileOf } from './token-file.ts';

/** A token is renewed so long before its end, or a tenth of its life where that is short. */
const marginMsMax = 30_000;

export class OAuthCredentials implements Credentials {
  readonly secrets = new LiveSecrets();
  readonly #server: OAuthServer;
  readonly #auth: OAuthAuth;
  readonly #limits: Limits;
  readonly #file: TokenFile | undefined;
  /** Null: there was no login when it was last looked for. */
  #kept: Kept | null | undefined;
  #renewing: Promise<string | undefined> | undefined;

  constructor(config: HttpServerConfig, auth: OAuthAuth, limits: Limits) {
    this.#server = { ...config, auth };
    this.#auth = auth;
    this.#limits = limits;
    this.#file = tokenFileOf(this.#server, limits);
  }

  async token(): Promise<string | undefined> {
    if (this.#kept === undefined) await this.#look();
    const kept = this.#kept;
    const token = kept?.tokens?.access_token;
    if (!kept || token === undefined || !isEnding(kept)) return token;
    return (await this.#renewed(token)) ?? token;
  }

  async renew(refusal: Refusal): Promise<string | undefined> {
    if (refusal.status === 403) {
      const other = await this.#otherThan(refusal.token);
      if (other !== undefined) return other;
      throw await this.explain(refusal);
    }
    const token = await this.#renewed(refusal.token);
    if (token !== undefined) return token;
    // A server that wants another kind of credential says so itself.
    const offersNothing = refusal.challenge.resourceMetadataUrl === undefined && !this.#kept?.tokens;
    if (this.#auth.isImplied && offersNothing) return undefined;
    throw await this.explain(refusal);
  }

  async explain({ status, token, challenge }: Refusal): Promise<AuthError> {
    const run = `Run: ${loginCommand(this.#server)}`;
    if (status === 403) {
      await this.#remember(challenge.scope);
      return new AuthError(
        `what you agreed to at the login does not suffice (HTTP 403)${scopeWanted(challenge)}`,
        `${run} (it asks for that scope).`,
      );
    }
    if (token === undefined) return new AuthError('it wants you to log in (HTTP 401)', `${run}.`);
    return new AuthError('your login there is no longer valid (HTTP 401)', `${run}.`);
  }

  async #look(): Promise<void> {
    this.#kept = (await this.#file?.read()) ?? null;
    this.secrets.add(...secretsOf(this.#kept));
  }

  async #otherThan(refused: string | undefined): Promise<string | undefined> {
    await this.#look();
    const token = this.#kept?.tokens?.access_token;
    return token === refused ? undefined : token;
  }

  /** Concurrent requests share one refresh; the lock does it for other processes. */
  #renewed(refused: string | undefined): Promise<string | undefined> {
    this.#renewing ??= this.#renew(refused).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(refused: string | undefined): Promise<string | undefined> {
    const file = this.#file;
    const other = await this.#otherThan(refused);
    if (other !== undefined || !file || !this.#kept?.tokens?.refresh_token) return other;
    return file.locked(async () => {
      const newer = await this.#otherThan(refused);
      const kept = this.#kept;
      if (newer !== undefined || !kept) return newer;
      await file.write(await refreshed(kept, this.#limits, this.#server));
      await this.#look();
      return this.#kept?.tokens?.access_token;
    });
  }

  async #remember(scope: string | undefined): Promise<void> {
    const kept = this.#kept;
    if (!kept || scope === undefined || !this.#file) return;
    const { computeScopeUnion } = await import('@modelcontextprotocol/client');
    const wantedScope = computeScopeUnion(kept.wantedScope, kept.tokens?.scope, scope);
    if (wantedScope === kept.wantedScope) return;
    await this.#file.write({ ...kept, wantedScope });
  }
}

/** @throws AuthError: the login has ended, or the authorization server cannot be asked */
async function refreshed(kept: Kept, limits: Limits, server: OAuthServer): Promise<Kept> {
  const { tokens, client, discovery, resource } = kept;
  if (!tokens?.refresh_token || !client || !discovery) return kept;
  const { OAuthError, refreshAuthorization } = await import('@modelcontextprotocol/client');
  try {
    const fresh = await refreshAuthorization(discovery.authorizationServerUrl, {
      ...(discovery.authorizationServerMetadata && { metadata: discovery.authorizationServerMetadata }),
      clientInformation: client,
      refreshToken: tokens.refresh_token,
      ...(resource !== undefined && { resource }),
      fetchFn: authorizationFetch(limits),
    });
    const { issuer } = tokens;
    // Where it says nothing of the scope, it is what it was.
    const scope = fresh.scope ?? tokens.scope;
    return {
      ...kept,
      tokens: { ...fresh, ...(scope !== undefined && { scope }), ...(issuer !== undefined && { issuer }) },
      obtainedAt: Date.now(),
    };
  } catch (error) {
    const run = `Run: ${loginCommand(server)}.`;
    const hasEnded = error instanceof OAuthError && !/server_error|temporarily_unavailable/.test(error.code);
    if (hasEnded) throw new AuthError(`your login there has ended (${error.code})`, run, error);
    throw new AuthError(
      `its login cannot be refreshed at ${new URL(discovery.authorizationServerUrl).origin}: ${messageOf(error)}`,
      `Try again once that server answers. If it stays so: ${loginCommand(server)}.`,
      error,
    );
  }
}

function isEnding(kept: Kept): boolean {
  const expiry = expiryOf(kept);
  if (expiry === undefined || !kept.tokens?.refresh_token) return false;
  const margin = Math.min(marginMsMax, (expiry - (kept.obtainedAt ?? expiry)) / 10);
  return Date.now() > expiry - margin;
}

function secretsOf(kept: Kept | null): (string | undefined)[] {
  return [kept?.tokens?.access_token, kept?.tokens?.refresh_token, kept?.client?.client_secret];
}
