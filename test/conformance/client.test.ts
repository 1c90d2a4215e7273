/** The official conformance suite against us as a client of servers: its scenarios, each with a server of its own. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/orchestrator.ts';
import { requiredScenarios, revisions, runClientScenario } from './suite.ts';

const command = `${process.execPath} ${path.join(root, 'test/conformance/client.mjs')}`;

// Those of OAuth are still to come, with it.
describe.each(revisions)('%s', (revision) => {
  const scenarios = requiredScenarios('client', revision).filter((name) => !name.startsWith('auth/'));

  it('has scenarios', () => {
    expect(scenarios.length).toBeGreaterThan(3);
  });

  it.each(scenarios)('%s', async (scenario) => {
    expect(await runClientScenario(command, scenario, revision)).toEqual([]);
  });
});
