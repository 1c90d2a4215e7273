/** `${VAR}` in texts, once. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${...} is what users write.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { expand } from '../../src/config/expand.ts';
import { load, temporaryFolder } from './folder.ts';

const environment = { A: 'one', EMPTY: '', NESTED: '${A}', B: 'two', 'ProgramFiles(x86)': 'C:\\P' };
const scope = { environment, workspaceFolder: '/projects/space', userHome: '/home/u' };

test.each([
  ['plain', 'plain'],
  ['', ''],
  ['${A}', 'one'],
  ['x${A}y${B}z', 'xoneytwoz'],
  ['${env:A}', 'one'],
  ['${env:ProgramFiles(x86)}', 'C:\\P'],
  ['${EMPTY}', ''],
  ['${EMPTY:-d}', 'd'],
  ['${UNSET:-d}', 'd'],
  ['${UNSET:-}', ''],
  ['${env:UNSET:-d e:f}', 'd e:f'],
  ['${UNSET:-{"a":{}}}', '{"a":{}}'],
  ['${A:-d}', 'one'],
  ['${NESTED}', '${A}'],
  ['${NESTED}${A}', '${A}one'],
  ['$${A}', '${A}'],
  ['$$${A}', '$${A}'],
  ['${A}$${A}', 'one${A}'],
  ['$A $ $$ {A} a$', '$A $ $$ {A} a$'],
  ['${workspaceFolder}/x', '/projects/space/x'],
  ['${workspaceFolderBasename}', 'space'],
  ['${userHome}', '/home/u'],
  ['${pathSeparator}', path.sep],
])('%s -> %s', (text, expected) => {
  expect(expand(text, scope)).toMatchObject({ text: expected, problems: [] });
});

test.each([
  ['${UNSET}', 'the environment variable UNSET is not set', '${UNSET:-...}'],
  ['${env:UNSET}', 'the environment variable UNSET is not set', 'Set it where this program is started'],
  ['${constructor}', 'constructor is not set', 'give a default'],
  ['${__proto__}', '__proto__ is not set', 'give a default'],
  ['${UNSET:-${A}}', 'these do not nest', 'Write a plain default'],
  ['a ${A', 'is not closed', 'write $${'],
  ['${a b}', 'no known form', 'write $${'],
  ['${}', 'no known form', '${VAR:-default}'],
  ['${input:my-key}', 'asked for by an editor', '${MY_KEY}'],
])('%s is a problem with its fix', (text, problem, fix) => {
  const { problems } = expand(text, scope);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
  expect(problems[0]).toContain(fix);
});

test('what variables and defaults put in is told apart from folders', () => {
  const text = '${A}/${env:B}/${UNSET:-dflt}/${EMPTY}/${workspaceFolder}/${userHome}/${pathSeparator}';
  expect(expand(text, scope).secrets).toEqual(['one', 'two', 'dflt']);
});

test('no home folder', () => {
  expect(expand('${userHome}', { ...scope, userHome: undefined }).problems[0]).toContain(
    'Write the path itself',
  );
});

describe('in a file', () => {
  test('every text of a server is expanded, keys are not', async () => {
    const folder = temporaryFolder();
    const entries = {
      s: {
        command: '${A}',
        args: ['${A}', '-${B}'],
        env: { '${A}': '${B}', N: '${NESTED}' },
        cwd: '${workspaceFolder}',
      },
      h: { url: 'https://${A}/${B}', headers: { X: 'Bearer ${A}' } },
    };
    const { servers } = await load({ mcpServers: entries }, { folder, environment });
    expect(servers).toMatchObject([
      { command: 'one', args: ['one', '-two'], env: { '${A}': 'two', N: '${A}' }, cwd: folder },
      { url: 'https://one/two', headers: { X: 'Bearer one' } },
    ]);
  });

  test('an unset variable makes that server invalid, at its place; values of others are not shown', async () => {
    const entry = { command: 'x', args: ['${A}${MISSING}'], env: { T: '${ALSO_MISSING}' } };
    const config = await load({ mcpServers: { bad: entry, good: { command: '${A}' } } }, { environment });
    expect(config.servers).toMatchObject([{ name: 'good', command: 'one' }]);
    const reason = config.unusableServers[0]?.reason ?? '';
    expect(reason).toMatch(
      /json:6:9: mcpServers\.bad\.args\[0\] cannot be filled in: the environment variable MISSING is not set/,
    );
    expect(reason).toMatch(
      /json:9:14: mcpServers\.bad\.env\.T cannot be filled in: the environment variable ALSO_MISSING/,
    );
    expect(reason).not.toContain('one');
  });
});
