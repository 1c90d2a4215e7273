/** `envFile`: variables of a server from a file beside the configuration, as a real server gets them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openConfig } from '../support/in-process.ts';
import { fixture, setUp } from '../support/orchestrator.ts';
import { load, temporaryFolder } from './folder.ts';

const who = fixture('who.mjs');

test.each(['envFile', 'env_file'])(
  '%s gives a server its variables; those of env count more',
  async (key) => {
    const setup = setUp(
      {
        'of-file': { ...who, [key]: 'secrets.env' },
        'of-both': { ...who, [key]: './secrets.env', env: { TOKEN: 'of-env' } },
      },
      { check: 'off', generated: false },
    );
    writeFileSync(path.join(setup.folder, 'secrets.env'), '# a comment\nTOKEN="of the file"\nOTHER=x\n');
    const { runner } = await openConfig(setup.configFile);
    const run = await runner.run({
      code: 'return [(await of_file.who({})).token, (await of_both.who({})).token]',
    });
    expect(run).toMatchObject({ status: 'success', result: ['of the file', 'of-env'] });
  },
);

test('what it holds is a secret; one that cannot be read makes the server unusable', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'here.env'), 'API_KEY=sk-of-the-file\n');
  const { servers, unusableServers } = await load(
    {
      mcpServers: {
        here: { command: 'x', envFile: 'here.env' },
        gone: { command: 'x', envFile: 'gone.env' },
        folder: { command: 'x', envFile: '.' },
        odd: { command: 'x', envFile: 7 },
      },
    },
    { folder },
  );
  expect(servers).toMatchObject([
    { name: 'here', env: { API_KEY: 'sk-of-the-file' }, secrets: ['sk-of-the-file'] },
  ]);
  expect(unusableServers).toMatchObject([
    { name: 'gone', reason: expect.stringMatching(/mcpServers\.gone\.envFile .*gone\.env/) },
    { name: 'folder', reason: expect.stringMatching(/mcpServers\.folder\.envFile/) },
    {
      name: 'odd',
      reason: expect.stringMatching(/mcpServers\.odd\.envFile must be a text.*but is a number/),
    },
  ]);
});
