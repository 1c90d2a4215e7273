/** Who is let in to `/mcp`, how often, and what they may see and do there. */
import type { IncomingMessage } from 'node:http';
import { findProfile } from '../../config/profiles.ts';
import type { Config } from '../../config/types.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Access, Scope } from '../access.ts';
import { toolScopes } from '../own-tools.ts';
import { HttpProblem } from './answers.ts';
import { quoted } from './guards.ts';
import { createIdentifier, type Identifier } from './identity.ts';
import { RateLimit } from './rate-limit.ts';
import type { Identity } from './verifier.ts';

export class Admission {
  readonly #config: Config;
  readonly #identifier: Identifier;
  readonly #rate: RateLimit;
  readonly #toolScopes: ReadonlyMap<string, Scope>;

  private constructor(config: Config, identifier: Identifier) {
    this.#config = config;
    this.#identifier = identifier;
    this.#rate = new RateLimit(config.limits.httpRequestsPerMinuteMax);
    this.#toolScopes = toolScopes(config);
  }

  /** @throws OrchestratorError config_invalid: a token's file cannot be read; profile_unknown: nor is its profile known */
  static async open(config: Config, log: Log): Promise<Admission> {
    for (const { profile } of config.http.tokens) {
      if (profile !== undefined) findProfile(config.profiles, profile);
    }
    return new Admission(config, await createIdentifier(config.http, log));
  }

  /**
   * @param profile that the address asks for
   * @throws HttpProblem 401, 429, or for the profile 403 or 404
   */
  async admit(request: IncomingMessage, profile: string | undefined): Promise<Access> {
    const identity = await this.identify(request);
    this.#count(identity);
    return this.#accessOf(identity, request, profile);
  }

  /** @throws HttpProblem 401 */
  identify(request: IncomingMessage): Promise<Identity> {
    return this.#identifier.identify(request);
  }

  /** @throws HttpProblem 403 where a tool is called that the token does not allow */
  checkScopes(body: unknown, { scope }: Access, request: IncomingMessage): void {
    for (const message of Array.isArray(body) ? body : [body]) {
      const { method, params } = (message ?? {}) as { method?: unknown; params?: { name?: unknown } };
      if (method !== 'tools/call' || typeof params?.name !== 'string') continue;
      // What is none of ours is a server's.
      const needed = this.#toolScopes.get(params.name) ?? 'run';
      this.#identifier.require(scope, needed, `The tool ${quoted(params.name)}`, request);
    }
  }

  #count({ principal }: Identity): void {
    const seconds = this.#rate.take(principal);
    if (seconds === 0) return;
    const { httpRequestsPerMinuteMax: max } = this.#config.limits;
    throw new HttpProblem(429, `More than ${max} requests in a minute (httpRequestsPerMinuteMax).`, {
      hint: `Try again in ${seconds} s.`,
      headers: { 'Retry-After': String(seconds) },
    });
  }

  #accessOf(identity: Identity, request: IncomingMessage, asked: string | undefined): Access {
    const { principal, scope, profile: own } = identity;
    if (own !== undefined && asked !== undefined && own !== asked) {
      throw new HttpProblem(403, `This token is for the profile ${quoted(own)}, not for ${quoted(asked)}.`, {
        hint: 'Send it to /mcp, or use a token for the other profile.',
      });
    }
    const profile = asked ?? own;
    try {
      if (profile !== undefined) findProfile(this.#config.profiles, profile);
    } catch (error) {
      throw new HttpProblem(own === undefined ? 404 : 403, messageOf(error), {
        hint: 'MCP is served at /mcp, and at /mcp/p/PROFILE.',
      });
    }
    return { caller: { principal, headers: headersOf(request) }, scope, profile };
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
