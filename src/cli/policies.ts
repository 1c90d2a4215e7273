/** `policies ...`: lists, checks and runs the saved policies. */
import { relative } from 'node:path';
import type { Config } from '../config/types.ts';
import { localCaller } from '../downstream/caller.ts';
import type { PolicyStatus } from '../policies/policy.ts';
import { describeProblem } from '../policies/policy-check.ts';
import { savePolicy } from '../policies/save.ts';
import { counted, printable } from '../text.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { jsonArgument } from './json-argument.ts';
import { recordRun } from './record.ts';
import { lastRun, printRun } from './run.ts';
import { type CommonOptions, isOutputClosed, type Session, withSession } from './session.ts';
import { readScript } from './source.ts';
import { ProgressLine, paint } from './terminal.ts';
import { terminalClient } from './terminal-client.ts';

export interface PoliciesOptions extends CommonOptions {
  readonly json?: boolean;
}

export interface RunPolicyOptions extends PoliciesOptions {
  readonly input?: string;
  readonly timeout?: number;
  readonly record?: string;
  /** The id of a run; `last` for the newest. */
  readonly resume?: string;
  readonly freshReads?: boolean;
}

export interface SavePolicyOptions extends PoliciesOptions {
  readonly name: string;
  readonly replaces?: string;
}

/** `policies list`: names, descriptions and files; no server is asked. */
export async function listPolicies(options: PoliciesOptions): Promise<void> {
  await withSession(options, async ({ orchestrator, config }) => {
    const policies = await orchestrator.policies.list();
    if (options.json) {
      const rows = policies.map(({ name, file, ...rest }) =>
        'declaration' in rest
          ? { name, file, version: rest.hash, ...rest.declaration }
          : { name, file, problem: rest.problem },
      );
      out(JSON.stringify(rows));
    } else {
      for (const policy of policies) {
        const text = 'declaration' in policy ? policy.declaration.description : policy.problem;
        const [line = ''] = text.split('\n');
        out(`${policy.name}  ${'declaration' in policy ? line : paint('red', line, process.stdout)}`);
      }
      if (policies.length === 0) sayNone(config);
    }
    return exitCodes.success;
  });
}

/** That there is nothing to list, check or test. */
export function sayNone({ policyFolders }: Pick<Config, 'policyFolders'>): void {
  console.error(`no policies in ${policyFolders.join(', ')}`);
}

/** `policies status [NAME]` and `policies check [NAME]`: which of them fit the tools as they are. */
export async function policiesStatus(
  name: string | undefined,
  options: PoliciesOptions,
  { details }: { details: boolean },
): Promise<void> {
  await withSession(options, async ({ orchestrator, config, signal }) => {
    const progress = new ProgressLine();
    progress.show('checking ...');
    const statuses = await orchestrator.policies.status(name, signal);
    progress.clear();
    if (options.json) out(JSON.stringify(statuses));
    else if (statuses.length === 0) sayNone(config);
    else for (const status of statuses) printStatus(status, details);
    return statuses.every(({ status }) => status === 'ok') ? exitCodes.success : exitCodes.failed;
  });
}

/** `policies run NAME`. */
export async function runPolicy(name: string, options: RunPolicyOptions): Promise<void> {
  const input = options.input === undefined ? undefined : await jsonArgument(options.input, '--input');
  await withSession(options, async (session) => runIn(session, name, input, options));
}

async function runIn(
  { orchestrator, signal }: Session,
  name: string,
  input: unknown,
  { json = false, timeout, record, resume, freshReads }: RunPolicyOptions,
): Promise<number> {
  const progress = new ProgressLine();
  progress.show('starting ...');
  const result = await orchestrator.policies
    .run(name, input, {
      ...{ timeout, freshReads, signal },
      resumeFrom: resume === 'last' ? await lastRun(orchestrator) : resume,
      caller: { ...localCaller, client: terminalClient(() => progress.clear()) },
      onCall: ({ server, tool }, done) => progress.show(`${counted(done, 'call')}, last: ${server}.${tool}`),
      onOutput: (lines) => {
        progress.clear();
        if (!json) process.stdout.write(printable(lines, process.stdout));
      },
    })
    .finally(() => progress.clear());
  if (record !== undefined) await recordRun(orchestrator, result.run_id, record);
  if (json) out(JSON.stringify(result));
  else if (!isOutputClosed(signal)) printRun(result, orchestrator.storage);
  return exitCodeOf(result.status);
}

/** `policies save FILE --name NAME`. */
export async function saveFile(file: string, options: SavePolicyOptions): Promise<void> {
  const source = await readScript(file);
  const { name, replaces, json } = options;
  await withSession(options, async ({ orchestrator, signal }) => {
    const saved = await savePolicy(orchestrator.policies, { name, source, replaces }, signal);
    out(json ? JSON.stringify(saved) : `${saved.status}: ${saved.file}, version ${saved.version}`);
    return exitCodes.success;
  });
}

function printStatus(
  { name, file, status, problems, warnings, calls }: PolicyStatus,
  details: boolean,
): void {
  const shown = relative(process.cwd(), file);
  const colour = status === 'ok' ? 'dim' : 'red';
  out(`${name}  ${paint(colour, status, process.stdout)}`);
  for (const problem of problems) out(`  ${describeProblem(shown, problem)}`);
  if (!details) return;
  for (const warning of warnings) out(`  note: ${describeProblem(shown, warning)}`);
  if (calls.length > 0) out(`  can call: ${calls.join(', ')}`);
}

function out(text: string): void {
  process.stdout.write(`${printable(text, process.stdout)}\n`);
}
