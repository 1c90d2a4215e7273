/** Policies as they run: what they are given, what they may call, and why they do not begin. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Orchestrator } from '../../src/orchestrator.ts';
import { endsLast } from '../support/ends-last.ts';
import { addUp, openPolicies, policyOf, writePolicies } from './support.ts';

let orchestrator: Orchestrator;
let folder: string;
const onEnd = endsLast();

beforeAll(async () => {
  const opened = await openPolicies(
    {
      'add-up': addUp,
      greet: policyOf('return plain.echo({ text: input.text });', ['plain.echo']),
      reaches: policyOf(
        'await plain.echo({ text: "first" });\n  return plain[["a", "dd"].join("")]({ a: 1, b: 2 });',
        ['plain.echo'],
      ),
      bounded: policyOf(
        'for (let n = 0; n < 5; n++) await plain.echo({ text: String(n) });',
        ['plain.echo'],
        '\n  limits: { callsMax: 3 },',
      ),
      slow: policyOf(
        'await new Promise((resolve) => setTimeout(resolve, 60_000));',
        [],
        '\n  limits: { wallSecondsMax: 0.3 },',
      ),
      thrower: policyOf('const where = 1;\n  throw new Error("as asked");', []),
      stops: policyOf('await onStop([{ tool: "plain.add", args: { a: 1, b: 2 } }]);', ['plain.add']),
      'stops-elsewhere': policyOf(
        'const tool: any = ["plain", "fail"].join(".");\n  onStop([{ tool }]);\n  await new Promise((resolve) => setTimeout(resolve, 200));',
        ['plain.echo'],
      ),
    },
    { onEnd, settings: { limits: { declareMsMax: 1_000 } } },
  );
  orchestrator = opened.orchestrator;
  folder = path.join(opened.folder, 'policies');
});

const run = (name: string, input?: unknown) => orchestrator.policies.run(name, input);

describe('input and output', () => {
  it('are held to the schemas: defaults filled in, what is not declared left out', async () => {
    const result = await run('add-up', { numbers: [1, 2, 3], label: 'sum' });
    expect(result).toMatchObject({ status: 'success', result: { sum: 6, label: 'sum' } });
    expect(Object.keys(result.result as object)).toEqual(['sum', 'label']);
    expect(result.calls).toHaveLength(3);
  });

  it.each([
    [{}, 'input.numbers is missing'],
    [{ numbers: [] }, 'input.numbers must NOT have fewer than 1 items'],
    [{ numbers: ['1'] }, 'input.numbers[0] must be number'],
    ['text', 'input must be object'],
    [null, undefined],
  ])('%j is refused before anything runs', async (input, message) => {
    await expect(run('add-up', input)).rejects.toMatchObject({
      code: 'arguments_invalid',
      hint: expect.stringContaining('numbers: number[], start?: number'),
      message: expect.stringContaining(message ?? 'input.numbers is missing'),
    });
  });

  it('rules that JSON Schema cannot say hold as well', async () => {
    const result = await run('add-up', { numbers: [1], label: 'bad' });
    expect(result).toMatchObject({
      status: 'error',
      calls: [],
      error: {
        name: 'PolicyError',
        message: 'The input does not fit the policy: input.label: must not be bad',
      },
    });
  });

  it('a result that is not what was declared is no success', async () => {
    writePolicies(folder, {
      lies: policyOf(
        'return { sum: await plain.echo({ text: "one" }) };',
        ['plain.echo'],
        '\n  output: z.object({ sum: z.number() }),',
      ),
    });
    expect(await run('lies')).toMatchObject({
      status: 'error',
      calls: [{ tool: 'echo', ok: true }],
      error: { message: expect.stringContaining('result.sum: Invalid input: expected number') },
    });
  });
});

describe('its permission', () => {
  it('is what it lists: another call is refused, and the rest stays done', async () => {
    const result = await run('reaches');
    expect(result).toMatchObject({
      status: 'error',
      error: {
        kind: 'tool_not_allowed',
        message: expect.stringContaining('The policy "reaches" may not call plain.add'),
        hint: expect.stringContaining('Add "plain.add"'),
        retry_safe: 'yes',
      },
      calls: [
        { tool: 'echo', ok: true },
        { tool: 'add', ok: false, error: 'tool_not_allowed', outcome: 'failed' },
      ],
    });
  });

  it('bounds its calls and its time', async () => {
    expect(await run('bounded')).toMatchObject({
      status: 'error',
      error: {
        kind: 'limit_exceeded',
        message: expect.stringContaining('may make 3 calls (limits.callsMax)'),
      },
    });
    expect(await run('slow')).toMatchObject({ status: 'timeout' });
  });

  it('holds for what is registered by onStop', async () => {
    expect(await run('stops')).toMatchObject({ status: 'success' });
    expect(await run('stops-elsewhere')).toMatchObject({
      error: { message: expect.stringContaining('may not call plain.fail') },
    });
  });
});

it('an error is told with the line of the file', async () => {
  expect(await run('thrower')).toMatchObject({
    status: 'error',
    error: {
      message: 'as asked',
      line: 8,
      frame: expect.stringContaining('> 8 |   throw new Error("as asked");'),
    },
  });
});

it('a file is read when it is run: what was changed counts at once', async () => {
  expect(await run('greet')).toMatchObject({ result: 'hi' });
  writePolicies(folder, { greet: policyOf('return (await plain.echo(input)) + "!";', ['plain.echo']) });
  expect(await run('greet', { text: 'you' })).toMatchObject({ result: 'you!' });
});

describe('what is broken does not begin', () => {
  it('each problem by its line', async () => {
    writePolicies(folder, {
      broken: `export const policy = definePolicy({
  description: 'Calls what it may not, and wrongly.',
  input: z.object({ text: z.string() }),
  tools: ["plain.ecko", "nowhere.x", "plain.fail"],
});
export default async ({ text, more }) => {
  const n: number = text;
  return plain.add({ a: 1, b: n }), plain__echo({ text });
};
`,
    });
    await expect(run('broken', { text: 'x' })).rejects.toMatchObject({ code: 'policy_broken' });
    const [status] = await orchestrator.policies.status('broken');
    expect(status).toMatchObject({ status: 'broken', calls: ['plain.add', 'plain.echo'] });
    expect(status?.problems.map(({ line, column, message }) => [line, column, message])).toEqual([
      [4, 11, 'policy.tools lists "plain.ecko": Server "plain" has no tool "ecko".'],
      [4, 25, 'policy.tools lists "nowhere.x": There is no server "nowhere".'],
      [6, 31, "Property 'more' does not exist on type '{ text: string; }'."],
      [7, 9, "Type 'string' is not assignable to type 'number'."],
      [8, 10, 'it calls plain.add, which policy.tools does not list.'],
      [8, 37, 'it calls plain.echo, which policy.tools does not list.'],
    ]);
    expect(status?.warnings).toEqual([
      { line: 4, column: 38, message: 'policy.tools lists "plain.fail", which it never calls.' },
    ]);
  });

  it.each([
    ['no policy', 'export default async () => 1;', 'The file exports no policy'],
    [
      'no function',
      'export const policy = definePolicy({ description: "x", input: z.object({}), tools: [] });',
      'The file exports no function',
    ],
    ['syntax', 'export const policy = definePolicy({', 'Unexpected end of the script'],
    ['a foreign import', 'import fs from "node:fs";\nexport default () => fs;', 'Cannot import "node:fs"'],
    ['a key that means nothing', policyOf('', [], ' expse: true,'), 'Unrecognized key: "expse"'],
    ['a tool without a server', policyOf('', ['echo']), 'must be "server.tool" or "server.*"'],
    [
      'an input that is no object',
      'export const policy = definePolicy({ description: "x", input: z.string() as any, tools: [] }); export default () => 1',
      'must be z.object',
    ],
    [
      'an input that is no JSON',
      'export const policy = definePolicy({ description: "x", input: z.object({ at: z.date() }), tools: [] }); export default () => 1',
      'cannot be written as JSON Schema',
    ],
    [
      'a call while it is read',
      `const all = await plain.echo({ text: "x" });\n${policyOf('', [])}`,
      'calls no tool while it is read',
    ],
    ['no end', `for (;;);\n${policyOf('', [])}`, 'takes more than 1000 ms to be read'],
  ])('%s', async (_, source, message) => {
    writePolicies(folder, { unusable: source });
    await expect(run('unusable')).rejects.toMatchObject({
      code: 'policy_invalid',
      message: expect.stringMatching(new RegExp(message.replace(/[.*()[\]]/g, '\\$&'), 'i')),
    });
  });

  it('a name that nothing has', async () => {
    await expect(run('ad-up')).rejects.toMatchObject({
      code: 'policy_unknown',
      hint: 'Did you mean add-up?',
    });
    await expect(run('../../secret')).rejects.toMatchObject({ code: 'policy_unknown' });
  });
});

it('of two folders the first counts', async () => {
  const opened = await openPolicies(
    { twice: policyOf('return "project";', []) },
    { settings: { policies: ['policies', 'mine'] } },
  );
  writePolicies(path.join(opened.folder, 'mine'), {
    twice: policyOf('return "user";', []),
    own: policyOf('return "user";', []),
  });
  writeFileSync(path.join(opened.folder, 'mine', 'notes.md'), 'no policy');
  const { policies } = opened.orchestrator;
  expect((await policies.list()).map(({ name }) => name)).toEqual(['own', 'twice']);
  expect(await policies.run('twice', {})).toMatchObject({ result: 'project' });
  expect(await policies.run('own', {})).toMatchObject({ result: 'user' });
});
