/** The tools around saved policies, there only where there are policies, or some may be saved: list, run, save. */
import { existsSync, readdirSync } from 'node:fs';
import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { compactSchema } from '../catalog/compact-schema.ts';
import type { Config } from '../config/types.ts';
import type { Caller } from '../downstream/caller.ts';
import { renderRunResult } from '../execution/render-result.ts';
import type { RunResult } from '../execution/run-result.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { counted } from '../text.ts';
import { reportProgress } from './progress.ts';
import { answer, defineTool, type OurTool, type ToolAnswer } from './tool.ts';

const input = z.record(z.string(), z.unknown()).optional();

export const listPolicies = defineTool({
  name: 'list_policies',
  description: 'Saved scripts with typed input',
  input: z.strictObject({}),
  annotations: { readOnlyHint: true },
  async handle(_, { policies }) {
    const all = await policies.list();
    return answer({
      policies: all.map((policy) => {
        if (!('declaration' in policy)) return { name: policy.name, problem: policy.problem };
        const { description, input: takes, output, tools } = policy.declaration;
        const problems = policies.knownProblems(policy);
        return {
          name: policy.name,
          description,
          version: policy.hash,
          input: compactSchema(takes),
          ...(output && { output: compactSchema(output) }),
          tools,
          ...(problems.length > 0 && { problems }),
        };
      }),
    });
  },
});

export const runPolicyTool = defineTool({
  name: 'run_policy',
  description: 'Run one of list_policies',
  input: z.strictObject({ name: z.string(), input, resume_from: z.string().optional() }),
  isLong: true,
  handle: ({ name, input: given, resume_from }, view, context, caller) =>
    run(name, given, view, { context, caller, resumeFrom: resume_from }),
});

/** The same, by the name that other gateways have for it. */
export const routePipeline = defineTool({
  name: 'route_pipeline',
  description: 'As run_policy',
  input: z.strictObject({ scenario: z.string(), input }),
  handle: ({ scenario, input: given }, view, context, caller) =>
    run(scenario, given, view, { context, caller }),
});

export const savePolicyTool = defineTool({
  name: 'save_policy',
  description:
    'Save a script: export const policy = definePolicy({description, input: z.object({...}), output?, tools: ["server.tool"]}); export default async (input) => {...}. `replaces`: the version that it overwrites',
  input: z.strictObject({ name: z.string(), code: z.string(), replaces: z.string().optional() }),
  scope: 'admin',
  async handle({ name, code, replaces }, { policies }, context) {
    const { savePolicy } = await import('../policies/save.ts');
    return answer(await savePolicy(policies, { name, source: code, replaces }, context.mcpReq.signal));
  },
});

/** Looked up whenever a client connects: the first policy makes the tools appear. */
export function policyTools(config: Config): OurTool[] {
  const tools = hasPolicies(config) ? [listPolicies, runPolicyTool, routePipeline] : [];
  return config.allowSave ? [...tools, savePolicyTool] : tools;
}

/** Whether there is anything that the tools could be for. */
export function hasPolicies({ policyFolders, allowSave }: Config): boolean {
  return allowSave || policyFolders.some(holdsPolicies);
}

interface RunOn {
  readonly context: ServerContext;
  readonly caller: Caller;
  /** A run that it goes on from. */
  readonly resumeFrom?: string | undefined;
}

/** Runs a policy for a client: its progress and its console lines go there. */
export async function runForClient(
  name: string,
  given: unknown,
  { policies }: OrchestratorView,
  { context, caller, resumeFrom }: RunOn,
): Promise<RunResult> {
  const report = reportProgress(context);
  return policies.run(name, given, {
    caller,
    resumeFrom,
    signal: context.mcpReq.signal,
    onOutput: (text) => void context.mcpReq.log('info', text.trimEnd(), name).catch(() => {}),
    onCall: ({ server, tool }, done) =>
      report?.({ progress: done, message: `${counted(done, 'call')}, last: ${server}.${tool}` }),
  });
}

async function run(name: string, given: unknown, view: OrchestratorView, on: RunOn): Promise<ToolAnswer> {
  const result = await runForClient(name, given, view, on);
  return { ...answer(result, renderRunResult(result)), isError: result.status !== 'success' };
}

function holdsPolicies(folder: string): boolean {
  // Looking whether there is one takes a fifth of the time of an exception.
  if (!existsSync(folder)) return false;
  try {
    return readdirSync(folder).some((name) => name.endsWith('.ts'));
  } catch {
    return false;
  }
}
