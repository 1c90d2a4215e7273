/** How we prove to a server who we are, as the rest of the program sees it: filled in and checked. */
import type { keyStoreModes } from './gateway-schema.ts';

/** A token from where it is kept, read anew when the server refuses it. */
export interface BearerAuth {
  readonly type: 'bearer';
  readonly source:
    | { readonly env: string; readonly token: string }
    | { readonly file: string }
    /** A program and its arguments, which prints the token. */
    | { readonly command: readonly [string, ...string[]]; readonly cwd: string };
}

/** OAuth 2.1 with a person who agrees once, by `auth login`. */
export interface OAuthAuth {
  readonly type: 'oauth';
  /** True where the entry does not say so: nothing is asked of the server that it does not ask for itself. */
  readonly isImplied?: true;
  /** True where the server was registered at runtime: no file names it. */
  readonly isRuntime?: true;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The address of our client-ID metadata document, where somebody serves one. */
  readonly clientMetadataUrl?: string;
  readonly scope?: string;
  /** Of the loopback address that the browser comes back to; any free one where absent. */
  readonly redirectPort?: number;
  /** Absolute; undefined where the user has no folder of their own. */
  readonly tokenFolder: string | undefined;
  readonly keyStore: KeyStoreMode;
}

/** Whether what a login leaves is encrypted with a key of the system's key store: where there is one, never, or else not kept. */
export type KeyStoreMode = (typeof keyStoreModes)[number];

/** How a client proves to an authorization server that it is that client. */
export type ClientProof =
  | { readonly secret: string }
  | { readonly secretFile: string }
  /** `private_key_jwt`: PEM (PKCS #8) or a JWK. */
  | { readonly keyFile: string; readonly algorithm: string };

/** OAuth 2.1 without a person: we as ourselves. */
export interface ClientCredentialsAuth {
  readonly type: 'client_credentials';
  /** The one authorization server that the proof is sent to. */
  readonly issuer: string;
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly scope?: string;
}

/** RFC 8693: the token of whoever calls us, exchanged for one that is meant for the server. */
export interface TokenExchangeAuth {
  readonly type: 'token_exchange';
  readonly tokenUrl: string;
  readonly clientId?: string;
  readonly proof?: Exclude<ClientProof, { keyFile: string }>;
  readonly audience?: string;
  readonly resource?: string;
  readonly scope?: string;
}

export type AuthConfig = BearerAuth | OAuthAuth | ClientCredentialsAuth | TokenExchangeAuth;
