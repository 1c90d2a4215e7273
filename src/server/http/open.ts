/** Puts the HTTP front together with the orchestrator, which is opened behind it. */

import type { Log } from '../../log.ts';
import type { Orchestrator } from '../../orchestrator.ts';
import { watchEverything } from '../changes.ts';
import type { McpServerOptions } from '../mcp-server.ts';
import { type HttpFront, serveOverHttp } from './front.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { readinessOf } from './readiness.ts';

export interface OpenHttpOptions extends Omit<McpServerOptions, 'access'> {
  readonly log: Log;
}

/** @throws OrchestratorError as `serveOverHttp` */
export async function openHttp(options: OpenHttpOptions): Promise<HttpFront> {
  let ready: Orchestrator | undefined;
  let metrics: Promise<Metrics> | undefined;
  const front = await serveOverHttp({
    ...options,
    readiness: () => readinessOf(ready),
    metrics: () => openMetrics(),
  });
  const openMetrics = () => {
    metrics ??= options
      .orchestrator()
      .then((orchestrator) => createMetrics(orchestrator, () => front.connections()));
    return metrics;
  };
  // It counts from the start, whoever reads it when. What cannot be opened is told by whoever opens it.
  options.orchestrator().then(
    (orchestrator) => {
      ready = orchestrator;
      watchEverything(orchestrator, options, (what) => front.listChanged(what));
      return openMetrics();
    },
    () => {},
  );
  return front;
}
