/** One message of a client, and whom it is answered for: what all answers to requests need. */
import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { Config, ServerConfig } from '../config/types.ts';
import type { JsonObject } from '../downstream/caller.ts';
import type { Orchestrator, OrchestratorView } from '../orchestrator.ts';
import { type Access, includesScope } from './access.ts';
import type { CalledServer, ExchangeRequest } from './asked-client.ts';
import { page } from './page.ts';
import { hasPolicies } from './policy-tools.ts';
import { badRequest } from './protocol-error.ts';
import type { OurTool } from './tool.ts';

export interface McpServerOptions {
  readonly config: Config;
  /** The configuration with the servers that there are now; that of the start where absent. */
  current?(): Config;
  /** For a server object that outlives requests: calls back once it is there, and never where it cannot be. */
  whenOpened?(listener: (orchestrator: Orchestrator) => void): void;
  readonly version: string;
  /** Called at the first request that needs more than the configuration. */
  orchestrator(): Promise<Orchestrator>;
  /**
   * Called with what a request will want of servers, before it is given to the orchestrator. As long as there is none,
   * those servers are started. Never rejects.
   */
  startAhead?(choose: () => readonly ServerConfig[]): Promise<void>;
  /** Who is served; the local user where absent. Tools beyond their scope are not there, nor what their profile leaves out. */
  readonly access?: Access;
}

/** What a server object was made for. */
export interface Served extends McpServerOptions {
  readonly access: Access;
  /** Our tools that its client sees, as they are now. */
  readonly own: readonly OurTool[];
}

export interface IncomingRequest {
  readonly method: string;
  readonly params: JsonObject;
  readonly context: ServerContext;
  readonly server: Server;
}

/** A call may come without a server object of its own. */
export type IncomingCall = Omit<IncomingRequest, 'server'> & { readonly server: CalledServer };

/** @throws ProtocolError or OrchestratorError, either of which the client gets as an error */
export type Answer = (request: IncomingRequest, served: Served) => Promise<JsonObject>;

/** What the caller's profile leaves. @throws OrchestratorError `profile_unknown` */
export async function viewOf({
  orchestrator,
  access,
}: Pick<Served, 'orchestrator' | 'access'>): Promise<OrchestratorView> {
  return (await orchestrator()).forProfile(access.profile);
}

/** Whoever may not run scripts may not call single tools either. */
export function mayCall({ access }: Pick<Served, 'access'>): boolean {
  return includesScope(access.scope, 'run');
}

/** @throws ProtocolError */
export function requireCalls(served: Served): void {
  if (!mayCall(served)) throw badRequest('This token may only look at what there is (scope "read").');
}

/** True where what servers have is shown to this client as it is. */
export function seesServers(served: Pick<Served, 'access' | 'config'>): boolean {
  return served.config.mode !== 'orchestrator' && mayCall(served);
}

/** Whoever has none of our tools has no policies either. */
export function seesPolicies({ config, own }: Served): boolean {
  return own.length > 0 && hasPolicies(config);
}

/** The request, and what is needed to ask its client back. */
export function exchanged(request: IncomingCall, { access, config }: Served): ExchangeRequest {
  return { ...request, principal: access.caller.principal, askMsMax: config.limits.askMsMax };
}

/** One page of a list, as the protocol has it. @throws ProtocolError for a cursor that is none */
export function listAnswer(
  key: string,
  all: readonly JsonObject[],
  { params }: Pick<IncomingRequest, 'params'>,
  { config }: Pick<Served, 'config'>,
): JsonObject {
  const { items, nextCursor } = page(all, params.cursor, config.limits.listPageMax);
  return { [key]: items, ...(nextCursor !== undefined && { nextCursor }) };
}
