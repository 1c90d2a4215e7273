/**
 * What a login left, for one server: a file for the user alone, shared by all processes of ours, and encrypted where the
 * system has a store for keys.
 */
import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type {
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { OAuthAuth } from '../../config/auth-types.ts';
import type { HttpServerConfig } from '../../config/types.ts';
import { messageOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { writePrivately } from '../../storage/private-file.ts';
import { AuthError, loginCommand } from './auth-error.ts';
import { holdingLock } from './held-lock.ts';
import { storedKey } from './key-store.ts';
import { isSealedWith, type Sealed, seal, sealedSchema, unseal } from './sealed.ts';

export type OAuthServer = HttpServerConfig & { readonly auth: OAuthAuth };

export interface Kept {
  readonly server: string;
  readonly url: string;
  /** As whom we are registered at the authorization server. */
  readonly client?: StoredOAuthClientInformation | undefined;
  readonly tokens?: StoredOAuthTokens | undefined;
  /** When `tokens` came, in milliseconds since 1970. */
  readonly obtainedAt?: number | undefined;
  /** Where they came from: a refresh token goes nowhere else. */
  readonly discovery?: OAuthDiscoveryState | undefined;
  /** The resource indicator that they are for. */
  readonly resource?: string | undefined;
  readonly redirectPort?: number | undefined;
  /** What the server asked for beyond what was granted: the next login asks for it. */
  readonly wantedScope?: string | undefined;
  /** Why it is kept as plain text; undefined where it is encrypted. */
  readonly plainBecause?: string | undefined;
}

/** What others say of a login: who it is at, and how it is kept, is for this file to say. */
export type Login = Omit<Kept, 'server' | 'url' | 'plainBecause'>;

const keptSchema = z.looseObject({
  server: z.string(),
  url: z.string(),
  client: z.looseObject({ client_id: z.string() }).optional(),
  tokens: z.looseObject({ access_token: z.string(), token_type: z.string() }).optional(),
  obtainedAt: z.number().optional(),
  discovery: z.looseObject({ authorizationServerUrl: z.string() }).optional(),
  resource: z.string().optional(),
  redirectPort: z.number().optional(),
  wantedScope: z.string().optional(),
  plainBecause: z.string().optional(),
});
const fileSchema = z.union([z.object({ sealed: sealedSchema }), keptSchema]);

const fromBefore = 'it was kept by a version that did not encrypt';

/** Undefined where this user has no folder for it. */
export function tokenFileOf(config: OAuthServer, limits: Limits): TokenFile | undefined {
  const { tokenFolder: folder, keyStore } = config.auth;
  const about = { server: config.name, url: config.url, login: loginCommand(config) };
  return folder === undefined ? undefined : new TokenFile({ folder, keyStore, limits, ...about });
}

interface TokenFileOptions {
  readonly folder: string;
  readonly keyStore: OAuthAuth['keyStore'];
  readonly limits: Limits;
  readonly server: string;
  readonly url: string;
  /** What logs in anew. */
  readonly login: string;
}

export class TokenFile {
  readonly path: string;
  readonly #options: TokenFileOptions;
  /** What it belongs to: a file put in another's place is not taken. */
  readonly #about: string;

  constructor(options: TokenFileOptions) {
    const { folder, server, url } = options;
    this.#options = options;
    this.#about = JSON.stringify([server, url]);
    const own = createHash('sha256').update(this.#about).digest('hex').slice(0, 16);
    const readable = server.replace(/[^\w.-]+/g, '_').slice(0, 40);
    this.path = path.join(folder, `${readable}-${own}.json`);
  }

  /** Undefined where there was no login. @throws AuthError where the file is there and cannot be used */
  async read(): Promise<Kept | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#unusable(`cannot be read: ${messageOf(error)}`, error);
    }
    const content = this.#parsed(text, fileSchema);
    // Written by us, in the shapes of the SDK.
    if (!('sealed' in content)) return { plainBecause: fromBefore, ...content } as unknown as Kept;
    return this.#parsed(await this.#opened(content.sealed as Sealed), keptSchema) as unknown as Kept;
  }

  /**
   * @returns as it is kept now
   * @throws AuthError where it cannot be written
   */
  async write(login: Login): Promise<Kept> {
    const { server, url } = this.#options;
    const closed = await this.#keyToWrite();
    const kept: Kept = { ...login, server, url, plainBecause: 'key' in closed ? undefined : closed.failure };
    const plain = JSON.stringify(kept);
    const text = 'key' in closed ? JSON.stringify({ sealed: seal(plain, closed.key, this.#about) }) : plain;
    try {
      await writePrivately(this.path, text);
    } catch (error) {
      throw this.#unusable(`cannot be written: ${messageOf(error)}`, error);
    }
    return kept;
  }

  /** @returns whether there was one */
  async remove(): Promise<boolean> {
    const there = await stat(this.path).then(
      () => true,
      () => false,
    );
    await rm(this.path, { force: true });
    return there;
  }

  /** Does the work while no other process of ours does any under this lock. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    let isLocked = false;
    const guarded = () => {
      isLocked = true;
      return work();
    };
    try {
      return await holdingLock(this.path, guarded);
    } catch (error) {
      throw isLocked ? error : this.#unusable(`cannot be locked: ${messageOf(error)}`, error);
    }
  }

  async #opened(sealed: Sealed): Promise<string> {
    const { folder, keyStore, limits } = this.#options;
    if (keyStore === 'off')
      throw this.#lost(
        'is encrypted, and orchestrator.key_store is "off"',
        'Switch it on again, or log in anew',
      );
    const found = await storedKey({ folder, mayCreate: false, msMax: limits.keyStoreMsMax });
    if ('failure' in found) {
      throw this.#lost(
        `is encrypted, and the system's key store does not give the key: ${found.failure}`,
        'Unlock the key store, or log in anew',
      );
    }
    if ('missing' in found || !isSealedWith(found.key, sealed))
      throw this.#lost("is encrypted with a key that the system's key store does not have any more");
    try {
      return unseal(sealed, found.key, this.#about);
    } catch (error) {
      throw this.#lost('was changed by somebody else, or is damaged', 'Log in anew', error);
    }
  }

  /** @throws AuthError where nothing is to be kept without one */
  async #keyToWrite(): Promise<{ readonly key: Buffer } | { readonly failure: string }> {
    const { folder, keyStore, limits } = this.#options;
    if (keyStore === 'off') return { failure: 'orchestrator.key_store is "off"' };
    const found = await storedKey({ folder, mayCreate: true, msMax: limits.keyStoreMsMax });
    if ('key' in found) return found;
    const failure = 'failure' in found ? found.failure : 'it does not keep what it is given';
    if (keyStore === 'auto') return { failure: `the system's key store does not answer: ${failure}` };
    throw new AuthError(
      `its login cannot be kept: the system's key store does not answer (${failure}), and orchestrator.key_store is "required"`,
      'Unlock or install a key store; or set orchestrator.key_store to "auto", which keeps logins in plain files for this user alone.',
    );
  }

  #parsed<Schema extends z.ZodType>(text: string, schema: Schema): z.infer<Schema> {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      throw this.#unusable('is damaged');
    }
  }

  #lost(what: string, todo = 'Log in anew', cause?: unknown): AuthError {
    const { login } = this.#options;
    return new AuthError(`the file of its login, ${this.path}, ${what}`, `${todo}: ${login}.`, cause);
  }

  #unusable(what: string, cause?: unknown): AuthError {
    return new AuthError(
      `the file of its login, ${this.path}, ${what}`,
      'See that this user may use it; or remove it and log in anew.',
      cause,
    );
  }
}

/** When the access token ends, in milliseconds since 1970; undefined where the server did not say. */
export function expiryOf({ tokens, obtainedAt }: Kept): number | undefined {
  const seconds = tokens?.expires_in;
  return seconds === undefined || obtainedAt === undefined ? undefined : obtainedAt + seconds * 1_000;
}
