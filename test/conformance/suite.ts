/** Runs the official conformance suite, and tells which of the scenarios that count failed, with what they said. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { program } from '../support/command.ts';
import { type OnEnd, temporaryFolder } from '../support/folder.ts';
import { root } from '../support/orchestrator.ts';

export const revisions = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof revisions)[number];

export interface Verdict {
  /** Scenarios that the revision requires and that passed. */
  readonly passed: readonly string[];
  /** Those that did not: what their checks said. */
  readonly failed: Readonly<Record<string, readonly string[]>>;
}

/** @param subject what is under test: `server --url ...` or `client --command ...` */
export async function runSuite(
  subject: readonly string[],
  revision: Revision,
  { onEnd, env = {} }: { onEnd?: OnEnd; env?: Record<string, string> } = {},
): Promise<Verdict> {
  const results = temporaryFolder(onEnd);
  const suite = path.join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const said = await program(
    process.execPath,
    [suite, ...subject, '--requirements', revision, '--output-dir', results],
    { env },
  );
  const required = requiredScenarios(subject[0] === 'client' ? 'client' : 'server', revision);
  const failed: Record<string, readonly string[]> = {};
  for (const name of required) {
    const problems = problemsOf(name, results);
    if (problems.length > 0) failed[name] = problems;
  }
  if (said.stdout === '') throw new Error(`The suite said nothing: ${said.stderr}`);
  return { passed: required.filter((name) => !(name in failed)), failed };
}

/** The suite's own list of what the revision requires. */
function requiredScenarios(leg: 'server' | 'client', revision: Revision): string[] {
  const file = path.join(
    root,
    `node_modules/@modelcontextprotocol/conformance/requirements/${revision}.yaml`,
  );
  const part = new RegExp(`^${leg}:\\n((?: {2}- .*\\n|\\n)+)`, 'm').exec(readFileSync(file, 'utf8'));
  return [...(part?.[1] ?? '').matchAll(/^ {2}- (\S+)$/gm)].map(([, name = '']) => name);
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

function problemsOf(scenario: string, results: string): string[] {
  const folder = readdirSync(results, { recursive: true, encoding: 'utf8' }).find((file) => {
    const place = path.dirname(file).replace(/^server-/, '');
    return (
      path.basename(file) === 'checks.json' && place.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '') === scenario
    );
  });
  if (folder === undefined) return ['It left no results.'];
  const checks = JSON.parse(readFileSync(path.join(results, folder), 'utf8')) as Check[];
  if (checks.length === 0) return ['It checked nothing.'];
  return checks
    .filter(({ status }) => status === 'FAILURE')
    .map(({ id, errorMessage = '' }) => `${id}: ${errorMessage}`);
}
