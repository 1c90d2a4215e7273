/** The official conformance suite against us over HTTP in the direct mode, in front of a server that has all it asks for. */
import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { serveHttp } from '../support/http.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { runServerSuite } from './suite.ts';

// Every scenario that counts; there is none that a gateway could not pass.
it.each([
  ['2025-11-25', 'over stdio', fixture('conformance.mjs')],
  ['2025-11-25', 'over HTTP', undefined],
  ['2026-07-28', 'over HTTP', undefined],
] as const)('passes %s in front of a server %s', async (revision, _, entry) => {
  const behind = entry ?? { url: await startOverHttp() };
  const served = await serveHttp(setUp({ behind: { ...behind, prefix: false } }, { mode: 'direct' }));
  const { passed, failed } = await runServerSuite(served.url, revision);
  expect(failed).toEqual({});
  expect(passed.length).toBeGreaterThan(25);
});

function startOverHttp(): Promise<string> {
  const { command, args } = fixture('conformance.mjs', 'http');
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The server ended.')));
    child.stdout.once('data', (line) => resolve(JSON.parse(String(line)).url));
  });
}
