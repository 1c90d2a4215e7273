/** Runs the official conformance suite, and tells which of the scenarios that count failed, with what they said. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { program } from '../support/command.ts';
import { type OnEnd, temporaryFolder } from '../support/folder.ts';
import { root } from '../support/orchestrator.ts';

export const revisions = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof revisions)[number];

const suite = path.join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

/** Most of a scenario's time is waiting. */
const scenariosAtOnce = 4;

export interface Verdict {
  /** Scenarios that the revision requires and that passed. */
  readonly passed: readonly string[];
  /** Those that did not: what their checks said. */
  readonly failed: Record<string, readonly string[]>;
}

/** All that the revision requires of a server. */
export async function runServerSuite(url: string, revision: Revision): Promise<Verdict> {
  const results = temporaryFolder();
  const subject = ['server', '--url', url, '--requirements', revision];
  const said = await program(process.execPath, [suite, ...subject, '--output-dir', results]);
  const required = requiredScenarios('server', revision);
  const failed: Record<string, readonly string[]> = {};
  for (const name of required) {
    const problems = problemsOf(name, results);
    if (problems.length > 0) failed[name] = problems;
  }
  if (said.stdout === '') throw new Error(`The suite said nothing: ${said.stderr}`);
  return { passed: required.filter((name) => !(name in failed)), failed };
}

/** Runs one scenario against a server. @returns what its checks said that failed */
export async function runServerScenario(url: string, scenario: string): Promise<readonly string[]> {
  const results = temporaryFolder();
  const subject = ['server', '--url', url, '--scenario', scenario];
  await program(process.execPath, [suite, ...subject, '--output-dir', results]);
  return problemsOf(scenario, results);
}

/** Runs scenarios against a client, a few at once. @returns for each what its checks said that failed */
export function runClientScenarios(
  command: string,
  scenarios: readonly string[],
  { revision, onEnd }: { revision: Revision | 'extension'; onEnd: OnEnd },
): (scenario: string) => Promise<readonly string[]> {
  const waiting = scenarios.map((scenario) => ({
    scenario,
    verdict: Promise.withResolvers<readonly string[]>(),
  }));
  const verdicts = new Map(waiting.map(({ scenario, verdict }) => [scenario, verdict.promise]));
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { scenario, verdict } = next;
      verdict.promise.catch(() => {});
      await runClientScenario(command, scenario, { revision, onEnd }).then(verdict.resolve, verdict.reject);
    }
  };
  for (let worker = 0; worker < scenariosAtOnce; worker += 1) void work();
  return async (scenario) => (await verdicts.get(scenario)) ?? ['It was not run.'];
}

async function runClientScenario(
  command: string,
  scenario: string,
  { revision, onEnd }: { revision: Revision | 'extension'; onEnd: OnEnd },
): Promise<readonly string[]> {
  const results = temporaryFolder(onEnd);
  const version = revision === 'extension' ? [] : ['--spec-version', revision];
  const subject = ['client', '--command', command, '--scenario', scenario, ...version];
  const said = await program(process.execPath, [suite, ...subject, '--output-dir', results]);
  const problems = problemsOf(scenario, results);
  // A client that ends with an error has not passed, whatever the checks say.
  return problems.length === 0 && said.code !== 0 ? [said.stderr.slice(-2_000)] : problems;
}

/** The suite's own list of what the revision requires. */
export function requiredScenarios(leg: 'server' | 'client', revision: Revision): string[] {
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
