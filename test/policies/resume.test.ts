/** A policy that fails half way is gone on from, by a client and at the command line: what was done is not done again. */
import path from 'node:path';
import { expect, it } from 'vitest';
import type { RunResult } from '../../src/execution/run-result.ts';
import { command } from '../support/command.ts';
import { type Ledger, newLedger } from '../support/ledger.ts';
import { serve } from '../support/orchestrator.ts';
import { setUpPolicies, writePolicies } from './support.ts';

const policy = (mended: boolean) => `export const policy = definePolicy({
  description: 'Appends entries.',
  input: z.object({ entries: z.array(z.string()) }),
  tools: ['ledger.append'],
});
export default async ({ entries }) => {
  for (const [index, entry] of entries.entries()) {
    if (index === 2${mended ? ' && false' : ''}) throw new Error('a mistake of the policy');
    await ledger.append({ entry });
  }
  return entries.length;
};
`;
const input = { entries: ['a', 'b', 'c', 'd'] };
const done = ['append "a"', 'append "b"', 'append "c"', 'append "d"'];

function setUp(ledger: Ledger, settings: object = {}) {
  return setUpPolicies({ fills: policy(false) }, { servers: ledger.servers, settings });
}

it('by run_policy, with the input that it had', async () => {
  const ledger = newLedger();
  const setup = setUp(ledger);
  const { client, call } = await serve(setup);
  const failed = (await call('run_policy', { name: 'fills', input })) as RunResult;
  expect(failed).toMatchObject({ status: 'error', stats: { calls: 2 } });
  writePolicies(path.join(setup.folder, 'policies'), { fills: policy(true) });
  expect(await call('run_policy', { name: 'fills', resume_from: failed.run_id })).toMatchObject({
    status: 'success',
    result: 4,
    reused: { run_id: failed.run_id, calls: 2, left: 0 },
  });
  expect(ledger.lines()).toEqual(done);
  const unknown = await client.callTool({
    name: 'run_policy',
    arguments: { name: 'fills', input, resume_from: 'run_none' },
  });
  expect(unknown).toMatchObject({ isError: true, structuredContent: { error: { kind: 'run_unknown' } } });
  expect(ledger.lines()).toHaveLength(4);
});

it('by policies run --resume', async () => {
  const ledger = newLedger();
  const setup = setUp(ledger, { storage: 'file', storage_folder: 'storage' });
  const cli = (...args: string[]) =>
    command(['policies', 'run', 'fills', ...args, '--config', setup.configFile], { cwd: setup.folder });
  const failed = await cli('--input', JSON.stringify(input));
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('to go on from here');
  writePolicies(path.join(setup.folder, 'policies'), { fills: policy(true) });
  const resumed = await cli('--resume', 'last');
  expect(resumed).toMatchObject({ code: 0, stdout: '4\n' });
  expect(resumed.stderr).toContain('reused: 2 calls');
  const runs = await command(['runs', 'list', '--json', '--config', setup.configFile]);
  expect(JSON.parse(runs.stdout).map(({ title }: { title: string }) => title)).toEqual([
    'policy fills',
    'policy fills',
  ]);
  expect(ledger.lines()).toEqual(done);
});
