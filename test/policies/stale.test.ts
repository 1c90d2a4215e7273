/** A policy is held against its tools as they are, not as the cache of an earlier process has them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { openConfig } from '../support/in-process.ts';
import { fixture } from '../support/orchestrator.ts';
import { policyOf, setUpPolicies } from './support.ts';

it('a tool that changed and a server that is gone are found before anything runs', async () => {
  const tools = path.join(temporaryFolder(), 'tools.json');
  const define = (argument: string) => {
    const inputSchema = {
      type: 'object',
      properties: { [argument]: { type: 'string' } },
      required: [argument],
      additionalProperties: false,
    };
    writeFileSync(tools, JSON.stringify([{ name: 'greet', inputSchema }]));
  };
  define('name');
  const { configFile } = setUpPolicies(
    { hello: policyOf('return drifting.greet({ name: input.text });', ['drifting.greet']) },
    { servers: { drifting: fixture('drifting.mjs', tools) } },
  );
  const begin = async () => {
    const orchestrator = await openConfig(configFile);
    // From the cache, where there is one.
    await orchestrator.catalog.ensure('drifting');
    return orchestrator;
  };
  const first = await begin();
  expect(await first.policies.run('hello', {})).toMatchObject({ result: 'greet answered' });
  await first.close();

  define('who');
  const second = await begin();
  expect(second.catalog.server('drifting')?.status).toBe('cached');
  await expect(second.policies.run('hello', {})).rejects.toMatchObject({
    code: 'policy_broken',
    message: expect.stringMatching(/hello\.ts:7:\d+: .*'name'/),
  });
  await second.close();

  define('name');
  const third = await begin();
  expect(await third.policies.status('hello')).toMatchObject([{ status: 'ok' }]);
  await third.close();
  // It is known from the cache, and does not start any more.
  writeFileSync(tools, 'not JSON');
  const fourth = await begin();
  expect(fourth.catalog.server('drifting')?.status).toBe('cached');
  await expect(fourth.policies.run('hello', {})).rejects.toMatchObject({
    code: 'policy_broken',
    message: expect.stringMatching(/hello\.ts:4:\d+: policy\.tools lists "drifting\.greet": [^]*drifting/),
  });
  define('name');
  // It is not started again at once: what ends at its start would be started without end.
  const again = async () => (await fourth.policies.run('hello', {}).catch(() => undefined))?.result;
  await expect.poll(again, { timeout: 15_000 }).toBe('greet answered');
});
