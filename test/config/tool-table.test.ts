/** Tables of tools in the configuration: a mistake must not allow more than was meant. */
import { expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { setUp } from '../support/orchestrator.ts';

const load = (orchestrator: object) => {
  const { configFile, folder } = setUp({}, orchestrator);
  return loadConfig({ file: configFile, environment: processEnvironment(), directory: folder });
};

it('are read in their order', async () => {
  const { approval, effects } = await load({
    approval: { '*': 'ask', '@read': 'allow', 'db.drop_*': 'deny' },
    effects: { 'a.b': 'read' },
  });
  expect(approval).toEqual([
    { pattern: '*', word: 'ask' },
    { pattern: '@read', word: 'allow' },
    { pattern: 'db.drop_*', word: 'deny' },
  ]);
  expect(effects).toEqual([{ pattern: 'a.b', word: 'read' }]);
});

it.each([
  [{ approval: 'ask' }, /orchestrator\.approval must be an object of patterns of tools/],
  [{ approval: { 'a.b': 'yes' } }, /must be one of "allow", "ask", "deny", but is "yes"/],
  [{ approval: { '@destroy': 'ask' } }, /is no pattern of tools.*"@destructive"/],
  [{ approval: { drop: 'deny' } }, /is no pattern of tools: it takes "server\.tool" with \* and \?/],
  [{ effects: { '@write': 'read' } }, /is no pattern of tools/],
  [{ effects: { 'a.b': 'unknown' } }, /must be one of "read", "write"/],
])('%j is refused', async (orchestrator, message) => {
  await expect(load(orchestrator)).rejects.toThrow(message);
});
