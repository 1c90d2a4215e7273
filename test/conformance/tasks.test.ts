/** The official suite's scenarios of the tasks extension: calls of a server that knows no tasks become tasks through us. */
import { expect, it } from 'vitest';
import { serveHttp } from '../support/http.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { runServerScenario } from './suite.ts';

/** Checks that do not fit a gateway, with the reason. */
const exceptions: Readonly<Record<string, string>> = {
  'sep-2663-tasks-get-status-failed': 'what a server answers by an error is told in the result of its tool',
};

it('passes every scenario for servers whose tools may become tasks', async () => {
  const servers = { behind: { ...fixture('conformance-tasks.mjs'), prefix: false } };
  const served = await serveHttp(setUp(servers, { mode: 'direct', limits: { taskAfterMs: 100 } }));
  const failed: Record<string, readonly string[]> = {};
  for (const scenario of [
    ...[
      'tasks-lifecycle',
      'tasks-capability-negotiation',
      'tasks-wire-fields',
      'tasks-request-state-removal',
    ],
    ...['tasks-mrtr-input', 'tasks-mrtr-composition', 'tasks-request-headers', 'tasks-dispatch-and-envelope'],
  ]) {
    const problems = await runServerScenario(served.url, scenario);
    const counted = problems.filter((problem) => !(problem.replace(/:.*$/s, '') in exceptions));
    if (counted.length > 0) failed[scenario] = counted;
  }
  expect(failed).toEqual({});
});
