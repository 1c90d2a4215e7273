/** The switch for learned result types: of all servers, of one, and by the environment. */
import { expect, test } from 'vitest';
import { load, refusal } from './folder.ts';

const entry = { command: 'x' };

test.each<[string, unknown, unknown, string | undefined, boolean]>([
  ['nothing said', undefined, undefined, undefined, true],
  ['off for all', false, undefined, undefined, false],
  ['off for all but this one', false, true, undefined, true],
  ['off for this one', undefined, false, undefined, false],
  ['on by the variable', false, undefined, 'on', true],
  ['off by the variable', true, undefined, 'FALSE', false],
  ['off by the variable but for this one', true, true, '0', true],
  ['a variable that is empty', false, undefined, '', false],
])('%s', async (_, all, own, variable, expected) => {
  const { servers } = await load(
    {
      mcpServers: { a: { ...entry, ...(own !== undefined && { learnTypes: own }) } },
      orchestrator: { ...(all !== undefined && { learnTypes: all }) },
    },
    { environment: { ...(variable !== undefined && { MCP_ORCHESTRATOR_LEARN_TYPES: variable }) } },
  );
  expect(servers[0]?.learnTypes).toBe(expected ? undefined : false);
});

test('what is neither on nor off is refused, with its place', async () => {
  const inFile = await refusal({ mcpServers: {}, orchestrator: { learnTypes: 'no' } });
  expect(inFile.message).toContain(
    'orchestrator.learnTypes must be true or false, without quotes, but is "no"',
  );
  const environment = { MCP_ORCHESTRATOR_LEARN_TYPES: 'perhaps' };
  const inVariable = await refusal({ mcpServers: {} }, { environment });
  expect(inVariable.message).toContain('MCP_ORCHESTRATOR_LEARN_TYPES must be true or false');
  const { unusableServers } = await load({ mcpServers: { a: { ...entry, learnTypes: 'yes' } } });
  expect(unusableServers[0]?.reason).toContain(
    'learnTypes must be true or false, without quotes, but is "yes"',
  );
});
