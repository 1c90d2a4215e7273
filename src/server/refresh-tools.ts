/** `refresh_tools`: asks every server anew and says what changed. */
import { basename } from 'node:path';
import * as z from 'zod';
import type { PolicyStatus } from '../policies/policy.ts';
import { describeProblem } from '../policies/policy-check.ts';
import { answer, defineTool } from './tool.ts';

const rowsShownMax = 200;

export const refreshTools = defineTool({
  name: 'refresh_tools',
  title: 'Refresh tools',
  description: 'Ask all servers anew; what changed',
  input: z.strictObject({}),
  annotations: { readOnlyHint: true },
  // It keeps servers busy.
  scope: 'run',
  async handle(_, { catalog, policies }, context) {
    const { signal } = context.mcpReq;
    const report = await catalog.refreshAll(signal);
    const broken = brokenPolicies(await policies.status(undefined, signal));
    return answer(shortened({ ...report, ...(broken.length > 0 && { broken_policies: broken }) }));
  },
});

/** Every one that does not fit the tools as they are now, and where. */
function brokenPolicies(statuses: readonly PolicyStatus[]): object[] {
  return statuses.flatMap(({ name, file, status, problems }) =>
    status === 'ok'
      ? []
      : [{ name, problems: problems.map((problem) => describeProblem(basename(file), problem)) }],
  );
}

/** A list that is cut has its length beside it, as `added_total`. */
function shortened(report: object): object {
  const entries = Object.entries(report).flatMap(([key, value]) =>
    Array.isArray(value) && value.length > rowsShownMax
      ? [
          [key, value.slice(0, rowsShownMax)],
          [`${key}_total`, value.length],
        ]
      : [[key, value]],
  );
  return Object.fromEntries(entries);
}
