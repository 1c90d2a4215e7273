/** Policies that come, change and go on disk, or by save_policy: clients are told that there are other tools, prompts and resources. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { connectHttp, serveHttp } from '../support/http.ts';
import { serve } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';
import { policyOf, setUpPolicies, writePolicies } from './support.ts';

const greet = policyOf('return plain.echo({ text: input.text });', ['plain.echo'], '\n  expose: true,');
const kinds = ['tools', 'prompts', 'resources'] as const;

/** How often the client was told of each. */
function listening(client: Client) {
  const told = { tools: 0, prompts: 0, resources: 0 };
  for (const kind of kinds)
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => {
      told[kind] += 1;
    });
  const isTold = (times: number, what: string) =>
    eventually(() => kinds.every((kind) => told[kind] >= times), `the client is told ${what}`);
  return { told, isTold };
}

async function names(client: Client): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name);
}

describe.each(['stdio', 'http'])('over %s', (by) => {
  it('a policy that is written, changed and removed', async () => {
    const setup = setUpPolicies(
      { other: policyOf('return 1;', []) },
      { settings: { http: { sessions: 'always' } } },
    );
    const folder = path.join(setup.folder, 'policies');
    const options = { client: { versionNegotiation: { mode: 'legacy' } } } as const;
    const { client } =
      by === 'http' ? await connectHttp((await serveHttp(setup)).url, options) : await serve(setup, options);
    expect(client.getServerCapabilities()).toMatchObject({
      prompts: { listChanged: true },
      resources: { listChanged: true },
    });
    expect(await names(client)).not.toContain('greet');
    await client.callTool({ name: 'list_policies', arguments: {} });
    await client.callTool({ name: 'refresh_tools', arguments: {} });
    const { told, isTold } = listening(client);
    writePolicies(folder, { greet });
    await isTold(1, 'of a new one');
    expect(await names(client)).toContain('greet');
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['greet', 'other']);
    writePolicies(folder, { greet: greet.replace('For a test', 'For another test') });
    const before = told.tools;
    await isTold(before + 1, 'of a change');
    const { tools } = await client.listTools();
    expect(tools.find(({ name }) => name === 'greet')?.description).toContain('another');
    rmSync(path.join(folder, 'greet.ts'));
    await isTold(told.tools + 1, 'that one is gone');
    expect(await names(client)).not.toContain('greet');
  });
});

it('the first policy of a folder that was not there: tools for policies appear', async () => {
  const setup = setUpPolicies({});
  rmSync(path.join(setup.folder, 'policies'), { recursive: true });
  const { client } = await serve(setup, { client: { versionNegotiation: { mode: 'legacy' } } });
  expect(await names(client)).not.toContain('run_policy');
  await client.callTool({ name: 'refresh_tools', arguments: {} });
  let told = 0;
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    told += 1;
  });
  writePolicies(path.join(setup.folder, 'policies'), { greet });
  await eventually(() => told > 0, 'the client is told');
  expect(await names(client)).toEqual(expect.arrayContaining(['run_policy', 'greet']));
});
