/** Tells a connected client that what it can list has changed. */
import type { Server } from '@modelcontextprotocol/server';
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Orchestrator, OrchestratorView } from '../orchestrator.ts';
import { toolsByName } from './direct-tools.ts';
import type { McpServerOptions } from './served.ts';

/** Many servers that answer one after the other are one change. */
const pauseMs = 50;

export type ListChange = 'tools' | 'prompts' | 'resources';

/**
 * For a server object that lives as long as its connection; over HTTP without sessions there is nobody to tell, but the
 * streams of `subscriptions/listen`. Ends with the connection.
 */
export function announceChanges(server: Server, options: McpServerOptions & { readonly log: Log }): void {
  const ends: (() => void)[] = [];
  let isClosed = false;
  const send: Readonly<Record<ListChange, () => Promise<void>>> = {
    tools: () => server.sendToolListChanged(),
    prompts: () => server.sendPromptListChanged(),
    resources: () => server.sendResourceListChanged(),
  };
  const tell = (what: ListChange) => {
    if (server.transport) void send[what]().catch(() => {});
  };
  const watch = (orchestrator: Orchestrator) => {
    if (!isClosed) ends.push(watchEverything(orchestrator, options, tell));
  };
  // Our own tools are listed without the rest of the program, which is not to be opened for this.
  if (options.config.mode === 'orchestrator') options.whenOpened?.(watch);
  else
    options
      .orchestrator()
      .then(watch, (error: unknown) =>
        options.log.warn({ problem: messageOf(error) }, 'changes are not announced'),
      );
  const { onclose } = server;
  server.onclose = () => {
    isClosed = true;
    for (const end of ends) end();
    onclose?.();
  };
}

/** Calls back after each change of what a client can list: servers, their tools, prompts and resources, policies. @returns what ends it */
export function watchEverything(
  orchestrator: Orchestrator,
  { config, access }: Pick<McpServerOptions, 'config' | 'access'>,
  tell: (what: ListChange) => void,
): () => void {
  const policies = () => {
    for (const what of ['tools', 'prompts', 'resources'] as const) tell(what);
  };
  const ends = [orchestrator.onPoliciesChanged(policies)];
  if (config.mode !== 'orchestrator') ends.push(watchLists(orchestrator.forProfile(access?.profile), tell));
  else {
    // Our own tools name the servers.
    ends.push(orchestrator.servers.onChanged(() => tell('tools')));
    // Those that were registered before are known only now.
    if (orchestrator.config.servers.length !== config.servers.length) tell('tools');
  }
  return () => {
    for (const end of ends) end();
  };
}

/** Of the direct mode. */
function watchLists(view: OrchestratorView, onChanged: (what: ListChange) => void): () => void {
  const changed = new Set<ListChange>();
  let before = seen(view);
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    const now = seen(view);
    if (!isSameList(before.tools, now.tools)) changed.add('tools');
    // Which prompts and resources a server has is known once it is there.
    if (before.servers !== now.servers) changed.add('prompts').add('resources');
    before = now;
    const told = [...changed];
    changed.clear();
    for (const what of told) onChanged(what);
  };
  const soon = () => {
    timer ??= setTimeout(tell, pauseMs).unref();
  };
  const endTools = view.catalog.onChanged(soon);
  const endOffers = view.offers.onChanged((change) => {
    if (change.kind === 'updated' || !view.catalog.server(change.server)) return;
    changed.add(change.kind);
    soon();
  });
  return () => {
    clearTimeout(timer);
    endTools();
    endOffers();
  };
}

function seen(view: OrchestratorView): { tools: ReadonlyMap<string, Tool>; servers: string } {
  return {
    tools: toolsByName(view),
    servers: view.catalog
      .servers()
      .filter(isUsable)
      .map(({ name }) => name)
      .join('\n'),
  };
}

function isUsable({ status }: CatalogServer): boolean {
  return status === 'ready' || status === 'cached';
}

/** Definitions that did not change stay the same objects. */
function isSameList(one: ReadonlyMap<string, Tool>, other: ReadonlyMap<string, Tool>): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([name, { definition }]) => other.get(name)?.definition === definition);
}
