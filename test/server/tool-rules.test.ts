/** Tools that a server's entry leaves out, renames or describes anew: the same in every place where there are tools. */
import { expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';

const tracker = {
  ...fixture('untyped-results.mjs'),
  excludeTools: ['fa?l', 'changed', 'nothing_like_it'],
  renameTools: { issue: 'get_issue', greet: 'issues' },
  describeTools: { issue: 'One of our issues.' },
};

it('applies everywhere alike', async () => {
  const setup = setUp({ tracker });
  const { call, run, stderr } = await serve(setup);
  const listed = await call('list_available_tools', { detail: 'summary' });
  expect(listed).toMatchObject({
    total_tools: 2,
    servers: {
      tracker: {
        tools: [
          { name: 'get_issue', description: 'One of our issues.' },
          { name: 'issues', description: '' },
        ],
        set_aside: [
          {
            name: 'greet',
            reason: expect.stringContaining('renameTools calls it "issues", as another tool'),
          },
        ],
      },
    },
  });
  expect(stderr()).toMatch(/"names":\["nothing_like_it"\].*rules name tools that the server does not have/);

  const documentation = async () =>
    ((await call('get_api_documentation', { tools: ['tracker.get_issue'] })) as { documentation: string })
      .documentation;
  expect(await documentation()).toContain('One of our issues.');
  // `issue` is the server's name, which nobody has any more.
  for (const name of ['issue', 'fail', 'changed'])
    expect(await call('get_api_documentation', { tools: [`tracker.${name}`] })).toMatchObject({
      documentation: expect.stringContaining(`Server "tracker" has no tool "${name}".`),
    });

  expect(await run('return (await tracker.get_issue({ number: 2 })).number')).toMatchObject({ result: 2 });
  // What its results are like is learned under the new name.
  await expect.poll(documentation).toContain('title: string;');
  for (const name of ['fail', 'issue', 'changed']) {
    expect(await run(`return await tracker.${name}({})`)).toMatchObject({ status: 'type_error' });
    expect(await run(`return await tracker["${name}"]({})`, { check: 'off' })).toMatchObject({
      status: 'error',
      error: { kind: 'tool_unknown' },
    });
  }

  expect(
    await command(['call', 'tracker__get_issue', '{"number": 1}', '--config', setup.configFile]),
  ).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The secret of number 1'),
  });
  expect(await command(['call', 'tracker.fail', '--config', setup.configFile])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Server "tracker" has no tool "fail"'),
  });
});
