/** Why a server does not know us, in words: told in place of a bare HTTP status. */
import type { OAuthAuth } from '../../config/auth-types.ts';

export class AuthError extends Error {
  /** What to do, one sentence or two. */
  readonly hint: string;

  /** @param message what is wrong, after the server's name; names no credential */
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AuthError';
    this.hint = hint;
  }
}

/** The one that a failure is about, however the SDK wrapped it. */
export function authErrorIn(thrown: unknown): AuthError | undefined {
  let error: unknown = thrown;
  for (let depth = 0; depth < 6 && error instanceof Error; depth += 1) {
    if (error instanceof AuthError) return error;
    const data = 'data' in error && typeof error.data === 'object' ? error.data : null;
    error = error.cause ?? (data as { cause?: unknown } | null)?.cause;
  }
  return undefined;
}

/** What a person has to do for a server of type `oauth`. The command line knows of one that is only in a process by its address. */
export function loginCommand({
  name,
  url,
  auth,
}: {
  readonly name: string;
  readonly url: string;
  readonly auth: Pick<OAuthAuth, 'isRuntime'>;
}): string {
  const { search, username, password } = new URL(url);
  // What stands there may be a secret.
  const isPlain = search + username + password === '';
  const at = auth.isRuntime && isPlain ? ` --url ${quoted(url)}` : '';
  return `mcp-tools-orchestrator auth login ${quoted(name)}${at}`;
}

function quoted(word: string): string {
  return /^[\w.:/[\]%~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The end of a sentence, in a stranger's words. */
export function scopeWanted({ scope }: { readonly scope?: string }): string {
  return scope === undefined ? '' : `; it wants the scope "${scope.slice(0, 200)}"`;
}
