/** Every example: type-checked against the generated API, run in the sandbox, and run by plain node. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicyStatus } from '../src/policies/policy.ts';
import { command, program } from './support/command.ts';
import { root } from './support/orchestrator.ts';

const examples = readdirSync(path.join(root, 'examples')).filter((name) => name.endsWith('.ts'));
const policyFolder = path.join(root, 'examples/policies');
const policies = readdirSync(policyFolder).filter((name) => name.endsWith('.ts'));
const inRoot = { cwd: root };

beforeAll(async () => {
  const { code, stderr } = await command(['generate'], inRoot);
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

it('there are six', () => {
  expect(examples).toEqual([
    'assemble.ts',
    'fan-out.ts',
    'grasp.ts',
    'real-servers.ts',
    'recover.ts',
    'reduce.ts',
  ]);
});

it('they fit the generated types', async () => {
  const strict = [
    '--noEmit',
    '--strict',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    '--allowImportingTsExtensions',
    '--noUncheckedIndexedAccess',
  ];
  const files = [
    ...examples.map((name) => path.join('examples', name)),
    ...policies.map((name) => path.join('examples/policies', name)),
  ];
  // As in the sandbox: console, timers and URL, but no DOM; the types of Node are the nearest to that.
  const { stdout, code } = await program(
    path.join(root, 'node_modules/.bin/tsc'),
    ['--ignoreConfig', ...strict, '--types', 'node', '--skipLibCheck', ...files],
    inRoot,
  );
  expect(stdout).toBe('');
  expect(code).toBe(0);
});

describe.each(examples)('%s', (name) => {
  it('runs in the sandbox', async () => {
    const { code, stdout, stderr } = await command(['run', `examples/${name}`, '--json'], inRoot);
    expect(stderr).toBe('');
    const result = JSON.parse(stdout);
    expect(result.error).toBeUndefined();
    expect(result.status).toBe('success');
    expect(result.result).not.toBeUndefined();
    expect(code).toBe(0);
  });
  it('runs by plain node', async () => {
    const { code, stdout, stderr } = await program(process.execPath, [`examples/${name}`], inRoot);
    expect(stderr).toBe('');
    expect(stdout).not.toBe('');
    expect(code).toBe(0);
  });
});

describe('the policies', () => {
  it('are these, and fit their tools', async () => {
    expect(policies).toEqual([
      'database-report.ts',
      'devops-check.ts',
      'multi-weather.ts',
      'weather-analysis.ts',
    ]);
    const { code, stdout } = await command(['policies', 'check', '--json'], inRoot);
    const statuses: PolicyStatus[] = JSON.parse(stdout);
    expect(statuses.map(({ status, problems, warnings }) => ({ status, problems, warnings }))).toEqual(
      policies.map(() => ({ status: 'ok', problems: [], warnings: [] })),
    );
    expect(code).toBe(0);
  });

  it('pass against their recordings, without a server', async () => {
    const { code, stdout } = await command(['policies', 'test'], inRoot);
    expect(stdout).toBe(
      policies.map((name) => `passed  ${path.basename(name, '.ts')} first.json\n`).join(''),
    );
    expect(code).toBe(0);
  });

  it.each(policies)('%s gives what was recorded, over its real servers', async (file) => {
    const name = path.basename(file, '.ts');
    const recording = JSON.parse(
      readFileSync(path.join(policyFolder, 'recordings', name, 'first.json'), 'utf8'),
    );
    const input = JSON.stringify(recording.input);
    const { code, stdout } = await command(['policies', 'run', name, '--input', input, '--json'], inRoot);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'success', result: recording.result });
    expect(code).toBe(0);
  });

  it('also run by plain node, called by a program', async () => {
    const call =
      'const { default: run, policy } = await import("./examples/policies/weather-analysis.ts"); console.log(JSON.stringify(await run(policy.input.parse({ city: "Oslo" }))));';
    const { stdout, stderr } = await program(process.execPath, ['--input-type=module', '-e', call], inRoot);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ city: 'Oslo', rain_mm: 44 });
  });
});
