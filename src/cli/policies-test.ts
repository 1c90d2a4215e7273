/** `policies test [NAME]`: plays policies against their recordings, without any server. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import type { Policies } from '../policies/policies.ts';
import type { Policy } from '../policies/policy.ts';
import { readRecording, recordingsFolder } from '../policies/recording.ts';
import { printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { type PoliciesOptions, sayNone } from './policies.ts';
import { withSession } from './session.ts';
import { paint } from './terminal.ts';

interface Outcome {
  readonly policy: string;
  /** Absent where the policy itself cannot be used, or has none. */
  readonly recording?: string;
  readonly status: 'passed' | 'failed' | 'no recordings';
  /** The first difference. */
  readonly difference?: string;
}

/** Exit code 1 where one fails; a policy without recordings does not. */
export async function testPolicies(name: string | undefined, options: PoliciesOptions): Promise<void> {
  await withSession(options, async ({ orchestrator: { policies }, config, signal }) => {
    const wanted = name === undefined ? await policies.list() : [await policies.get(name)];
    const outcomes: Outcome[] = [];
    for (const policy of wanted) {
      if (!('declaration' in policy))
        outcomes.push({ policy: policy.name, status: 'failed', difference: policy.problem });
      else outcomes.push(...(await testPolicy(policy, policies, signal)));
    }
    if (options.json) process.stdout.write(`${printable(JSON.stringify(outcomes), process.stdout)}\n`);
    else if (outcomes.length === 0) sayNone(config);
    else for (const outcome of outcomes) print(outcome);
    return outcomes.some(({ status }) => status === 'failed') ? exitCodes.failed : exitCodes.success;
  });
}

async function testPolicy(policy: Policy, policies: Policies, signal: AbortSignal): Promise<Outcome[]> {
  const folder = recordingsFolder(policy.file);
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
  const outcomes: Outcome[] = [];
  for (const file of files) {
    const one = { policy: policy.name, recording: file };
    try {
      const recording = await readRecording(path.join(folder, file));
      const difference = await policies.replay(policy, recording, signal);
      outcomes.push(
        difference === undefined ? { ...one, status: 'passed' } : { ...one, status: 'failed', difference },
      );
    } catch (error) {
      outcomes.push({ ...one, status: 'failed', difference: messageOf(error) });
    }
  }
  return outcomes.length > 0 ? outcomes : [{ policy: policy.name, status: 'no recordings' }];
}

function print({ policy, recording, status, difference }: Outcome): void {
  const { stdout } = process;
  const colour = status === 'failed' ? 'red' : 'dim';
  const what = recording === undefined ? policy : `${policy} ${recording}`;
  stdout.write(`${paint(colour, status, stdout)}  ${printable(what, stdout)}\n`);
  if (difference !== undefined) stdout.write(`  ${printable(difference, stdout)}\n`);
}
