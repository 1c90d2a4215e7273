/** Policies that are marked `expose`, as MCP tools of their own; and every policy as a prompt and as a resource. */
import { readFile } from 'node:fs/promises';
import type { JsonObject } from '../catalog/tool.ts';
import type { Config } from '../config/types.ts';
import { renderRunResult } from '../execution/render-result.ts';
import type { OrchestratorView } from '../orchestrator.ts';
import { inputOfTexts, promptDefinition, structuredOutput, toolDefinition } from '../policies/exposure.ts';
import type { Policy } from '../policies/policy.ts';
import { listPolicyFiles } from '../policies/policy-files.ts';
import { runForClient } from './policy-tools.ts';
import { badRequest } from './protocol-error.ts';
import { failure, type OurTool, type ToolAnswer } from './tool.ts';

type OpenView = () => Promise<OrchestratorView>;

/** A file that does not even mention it exposes nothing: then tools are listed without the rest of the program. */
const mentionsExpose = /\bexpose\b/;

export async function listExposedPolicies(
  config: Config,
  own: readonly OurTool[],
  view: OpenView,
  signal: AbortSignal,
): Promise<JsonObject[]> {
  if (!(await mayExpose(config))) return [];
  const { policies, catalog } = await view();
  const exposed = (await policies.list()).filter((policy) => isExposed(policy, own));
  // What they do to the world follows from tools of servers that may not have answered yet.
  if (exposed.length > 0) await catalog.firstAnswers(config.limits.listWaitMs, undefined, signal);
  return exposed.map((policy) => toolDefinition(policy as Policy, catalog));
}

/** @returns undefined where no exposed policy has that name */
export async function findExposedPolicy(
  name: string,
  config: Config,
  own: readonly OurTool[],
  view: OpenView,
): Promise<Policy | undefined> {
  if (!(await mayExpose(config))) return undefined;
  const all = await (await view()).policies.list();
  return all.find((policy) => policy.name === name && isExposed(policy, own)) as Policy | undefined;
}

/** The result as the policy declares it; how it ran, only where it failed. */
export async function callExposedPolicy(
  policy: Policy,
  args: unknown,
  view: OpenView,
  on: Parameters<typeof runForClient>[3],
): Promise<ToolAnswer> {
  try {
    const run = await runForClient(policy.name, args, await view(), on);
    if (run.status !== 'success')
      return { content: [{ type: 'text', text: renderRunResult(run) }], isError: true };
    const text = JSON.stringify(run.result ?? null);
    const structured = structuredOutput(policy) && { structuredContent: run.result as JsonObject };
    return { content: [{ type: 'text', text }], ...structured, isError: false };
  } catch (error) {
    return failure(error);
  }
}

export async function listPolicyPrompts({ policies }: OrchestratorView): Promise<JsonObject[]> {
  return (await usable(policies)).map(promptDefinition);
}

/** What a person who picks it sends to the model. @throws OrchestratorError where there is none of that name */
export async function policyPrompt(
  name: string,
  texts: { readonly [name: string]: unknown },
  { policies }: OrchestratorView,
): Promise<JsonObject> {
  const policy = await policies.get(name);
  const { description } = policy.declaration;
  const input = inputOfTexts(policy, texts);
  const text = `Run the saved policy "${name}" (${description}) by calling run_policy with ${JSON.stringify({ name, input })}, and tell me its result. If it fails, say why; do not repeat what it may have done.`;
  return { description, messages: [{ role: 'user', content: { type: 'text', text } }] };
}

const scheme = 'policy://';
const mimeType = 'text/typescript';

export async function listPolicyResources({ policies }: OrchestratorView): Promise<JsonObject[]> {
  return (await usable(policies)).map(({ name, declaration: { description } }) => ({
    uri: scheme + name,
    name,
    description,
    mimeType,
  }));
}

export const policyResourceTemplate: JsonObject = {
  uriTemplate: `${scheme}{name}`,
  name: 'policy',
  description: 'The source of a saved policy.',
  mimeType,
};

/** @returns undefined where the address is none of ours */
export async function readPolicyResource(
  uri: string,
  { policies }: OrchestratorView,
): Promise<JsonObject | undefined> {
  if (!uri.startsWith(scheme)) return undefined;
  const { source } = await policies.get(decodeURIComponent(uri.slice(scheme.length))).catch((error) => {
    throw badRequest(error.message);
  });
  return { contents: [{ uri, mimeType, text: source }] };
}

async function usable(policies: OrchestratorView['policies']): Promise<Policy[]> {
  return (await policies.list()).filter((policy): policy is Policy => 'declaration' in policy);
}

function isExposed(policy: object, own: readonly OurTool[]): boolean {
  const { name, declaration } = policy as Partial<Policy>;
  return declaration?.expose === true && !own.some((tool) => tool.name === name);
}

async function mayExpose({ policyFolders }: Config): Promise<boolean> {
  const files = await listPolicyFiles(policyFolders);
  for (const file of files.values())
    if (mentionsExpose.test(await readFile(file, 'utf8').catch(() => ''))) return true;
  return false;
}
