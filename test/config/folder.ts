/** A temporary folder with a configuration file in it, and the ways tests load it. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadOptions, loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/types.ts';
import { OrchestratorError } from '../../src/errors.ts';

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'config-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Options = Partial<LoadOptions> & { folder?: string };

/** Writes `content` as the configuration file of a folder and loads it from there, with an empty environment. */
export async function load(content: string | Uint8Array | object, options: Options = {}): Promise<Config> {
  const { folder = temporaryFolder(), environment = { HOME: '/home/tester' }, ...rest } = options;
  const text =
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content, null, 2);
  writeFileSync(path.join(folder, 'mcp_servers_config.json'), text);
  return loadConfig({ directory: folder, environment, ...rest });
}

/** Loads what is expected to be refused. */
export async function refusal(content: string | object, options: Options = {}): Promise<OrchestratorError> {
  try {
    await load(content, options);
  } catch (error) {
    if (error instanceof OrchestratorError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
