/** Tells a connected client that what it can list has changed. */
import type { Server } from '@modelcontextprotocol/server';
import type { Tool } from '../catalog/tool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { toolsByName } from './direct-tools.ts';
import type { McpServerOptions } from './requests.ts';

/** Many servers that answer one after the other are one change. */
const pauseMs = 50;

/**
 * For a server object that lives as long as its connection; over HTTP without sessions there is nobody to tell, but the
 * streams of `subscriptions/listen`. Ends with the connection.
 */
export function announceChanges(server: Server, options: McpServerOptions & { readonly log: Log }): void {
  if (options.config.mode === 'orchestrator') return;
  let stop = () => {};
  let isClosed = false;
  options.orchestrator().then(
    (orchestrator) => {
      if (isClosed) return;
      stop = watchTools(orchestrator.forProfile(options.access?.profile), () => {
        if (server.transport) void server.sendToolListChanged().catch(() => {});
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

/** Calls back after each change of what `tools/list` gives in the direct mode. @returns what ends it */
export function watchTools(orchestrator: OrchestratorView, onChanged: () => void): () => void {
  let before = toolsByName(orchestrator);
  let timer: NodeJS.Timeout | undefined;
  const compare = () => {
    timer = undefined;
    const now = toolsByName(orchestrator);
    const isSame = isSameList(before, now);
    before = now;
    if (!isSame) onChanged();
  };
  const end = orchestrator.catalog.onChanged(() => {
    timer ??= setTimeout(compare, pauseMs).unref();
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}

/** Definitions that did not change stay the same objects. */
function isSameList(one: ReadonlyMap<string, Tool>, other: ReadonlyMap<string, Tool>): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([name, { definition }]) => other.get(name)?.definition === definition);
}
