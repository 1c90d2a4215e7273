/** From a run to a policy: what is lifted, what comes of it, and when nothing is written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Orchestrator } from '../../src/orchestrator.ts';
import { type Promoted, promote } from '../../src/policies/promote.ts';
import { recordingOf } from '../../src/policies/recording.ts';
import { command } from '../support/command.ts';
import { endsLast } from '../support/ends-last.ts';
import { fixture, root } from '../support/orchestrator.ts';
import { openPolicies, policyOf, setUpPolicies } from './support.ts';

const example = (name: string) => ({
  command: process.execPath,
  args: [path.join(root, 'examples/servers', name)],
});
const servers = {
  plain: fixture('plain-tools.mjs'),
  weather: example('weather.ts'),
  devops: example('devops.ts'),
};

const script = `// Which cities are warm
const cities = ["Berlin", "Rome"];
const limit = 25.5;
const api_key = "sk-not-to-be-kept";
let count = 0;
for (const city of cities) {
  const { days } = await weather.forecast({ city, days: 3 });
  if (days.some((day) => day.celsius_noon > limit)) count += 1;
}
const { lines } = await devops.read_logs({ service: 'checkout', level: "error" });
const more = await devops__read_logs({ service: 'mailer', level: "error" });
return { count, errors: lines.length + more.lines.length, text: await plain.echo({ text: \`it's
\${input.who}\` }) };
`;

const promotedSource = `import { definePolicy, type PolicyInput, z } from 'mcp-tools-orchestrator/policy';
import { devops, devops__read_logs, plain, weather } from '../generated/unified_api.ts';

export const policy = definePolicy({
  description: 'Which cities are warm',
  input: z.object({
    cities: z.array(z.string()).default(['Berlin', 'Rome']),
    limit: z.number().default(25.5),
    api_key: z.string(),
    days: z.number().int().default(3),
    service: z.string().default('checkout').describe('As list_services has it'),
    level: z.enum(['info', 'error']).default('error'),
    service_2: z.string().default('mailer').describe('As list_services has it'),
    who: z.string().default('you'),
  }),
  tools: ['devops.read_logs', 'plain.echo', 'weather.forecast'],
});

export default async (input: PolicyInput<typeof policy>) => {
// Which cities are warm
const cities = input.cities;
const limit = input.limit;
const api_key = input.api_key;
let count = 0;
for (const city of cities) {
  const { days } = await weather.forecast({ city, days: input.days });
  if (days.some((day) => day.celsius_noon > limit)) count += 1;
}
const { lines } = await devops.read_logs({ service: input.service, level: input.level });
const more = await devops__read_logs({ service: input.service_2, level: input.level });
return { count, errors: lines.length + more.lines.length, text: await plain.echo({ text: \`it's
\${input.who}\` }) };
};
`;

it('a run of another process, by its id or as the last', async () => {
  const { folder } = setUpPolicies(
    {},
    { servers, settings: { storage: 'file', generated: 'generated/unified_api.ts' } },
  );
  const inFolder = { cwd: folder };
  writeFileSync(path.join(folder, 'script.ts'), script);
  await command(['generate'], inFolder);
  const ran = await command(['run', 'script.ts', '--input', '{"who":"you"}', '--json'], inFolder);
  const { run_id, result } = JSON.parse(ran.stdout);
  expect(result).toEqual({ count: 2, errors: 50, text: "it's\nyou" });

  const made = await command(['policies', 'promote', 'last', '--name', 'warm', '--json'], inFolder);
  expect(made.stderr).toBe('');
  expect(JSON.parse(made.stdout)).toMatchObject({
    status: 'created',
    inputs: expect.arrayContaining(['cities']),
  });
  expect(readFileSync(path.join(folder, 'policies/warm.ts'), 'utf8')).toBe(promotedSource);

  expect((await command(['policies', 'test'], inFolder)).stdout).toBe('passed  warm first.json\n');
  const testCase = readFileSync(path.join(folder, 'policies/recordings/warm/first.json'), 'utf8');
  expect(testCase).not.toContain('sk-not-to-be-kept');

  const input = '{"cities":["Oslo","Lisbon"],"service":"mailer","api_key":"x","who":"all"}';
  const other = await command(['policies', 'run', 'warm', '--input', input, '--json'], inFolder);
  expect(JSON.parse(other.stdout)).toMatchObject({ result: { count: 1, errors: 40, text: "it's\nall" } });

  const again = await command(
    ['policies', 'promote', run_id, '--name', 'warm', '--description', 'x'],
    inFolder,
  );
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is a policy "warm" already'),
  });
  const [, version = ''] = /replaces: "(\w+)"/.exec(again.stderr) ?? [];
  const replaced = await command(
    ['policies', 'promote', run_id, '--name', 'warm', '--description', 'x', '--replaces', version, '--json'],
    inFolder,
  );
  expect(JSON.parse(replaced.stdout)).toMatchObject({ status: 'replaced' });
  expect(readFileSync(path.join(folder, 'policies/warm.ts'), 'utf8')).toContain("description: 'x'");
});

it('a file is saved, and takes the place only of the version that is named', async () => {
  const { folder } = setUpPolicies({});
  const save = (text: string, ...more: string[]) =>
    command(['policies', 'save', '-', '--name', 'said', ...more], {
      cwd: folder,
      stdin: policyOf(`return plain.echo({ text: "${text}" });`, ['plain.echo']),
    });
  const first = await save('one');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const [, version = ''] = /^created: .*said\.ts, version (\w+)\n$/.exec(first.stdout) ?? [];
  expect(await save('two')).toMatchObject({ code: 2, stderr: expect.stringContaining(version) });
  const second = await save('two', '--replaces', version, '--json');
  expect(JSON.parse(second.stdout)).toMatchObject({ status: 'replaced', name: 'said' });
  const broken = await command(['policies', 'save', '-', '--name', 'bad'], {
    cwd: folder,
    stdin: 'return 1',
  });
  expect(broken.code).not.toBe(0);
  expect(existsSync(path.join(folder, 'policies/bad.ts'))).toBe(false);
  const ran = await command(['policies', 'run', 'said'], { cwd: folder });
  expect(ran.stdout).toContain('two');
});

describe('in one process', () => {
  let orchestrator: Orchestrator;
  let folder: string;
  const onEnd = endsLast();

  beforeAll(async () => {
    ({ orchestrator, folder } = await openPolicies({}, { servers, onEnd }));
    await orchestrator.catalog.refreshAll();
  });

  async function promoteScript(code: string, name: string): Promise<Promoted> {
    const { run_id } = await orchestrator.runner.run({ code });
    const record = await orchestrator.runs.get(run_id);
    if (!record) throw new Error('no record');
    const { policies, catalog } = orchestrator;
    const recording = recordingOf(record, catalog);
    return promote({ recording, name }, { policies, catalog, generatedFile: undefined });
  }

  it.each<[string, string, unknown[]]>([
    [
      'every kind of value',
      'await plain.fail({ a: "x", b: -1.5, c: true, d: 1e3, e: `t`, f: ["p", "q"], g: [1, "x"] })',
      [
        ['a', 'x'],
        ['b', -1.5],
        ['c', true],
        ['d', 1000],
        ['e', 't'],
        ['f', ['p', 'q']],
        ['g', 1],
        ['g', 'x'],
      ],
    ],
    ['what is nested', 'await plain.fail({ outer: { inner: [{ deep: "x" }] } })', [['deep', 'x']]],
    ['escapes', String.raw`await plain.echo({ text: "a\n\u0041\x42\"\u{1F600}" })`, [['text', 'a\nAB"😀']]],
    [
      'every way to call',
      'await plain["echo"]({ text: "1" }); await plain__echo({ text: "2" }); await plain.echo.raw({ text: "3" })',
      [
        ['text', '1'],
        ['text', '2'],
        ['text', '3'],
      ],
    ],
    [
      'constants at the top, and what they hold',
      'const a = 1, b = { c: "x" }; let d = 2; { const e = 3; } const f = () => { const g = 4; };',
      [
        ['a', 1],
        ['c', 'x'],
      ],
    ],
    [
      'nothing else',
      'const n = Math.max(1, 2); console.log("x"); if ("y" in {}) n["z"]; await plain.echo({ text: "a" + "b", ["k"]: "v" })',
      [],
    ],
    [
      'below imports, and in a module',
      'import { plain } from "unified_api";\nconst a = 1;\nexport default await plain.echo({ text: "m" });',
      [
        ['a', 1],
        ['text', 'm'],
      ],
    ],
  ])('finds %s', async (_, code, expected) => {
    const found = await orchestrator.policies.literals(code);
    expect(found.map(({ name, value }) => [name, value])).toEqual(expected);
    for (const { start, end, value } of found)
      if (typeof value === 'number') expect(Number(code.slice(start, end))).toBe(value);
  });

  it('a module that exports a value', async () => {
    const code =
      'import { plain } from "unified_api";\n\nconst said = await plain.echo({ text: "hi" });\nexport default { said };\n';
    expect(await promoteScript(code, 'module')).toMatchObject({ inputs: ['text'] });
    const source = readFileSync(path.join(folder, 'policies/module.ts'), 'utf8');
    expect(source).toContain('import { plain } from "unified_api";\n');
    expect(source).toContain('  return { said };\n');
    expect(await orchestrator.policies.run('module', { text: 'you' })).toMatchObject({
      result: { said: 'you' },
    });
  });

  it('what the types do not allow to be anything stays as it was', async () => {
    const code =
      'const level = "low";\nconst textOf = (one: "low" | "high") => ({ low: "l", high: "h" })[one];\nreturn plain.echo({ text: "x" }).then((text) => text + textOf(level));';
    expect(await promoteScript(code, 'kept')).toMatchObject({ inputs: ['text'] });
    expect(readFileSync(path.join(folder, 'policies/kept.ts'), 'utf8')).toContain('const level = "low";');
  });

  it.each([
    ['a run that failed', 'await plain.fail({})', 'the run failed: plain.fail failed'],
    [
      'one that depends on chance',
      'return plain.echo({ text: String(Math.random()) })',
      'it does not play as the run did: call 1',
    ],
    [
      'a function that is exported',
      'export default async () => plain.echo({ text: "x" })',
      'it exports something else than one value',
    ],
  ])('%s is refused, and nothing is written', async (_, code, reason) => {
    await expect(promoteScript(code, 'refused')).rejects.toThrow(reason);
    expect(existsSync(path.join(folder, 'policies/refused.ts'))).toBe(false);
    expect(existsSync(path.join(folder, 'policies/recordings/refused'))).toBe(false);
  });
});
