/** Every example: type-checked against the generated API, run in the sandbox, and run by plain node. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command, program } from './support/command.ts';
import { root } from './support/orchestrator.ts';

const examples = readdirSync(path.join(root, 'examples')).filter((name) => name.endsWith('.ts'));
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
  const files = examples.map((name) => path.join('examples', name));
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
