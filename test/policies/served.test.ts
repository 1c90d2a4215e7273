/** Policies as a client meets them: our tools for them, tools of their own, prompts, resources, and what is told of breaks. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { endsLast } from '../support/ends-last.ts';
import { fixture, type Served, serve } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';
import { addUp, policyOf, setUpPolicies } from './support.ts';

const exposed = policyOf(
  'return { said: await plain.echo({ text: input.text }) };',
  ['plain.echo'],
  '\n  output: z.object({ said: z.string() }),\n  expose: true,',
);

let served: Served;
const onEnd = endsLast();

beforeAll(async () => {
  const setup = setUpPolicies(
    {
      'add-up': addUp,
      greet: exposed,
      writes: policyOf('await plain.fail({});', ['plain.fail'], '\n  expose: true,'),
      nothing: 'export default 1;',
    },
    { onEnd, settings: { allow_save: true } },
  );
  served = await serve(setup, { onEnd });
});

describe('our tools', () => {
  it('are there only where there are policies, and stay small', async () => {
    const { tools } = await served.client.listTools();
    const ours = tools.filter(({ name }) => /polic|pipeline/.test(name));
    expect(ours.map(({ name, inputSchema }) => [name, Object.keys(inputSchema.properties ?? {})])).toEqual([
      ['list_policies', []],
      ['run_policy', ['name', 'input', 'resume_from']],
      ['route_pipeline', ['scenario', 'input']],
      ['save_policy', ['name', 'code', 'replaces']],
    ]);
    expect(JSON.stringify(ours).length).toBeLessThan(1_000);
    const without = await serve(setUpPolicies({}));
    const names = (await without.client.listTools()).tools.map(({ name }) => name);
    expect(names.filter((name) => /polic|pipeline/.test(name))).toEqual([]);
    expect(without.client.getServerCapabilities()).not.toHaveProperty('prompts');
  });

  it('list them, with what is wrong with one', async () => {
    const { policies } = (await served.call('list_policies')) as { policies: Record<string, unknown>[] };
    expect(policies.map(({ name }) => name)).toEqual(['add-up', 'greet', 'nothing', 'writes']);
    expect(policies[0]).toMatchObject({
      description: 'Adds numbers up, one call each.',
      input: { type: 'object', required: ['numbers'], properties: { start: { default: 0 } } },
      output: { type: 'object' },
      tools: ['plain.add'],
      version: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(policies[2]).toMatchObject({ problem: expect.stringContaining('exports no policy') });
  });

  it.each([
    ['run_policy', 'name'],
    ['route_pipeline', 'scenario'],
  ])('%s runs one', async (tool, key) => {
    const run = await served.call(tool, { [key]: 'add-up', input: { numbers: [1, 2] } });
    expect(run).toMatchObject({
      status: 'success',
      result: { sum: 3 },
      calls: [{ tool: 'add' }, { tool: 'add' }],
    });
    const refused = await served.client.callTool({
      name: tool,
      arguments: { [key]: 'add-up', input: { numbers: 'x' } },
    });
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('input.numbers must be array') }],
    });
  });
});

describe('save_policy', () => {
  const code = policyOf('return plain.echo({ text: "saved" });', ['plain.echo']);
  const newer = policyOf('return plain.echo({ text: "newer" });', ['plain.echo']);
  const save = (args: Record<string, unknown>) =>
    served.client.callTool({ name: 'save_policy', arguments: args });

  it('checks, writes, and replaces only the version that is named', async () => {
    const first = await save({ name: 'kept', code });
    expect(first.structuredContent).toMatchObject({ status: 'created', name: 'kept' });
    const { version } = first.structuredContent as { version: string };
    expect(await served.call('run_policy', { name: 'kept' })).toMatchObject({ result: 'saved' });
    expect((await save({ name: 'kept', code })).structuredContent).toMatchObject({ status: 'unchanged' });

    const silent = await save({ name: 'kept', code: newer });
    expect(silent).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining(`replaces: "${version}"`) }],
    });
    expect(await save({ name: 'kept', code: newer, replaces: '0123456789abcdef' })).toMatchObject({
      isError: true,
    });
    expect(await served.call('run_policy', { name: 'kept' })).toMatchObject({ result: 'saved' });

    expect((await save({ name: 'kept', code: newer, replaces: version })).structuredContent).toMatchObject({
      status: 'replaced',
    });
    expect(await served.call('run_policy', { name: 'kept' })).toMatchObject({ result: 'newer' });
    const old = path.join(served.folder, 'policies/.versions/kept', `${version}.ts`);
    expect(readFileSync(old, 'utf8')).toBe(code);
  });

  it.each([
    ['a name that is a path', '../escape', code, 'is no name for a policy'],
    [
      'types that do not fit',
      'mistyped',
      policyOf('return plain.echo({ text: 1 });', ['plain.echo']),
      'not assignable',
    ],
    [
      'a tool that it does not list',
      'unlisted',
      policyOf('return plain.echo({ text: "x" });', []),
      'does not list',
    ],
    ['what is no policy', 'empty', 'export default () => 1', 'exports no policy'],
  ])('refuses %s, and writes nothing', async (_, name, source, message) => {
    const refused = await save({ name, code: source });
    expect(refused).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(message) }] });
    expect(existsSync(path.join(served.folder, 'policies', `${name}.ts`))).toBe(false);
  });

  it('is not there where saving is off', async () => {
    const other = await serve(setUpPolicies({ 'add-up': addUp }));
    expect((await other.client.listTools()).tools.map(({ name }) => name)).not.toContain('save_policy');
  });
});

describe('a policy that is exposed', () => {
  it('is a tool with its schemas, and the annotations of the tools it calls', async () => {
    const { tools } = await served.client.listTools();
    expect(tools.find(({ name }) => name === 'greet')).toEqual({
      name: 'greet',
      description: 'For a test.',
      inputSchema: { type: 'object', properties: { text: { default: 'hi', type: 'string' } } },
      outputSchema: { type: 'object', properties: { said: { type: 'string' } }, required: ['said'] },
      annotations: { readOnlyHint: true },
    });
    // Nothing said: it may destroy.
    expect(tools.find(({ name }) => name === 'writes')).not.toHaveProperty('annotations');
    expect(tools.map(({ name }) => name)).not.toContain('add-up');
  });

  it('answers with its result, or says how it failed', async () => {
    expect(await served.client.callTool({ name: 'greet', arguments: { text: 'you' } })).toMatchObject({
      content: [{ type: 'text', text: '{"said":"you"}' }],
      structuredContent: { said: 'you' },
      isError: false,
    });
    expect(await served.client.callTool({ name: 'writes', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('it failed, as always') }],
    });
    expect(await served.client.callTool({ name: 'greet', arguments: { text: 1 } })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('input.text must be string') }],
    });
  });
});

it('each is a prompt with its inputs as arguments', async () => {
  const { prompts } = await served.client.listPrompts();
  expect(prompts.find(({ name }) => name === 'add-up')).toEqual({
    name: 'add-up',
    description: 'Adds numbers up, one call each.',
    arguments: [
      { name: 'numbers', description: 'What to add', required: true },
      { name: 'start', required: false },
      { name: 'label', required: false },
    ],
  });
  const { messages } = await served.client.getPrompt({
    name: 'add-up',
    arguments: { numbers: '[1,2]', label: '12' },
  });
  expect(messages).toMatchObject([
    {
      role: 'user',
      content: {
        text: expect.stringContaining(
          'run_policy with {"name":"add-up","input":{"numbers":[1,2],"label":"12"}}',
        ),
      },
    },
  ]);
  await expect(served.client.getPrompt({ name: 'ad-up' })).rejects.toThrow('Did you mean add-up?');
});

it('each is a resource: its source', async () => {
  const { resources } = await served.client.listResources();
  expect(resources.map(({ uri }) => uri)).toContain('policy://add-up');
  const { contents } = await served.client.readResource({ uri: 'policy://add-up' });
  expect(contents).toMatchObject([{ uri: 'policy://add-up', mimeType: 'text/typescript', text: addUp }]);
  expect((await served.client.listResourceTemplates()).resourceTemplates).toMatchObject([
    { uriTemplate: 'policy://{name}' },
    { uriTemplate: 'run://{run_id}' },
  ]);
  await expect(served.client.readResource({ uri: 'policy://none' })).rejects.toThrow('no policy "none"');
  await expect(served.client.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow('not found');
});

it('when a tool changes, the log and refresh_tools say which policies break, and where', async () => {
  const setup = setUpPolicies(
    {
      report: policyOf('return weather.report({ city: input.text });', ['weather.report']),
      other: policyOf('return weather.change({});', ['weather.change']),
    },
    { servers: { weather: fixture('changes-tool.mjs') }, settings: { log_level: 'warn' } },
  );
  const { call, stderr } = await serve(setup);
  expect(await call('run_policy', { name: 'report' })).toMatchObject({ result: 'report of hi' });
  expect(await call('refresh_tools')).not.toHaveProperty('broken_policies');
  expect(await call('run_policy', { name: 'other' })).toMatchObject({ result: 'changed' });
  await eventually(() => stderr().includes('the policy does not fit its tools'), 'the log says so');
  expect(stderr()).toMatch(/report\.ts:7:27: Unknown property 'city'/);
  expect(await call('refresh_tools')).toMatchObject({
    broken_policies: [{ name: 'report', problems: [expect.stringMatching(/^report\.ts:7:27: .*'city'/)] }],
  });
  const { policies } = (await call('list_policies')) as { policies: object[] };
  expect(policies).toMatchObject([
    { name: 'other' },
    { name: 'report', problems: [expect.stringContaining('7:27')] },
  ]);
  expect(await call('run_policy', { name: 'report' })).toContain(
    'does not fit the tools as they are, and was not run',
  );
});

it('a policy runs by its schedule, and leaves a record', async () => {
  const setup = setUpPolicies(
    {
      hourly: policyOf(
        'console.log(input.text); return plain.echo(input);',
        ['plain.echo'],
        '\n  schedule: { cron: "* * * * * *", input: { text: "by the clock" } },',
      ),
    },
    { settings: { log_level: 'info' } },
  );
  const { stderr } = await serve(setup);
  await eventually(() => stderr().includes('policy run by its schedule'), 'it was run', 30);
  expect(stderr()).toMatch(/"policy":"hourly","run":"run_[^"]+","status":"success"/);
});
