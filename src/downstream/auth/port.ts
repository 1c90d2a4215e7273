/** What proves to a server who we are, for those who send requests to it. */
import type { Caller } from '../caller.ts';
import type { AuthError } from './auth-error.ts';
import type { LiveSecrets } from './live-secrets.ts';

/** A server did not take what it was sent. */
export interface Refusal {
  readonly status: 401 | 403;
  /** What was sent; undefined for nothing. */
  readonly token: string | undefined;
  /** Of `WWW-Authenticate`; a stranger's words. */
  readonly challenge: {
    readonly resourceMetadataUrl?: URL;
    readonly scope?: string;
  };
}

export interface Credentials {
  /** All that must be hidden in texts. */
  readonly secrets: LiveSecrets;
  /**
   * What the next request is to carry; undefined for nothing.
   *
   * @param caller on whose behalf it is sent; undefined where nobody called
   * @throws AuthError where nothing can be had: then nothing is sent
   */
  token(caller: Caller | undefined): Promise<string | undefined>;
  /**
   * Another token, to send the request once more; undefined where there is none and the server's own answer says it best.
   *
   * @throws AuthError with what to do
   */
  renew(refusal: Refusal, caller: Caller | undefined): Promise<string | undefined>;
  /** What to tell where the other token is refused too. */
  explain(refusal: Refusal): AuthError | Promise<AuthError>;
}
