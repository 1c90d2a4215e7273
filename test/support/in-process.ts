/** An orchestrator in the test's own process, over fixture servers: for what is seen from within. */

import path from 'node:path';
import { onTestFinished } from 'vitest';
import { processEnvironment, serverEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/log.ts';
import { Orchestrator } from '../../src/orchestrator.ts';
import type { OnEnd } from './folder.ts';
import { type Servers, setUp } from './orchestrator.ts';

export async function openOrchestrator(
  servers: Servers,
  settings: object = {},
  onEnd: OnEnd = onTestFinished,
): Promise<Orchestrator> {
  const { configFile } = setUp(servers, { check: 'off', generated: false, ...settings }, onEnd);
  return openConfig(configFile, onEnd);
}

/** Once more over the same folder, as after a restart. */
export async function openConfig(configFile: string, onEnd: OnEnd = onTestFinished): Promise<Orchestrator> {
  const config = await loadConfig({
    file: configFile,
    environment: processEnvironment(),
    directory: path.dirname(configFile),
  });
  const orchestrator = await Orchestrator.open({
    config,
    log: silentLog,
    serverEnvironment: serverEnvironment(),
  });
  onEnd(() => orchestrator.close());
  return orchestrator;
}
