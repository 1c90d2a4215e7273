/** Who sends a request: nobody in particular, the holder of a static token, or whom an OAuth server vouches for. */
import type { IncomingMessage } from 'node:http';
import type { HttpConfig } from '../../config/http-types.ts';
import type { Log } from '../../log.ts';
import { includesScope, localAccess, type Scope } from '../access.ts';
import { HttpProblem } from './answers.ts';
import { isLoopback } from './guards.ts';
import { oauthVerifier } from './oauth.ts';
import { protectedResource } from './protected-resource.ts';
import { staticTokens } from './static-tokens.ts';
import { type Identity, oauthScopeName, TokenProblem, type Verifier } from './verifier.ts';

export interface Identifier {
  /** False where everybody is let in. */
  readonly isNeeded: boolean;
  /** @throws HttpProblem 401 */
  identify(request: IncomingMessage): Promise<Identity>;
  /** @throws HttpProblem 403 where they may do less */
  require(held: Scope, needed: Scope, what: string, request: IncomingMessage): void;
}

const anybody: Identity = { principal: localAccess.caller.principal, scope: localAccess.scope };

/** @throws OrchestratorError config_invalid: a token's file cannot be read */
export async function createIdentifier(config: HttpConfig, log: Log): Promise<Identifier> {
  const verifiers: Verifier[] = [];
  if (config.tokens.length > 0) verifiers.push(await staticTokens(config.tokens, log));
  if (config.oauth !== undefined) verifiers.push(oauthVerifier(config.oauth, log));
  const isNeeded = verifiers.length > 0;
  const challenge = (request: IncomingMessage, parts: Record<string, string>) => {
    const where = config.oauth && protectedResource(config, request).metadataUrl;
    const all = { ...parts, ...(where !== undefined && { resource_metadata: where }) };
    const list = Object.entries(all).map(([key, value]) => `${key}="${value.replace(/["\\]/g, '')}"`);
    return { 'WWW-Authenticate': list.length === 0 ? 'Bearer' : `Bearer ${list.join(', ')}` };
  };
  return {
    isNeeded,
    async identify(request) {
      if (!isNeeded) return anybody;
      const token = bearerToken(request);
      if (token === undefined) {
        const isOther = request.headers.authorization !== undefined;
        const but = isOther ? ', and the header Authorization is no "Bearer TOKEN"' : '';
        throw new HttpProblem(401, `This server wants to know who calls${but}.`, {
          hint: 'Send the header Authorization: Bearer TOKEN.',
          headers: challenge(request, {}),
        });
      }
      const refuse = (why: string) => {
        const parts = { error: 'invalid_token', error_description: why };
        return new HttpProblem(401, why, {
          hint: 'Send one that is good.',
          headers: challenge(request, parts),
        });
      };
      try {
        for (const verify of verifiers) {
          const identity = await verify(token);
          if (identity) return identity;
        }
      } catch (error) {
        if (error instanceof TokenProblem) throw refuse(error.message);
        throw error;
      }
      throw refuse('The token is not known here.');
    },
    require(held, needed, what, request) {
      if (includesScope(held, needed)) return;
      const scope = config.oauth ? oauthScopeName(config.oauth, needed) : needed;
      throw new HttpProblem(403, `${what} needs the scope "${scope}", and the token has "${held}" only.`, {
        headers: challenge(request, { error: 'insufficient_scope', scope }),
      });
    },
  };
}

/** Why a server with this configuration must not listen, if so. */
export function openDoor({ host, tokens, oauth }: HttpConfig): string | undefined {
  if (isLoopback(host) || tokens.length > 0 || oauth !== undefined) return undefined;
  return `Listening on ${host} would let everybody on the network run scripts and call tools with your credentials.`;
}

/** Never from the address: addresses end up in logs. */
function bearerToken({ headers }: IncomingMessage): string | undefined {
  const match = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.authorization?.trim() ?? '');
  return match?.[1];
}
