/** Tells OAuth clients where to get a token for us (RFC 9728). */
import type { IncomingMessage } from 'node:http';
import { scopeNames } from '../../config/http-schema.ts';
import type { HttpConfig } from '../../config/http-types.ts';
import { oauthScopeName } from './verifier.ts';

export const wellKnownPath = '/.well-known/oauth-protected-resource';

/** The resource's own address, as clients know it, and where its metadata is. */
export function protectedResource(
  config: HttpConfig,
  { headers, url = '' }: IncomingMessage,
): { resource: string; metadataUrl: string } {
  const base = new URL(config.publicUrl ?? `http://${headers.host}/mcp`);
  const path = new URL(url, base).pathname;
  const below = (path.startsWith(wellKnownPath) ? path.slice(wellKnownPath.length) : path).replace(
    /^\/mcp/,
    '',
  );
  const pathname = `${base.pathname.replace(/\/$/, '')}${below}`;
  return {
    resource: new URL(pathname, base).href,
    metadataUrl: new URL(`${wellKnownPath}${pathname}`, base).href,
  };
}

export function resourceMetadata(config: HttpConfig, request: IncomingMessage): object {
  return {
    resource: protectedResource(config, request).resource,
    authorization_servers: [config.oauth?.issuer],
    scopes_supported: scopeNames.map((scope) => oauthScopeName(config.oauth, scope)),
    bearer_methods_supported: ['header'],
    resource_name: 'MCP Tools Orchestrator',
  };
}
