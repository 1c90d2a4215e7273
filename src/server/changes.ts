/** Tells a connected client that what it can list has changed. */
import type { Server } from '@modelcontextprotocol/server';
import type { CatalogServer, Tool } from '../catalog/tool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { OrchestratorView } from '../orchestrator.ts';
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
  if (options.config.mode === 'orchestrator') {
    // Our own tools name the servers.
    options.onServersChanged?.(() => {
      if (server.transport) void server.sendToolListChanged().catch(() => {});
    });
    return;
  }
  let stop = () => {};
  let isClosed = false;
  const tell: Readonly<Record<ListChange, () => Promise<void>>> = {
    tools: () => server.sendToolListChanged(),
    prompts: () => server.sendPromptListChanged(),
    resources: () => server.sendResourceListChanged(),
  };
  options.orchestrator().then(
    (orchestrator) => {
      if (isClosed) return;
      stop = watchLists(orchestrator.forProfile(options.access?.profile), (what) => {
        if (server.transport) void tell[what]().catch(() => {});
      });
    },
    (error: unknown) => options.log.warn({ problem: messageOf(error) }, 'changes are not announced'),
  );
  const { onclose } = server;
  server.onclose = () => {
    isClosed = true;
    stop();
    onclose?.();
  };
}

/** Calls back after each change of what can be listed in the direct mode. @returns what ends it */
export function watchLists(view: OrchestratorView, onChanged: (what: ListChange) => void): () => void {
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
