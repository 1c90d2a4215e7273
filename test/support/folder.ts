/** A temporary folder for one test, removed behind it. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** How to have something done at the end: behind the test that is running, or collected for an `afterAll`. */
export type OnEnd = (done: () => void | Promise<void>) => void;

export function temporaryFolder(onEnd: OnEnd = onTestFinished): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-tools-orchestrator-test-')));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
