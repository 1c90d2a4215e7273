/** How clients reach us over HTTP, as the rest of the program sees it. */
import type { scopeNames, sessionModes } from './http-schema.ts';

export type ScopeName = (typeof scopeNames)[number];

/** A static token that clients may show. Exactly one of `token`, `sha256` and `file` is there. */
export interface HttpToken {
  /** Names whoever holds it, in the log and towards servers. */
  readonly name: string;
  readonly token?: string;
  /** Lower-case hexadecimal. */
  readonly sha256?: string;
  /** Absolute path of the file that holds it. */
  readonly file?: string;
  readonly scopes: readonly ScopeName[];
  readonly profile?: string;
}

/** The OAuth server whose access tokens are taken. */
export interface HttpOAuth {
  readonly issuer: string;
  /** What a token must have been issued for. */
  readonly audience: string;
  /** Where its keys are; found by the issuer's metadata where absent. */
  readonly jwks?: string | undefined;
  /** What our scopes are called there; `mcp:read`, `mcp:run`, `mcp:admin` where absent. */
  readonly scopes?: { readonly [name in ScopeName]?: string | undefined } | undefined;
  /** Of a token that has none of them; refused where absent. */
  readonly defaultScope?: ScopeName | undefined;
  /** The claim that holds a profile's name. */
  readonly profileClaim?: string | undefined;
}

/** How clients reach us over HTTP, and who may. */
export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** The address by which clients reach `/mcp`, where it is another than the one listened on. */
  readonly publicUrl?: string;
  /** Beyond those that follow from `host` and `publicUrl`. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly sessions: (typeof sessionModes)[number];
  readonly tokens: readonly HttpToken[];
  readonly oauth?: HttpOAuth;
}
