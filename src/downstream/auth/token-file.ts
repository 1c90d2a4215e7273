/** What a login left, for one server: a file for the user alone, shared by all processes of ours. */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { writePrivately } from '../../storage/private-file.ts';
import { AuthError } from './auth-error.ts';

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
}

/** Whoever holds the lock for longer has died: one refresh is all that is done under it. */
const lockMsMax = 60_000;
const lockPauseMs = 25;

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
});

export class TokenFile {
  readonly path: string;
  readonly #about: { readonly server: string; readonly url: string };

  constructor(folder: string, server: string, url: string) {
    this.#about = { server, url };
    const own = createHash('sha256')
      .update(JSON.stringify([server, url]))
      .digest('hex')
      .slice(0, 16);
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
    try {
      // Written by us, in the shapes of the SDK.
      return keptSchema.parse(JSON.parse(text)) as unknown as Kept;
    } catch {
      throw this.#unusable('is damaged');
    }
  }

  /** @throws AuthError where it cannot be written */
  async write(kept: Omit<Kept, 'server' | 'url'>): Promise<void> {
    try {
      await writePrivately(this.path, JSON.stringify({ ...this.#about, ...kept }));
    } catch (error) {
      throw this.#unusable(`cannot be written: ${messageOf(error)}`, error);
    }
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
    const lock = `${this.path}.lock`;
    await this.#take(lock);
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }

  async #take(lock: string): Promise<void> {
    await mkdir(path.dirname(lock), { recursive: true, mode: 0o700 });
    for (;;) {
      try {
        await (await open(lock, 'wx', 0o600)).close();
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
          throw this.#unusable(`cannot be locked: ${messageOf(error)}`, error);
      }
      const held = await stat(lock).catch(() => undefined);
      if (held && Date.now() - held.mtimeMs > lockMsMax) await rm(lock, { force: true });
      else await sleep(lockPauseMs);
    }
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
