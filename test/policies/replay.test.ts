/** Runs written down, and played again without any server: what passes, and the first difference of what does not. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Recording } from '../../src/policies/recording.ts';
import { command } from '../support/command.ts';
import { endsLast } from '../support/ends-last.ts';
import { type Setup, setUp } from '../support/orchestrator.ts';
import { addUp, policyOf, setUpPolicies, writePolicies } from './support.ts';

const parallel = policyOf(
  'const texts = await Promise.all(["a", "b", "a"].map((text) => plain.echo({ text })));\n  const failed = await plain.fail({}).catch((error) => error.message);\n  return { texts, failed, raw: (await plain.echo.raw({ text: "r" })).content[0].text };',
  ['plain.echo', 'plain.fail'],
);
const secret = policyOf(
  'const args: any = { text: "x", api_key: "sk-very-secret", note: "Bearer abcdefgh12345678" };\n  await plain.echo(args);\n  return { password: "hunter2" };',
  ['plain.echo'],
);
const throws = policyOf('await plain.fail({});', ['plain.fail']);

let setup: Setup;
let elsewhere: Setup;
const onEnd = endsLast();
const recordingFile = (name: string) => path.join('policies/recordings', name, 'first.json');
const read = (name: string): Recording =>
  JSON.parse(readFileSync(path.join(setup.folder, recordingFile(name)), 'utf8'));

beforeAll(async () => {
  setup = setUpPolicies({ 'add-up': addUp, parallel, secret, throws }, { onEnd });
  for (const [name, input] of [
    ['add-up', '{"numbers":[1,2,3]}'],
    ['parallel', '{}'],
    ['secret', '{}'],
    ['throws', '{}'],
  ] as const) {
    const args = ['policies', 'run', name, '--input', input, '--record', recordingFile(name)];
    const { code } = await command(args, { cwd: setup.folder });
    expect(code, name).toBe(name === 'throws' ? 1 : 0);
  }
  // No server that could be asked: as in somebody's CI.
  elsewhere = setUp({ plain: { command: 'no-such-program' } }, {}, onEnd);
  writePolicies(path.join(elsewhere.folder, 'policies'), { 'add-up': addUp, parallel, secret, throws });
  for (const name of ['add-up', 'parallel', 'secret', 'throws']) keep(name, read(name));
});

function keep(name: string, recording: Recording): void {
  writePolicies(path.dirname(path.join(elsewhere.folder, recordingFile(name))), {});
  writeFileSync(path.join(elsewhere.folder, recordingFile(name)), JSON.stringify(recording));
}

/** The outcome with another source, or another recording. */
async function difference(name: string, source: string, recording = read(name)): Promise<string> {
  writePolicies(path.join(elsewhere.folder, 'policies'), { [name]: source });
  keep(name, recording);
  const { code, stdout } = await command(['policies', 'test', name, '--json'], { cwd: elsewhere.folder });
  const [outcome] = JSON.parse(stdout);
  expect(code).toBe(outcome.status === 'passed' ? 0 : 1);
  return outcome.difference ?? outcome.status;
}

it('a recording has every call, its answer, the input and the result', () => {
  expect(read('add-up')).toEqual({
    recording: 1,
    policy: 'add-up',
    input: { numbers: [1, 2, 3] },
    calls: [
      { tool: 'plain.add', args: { a: 0, b: 1 }, value: { sum: 1 } },
      { tool: 'plain.add', args: { a: 1, b: 2 }, value: { sum: 3 } },
      { tool: 'plain.add', args: { a: 3, b: 3 }, value: { sum: 6 } },
    ],
    result: { sum: 6 },
  });
  expect(read('throws')).toMatchObject({
    calls: [{ tool: 'plain.fail', failure: { kind: 'tool_failed' } }],
    error: { kind: 'tool_failed', message: expect.stringContaining('it failed, as always') },
  });
});

it('secrets are hidden, by their keys and by their look', () => {
  const text = JSON.stringify(read('secret'));
  expect(text).not.toMatch(/very-secret|hunter2|abcdefgh12345678/);
  expect(read('secret').calls[0]?.args).toEqual({ text: 'x', api_key: '[hidden]', note: 'Bearer [hidden]' });
});

it('all of them pass where no server can be reached', async () => {
  const { code, stdout } = await command(['policies', 'test'], { cwd: elsewhere.folder });
  expect(stdout).toBe(
    ['add-up', 'parallel', 'secret', 'throws'].map((name) => `passed  ${name} first.json\n`).join(''),
  );
  expect(code).toBe(0);
});

describe('the first difference is told', () => {
  it.each([
    [
      'other arguments',
      addUp.replace('b: number }', 'b: number + 1 }'),
      'call 1 on line 17 is plain.add {"a":0,"b":2}, which was not recorded:\n  args.b: 1 was recorded, now it is 2',
    ],
    [
      'another tool',
      addUp.replace('plain.add({ a: sum', 'plain.echo({ a: sum'),
      'call 1 on line 17 is plain.echo {"a":0,"b":1}, which was not recorded; nor was any other of plain.echo',
    ],
    [
      'a call less',
      addUp.replace('of input.numbers)', 'of input.numbers.slice(0, 2))'),
      'it no longer calls plain.add {"a":3,"b":3}',
    ],
    [
      'a call more',
      addUp.replace('return {', 'await plain.add({ a: sum, b: 0 });\n  return {'),
      'call 4 on line 18 is plain.add {"a":6,"b":0}',
    ],
    [
      'another result',
      addUp.replace('{ sum, label', '{ sum: sum + 1, label'),
      'result.sum: 6 was recorded, now it is 7',
    ],
    ['an error', addUp.replace('return {', 'throw new Error("now");\n  return {'), 'it fails: now'],
    [
      'no end',
      addUp
        .replace("tools: ['plain.add'],", "tools: ['plain.add'],\n  limits: { wallSecondsMax: 0.5 },")
        .replace('return {', 'await new Promise(() => setTimeout(() => {}, 60_000));\n  return {'),
      'it did not end within 0.5 s',
    ],
    [
      'another order of keys, which is none',
      addUp.replace('{ a: sum, b: number }', '{ b: number, a: sum }'),
      'passed',
    ],
  ])('%s', async (_, source, message) => {
    expect(await difference('add-up', source)).toContain(message);
  });

  it('parallel calls in another order are none (but their result is); one of two equal calls less is one', async () => {
    expect(
      await difference(
        'parallel',
        parallel.replace('["a", "b", "a"].map', '["b", "a", "a"].toReversed().map'),
      ),
    ).toContain('result.texts');
    expect(await difference('parallel', parallel.replace('["a", "b", "a"]', '["a", "b"]'))).toContain(
      'it no longer calls plain.echo {"text":"a"}',
    );
  });

  it('a recorded error that no longer comes, or another one', async () => {
    expect(
      await difference(
        'throws',
        throws.replace('await plain.fail({});', 'await plain.fail({}).catch(() => {});'),
      ),
    ).toContain('error: "plain.fail failed: it failed, as always" was recorded, now it is a success');
    expect(
      await difference(
        'throws',
        throws.replace(
          'await plain.fail({});',
          'await plain.fail({}).catch(() => { throw new Error("mine"); });',
        ),
      ),
    ).toContain('error.message');
  });

  it('what is no recording', async () => {
    expect(await difference('throws', throws, { calls: 3 } as never)).toContain('is no recording');
  });
});

it('a script is recorded with its text; a policy without recordings is only named', async () => {
  const script = path.join(setup.folder, 'script.ts');
  writeFileSync(script, 'return await plain.echo({ text: "hi" })');
  const ran = await command(['run', 'script.ts', '--record', 'kept/script.json'], { cwd: setup.folder });
  expect(ran.code).toBe(0);
  expect(JSON.parse(readFileSync(path.join(setup.folder, 'kept/script.json'), 'utf8'))).toEqual({
    recording: 1,
    script: 'return await plain.echo({ text: "hi" })',
    calls: [{ tool: 'plain.echo', args: { text: 'hi' }, value: 'hi' }],
    result: 'hi',
  });
  writePolicies(path.join(setup.folder, 'policies'), { bare: policyOf('return 1;', []) });
  const { code, stdout } = await command(['policies', 'test', 'bare'], { cwd: setup.folder });
  expect(stdout).toBe('no recordings  bare\n');
  expect(code).toBe(0);
});

it('says where it looked, where there are no policies', async () => {
  const { folder } = setUp({});
  for (const what of ['list', 'status', 'check', 'test']) {
    const { code, stdout, stderr } = await command(['policies', what], { cwd: folder });
    expect({ code, stdout, stderr }, what).toEqual({
      code: 0,
      stdout: '',
      stderr: `no policies in ${path.join(folder, 'policies')}\n`,
    });
  }
});
