/** Resources that are ours: the sources of policies and the records of runs. */
import type { JsonObject } from '../catalog/tool.ts';
import { listPolicyResources, policyResourceTemplate, readPolicyResource } from './exposed-policies.ts';
import { isRunUri, readRun, runResources, runTemplate } from './run-resource.ts';
import { mayCall, type Served, seesPolicies, viewOf } from './served.ts';

/** Only what the caller may see. */
export async function listOwnResources(served: Served): Promise<JsonObject[]> {
  const policies = seesPolicies(served) ? await listPolicyResources(await viewOf(served)) : [];
  if (!seesRuns(served)) return policies;
  return [...policies, ...(await runResources((await viewOf(served)).runs, served.access.caller.principal))];
}

/** Only what the caller may see. */
export function listOwnTemplates(served: Served): JsonObject[] {
  return [
    ...(seesPolicies(served) ? [policyResourceTemplate] : []),
    ...(seesRuns(served) ? [runTemplate] : []),
  ];
}

/** @returns undefined where the address is none of ours */
export async function readOwnResource(uri: string, served: Served): Promise<JsonObject | undefined> {
  if (isRunUri(uri) && seesRuns(served))
    return readRun(uri, (await viewOf(served)).runs, served.access.caller.principal);
  return seesPolicies(served) ? readPolicyResource(uri, await viewOf(served)) : undefined;
}

/** What a run was told by its servers is for those who may run scripts. */
function seesRuns(served: Served): boolean {
  return served.own.length > 0 && mayCall(served);
}
