/** The official conformance suite against us as a client of servers: its scenarios, each with a server of its own. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../support/ends-last.ts';
import { root } from '../support/orchestrator.ts';
import { requiredScenarios, revisions, runClientScenarios } from './suite.ts';

const command = `${process.execPath} ${path.join(root, 'test/conformance/client.mjs')}`;
/**
 * Of the extensions, which no revision requires, those that we have. Not DPoP (`auth/dpop`, `auth/dpop-nonce`), nor
 * tokens of an identity provider for a workload or an enterprise (`auth/wif-jwt-bearer`,
 * `auth/enterprise-managed-authorization`).
 */
const extensions = ['auth/client-credentials-basic', 'auth/client-credentials-jwt'];

describe.each([...revisions, 'extension'] as const)('%s', (revision) => {
  const scenarios = revision === 'extension' ? extensions : requiredScenarios('client', revision);
  const onEnd = endsLast();
  let verdictOf: ReturnType<typeof runClientScenarios>;
  beforeAll(() => {
    verdictOf = runClientScenarios(command, scenarios, { revision, onEnd });
  });

  it.skipIf(revision === 'extension')('has scenarios, those of OAuth too', () => {
    expect(scenarios.filter((name) => !name.startsWith('auth/')).length).toBeGreaterThan(3);
    expect(scenarios.filter((name) => name.startsWith('auth/')).length).toBeGreaterThan(10);
  });

  it.each(scenarios)('%s', async (scenario) => {
    expect(await verdictOf(scenario)).toEqual([]);
  });
});
