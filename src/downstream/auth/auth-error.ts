/** Why a server does not know us, in words: told in place of a bare HTTP status. */

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

/** What a person has to do for a server of type `oauth`. */
export function loginCommand(server: string): string {
  const name = /^[\w.-]+$/.test(server) ? server : `'${server.replaceAll("'", "'\\''")}'`;
  return `mcp-tools-orchestrator auth login ${name}`;
}

/** The end of a sentence, in a stranger's words. */
export function scopeWanted({ scope }: { readonly scope?: string }): string {
  return scope === undefined ? '' : `; it wants the scope "${scope.slice(0, 200)}"`;
}
