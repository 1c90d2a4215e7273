/** `tool_search` and `search`, as clients and users meet them. */
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';

const servers = {
  plain: fixture('plain-tools.mjs'),
  'my-tracker': fixture('untyped-results.mjs'),
  broken: { command: 'no-such-program-here' },
};

interface Found {
  readonly tools: readonly { name: string; signature: string; declaration?: string }[];
}

describe('tool_search', () => {
  it('answers in the contract, with calls that run as they stand', async () => {
    const { call, run, client } = await serve(setUp(servers));
    const question = { query: 'add two numbers', max_results: 1 };
    const answer = await call('tool_search', question);
    expect(answer).toEqual({
      success: true,
      tool_references: [{ type: 'tool_reference', tool_name: 'plain__add' }],
      total_matches: 2,
      query: 'add two numbers',
      tools: [
        {
          name: 'plain__add',
          signature: 'plain.add(args: { a: number; b: number }): Promise<{ sum: number }>',
          description: '',
          score: expect.any(Number),
        },
      ],
    });
    const raw = await client.callTool({ name: 'tool_search', arguments: question });
    expect(raw.isError).not.toBe(true);
    expect(raw.content).toEqual([{ type: 'text', text: JSON.stringify(answer) }]);
    expect(await run('return (await plain.add({ a: 1, b: 2 })).sum')).toMatchObject({ result: 3 });
    // What was learned of a result is in the next signature.
    await run('return await my_tracker.issue({ number: 3 })');
    const signature = async () => {
      const { tools } = (await call('tool_search', { query: 'my_tracker__issue', max_results: 1 })) as Found;
      return tools[0]?.signature;
    };
    await expect
      .poll(signature)
      .toMatch(/^my_tracker\.issue\(args\?: \{ number\?: number \}\): Promise<\{ milestone: .*title: string/);
  });

  it('takes filters, and full detail', async () => {
    const { call } = await serve(setUp(servers));
    const names = async (args: object) =>
      (
        (await call('tool_search', {
          query: 'issue issues echo add fail',
          max_results: 50,
          ...args,
        })) as Found
      ).tools
        .map(({ name }) => name)
        .sort();
    expect(await names({})).toEqual([
      ...['my_tracker__fail', 'my_tracker__issue', 'my_tracker__issues'],
      ...['plain__add', 'plain__echo', 'plain__fail'],
    ]);
    expect(await names({ server: 'my-tracker' })).toEqual([
      'my_tracker__fail',
      'my_tracker__issue',
      'my_tracker__issues',
    ]);
    expect(await names({ read_only: true })).toEqual([
      'my_tracker__issue',
      'my_tracker__issues',
      'plain__echo',
    ]);
    expect(await names({ has_output_schema: true })).toEqual(['plain__add']);
    expect(await names({ query: '^plain__(add|fail)$', use_regex: true })).toEqual([
      'plain__add',
      'plain__fail',
    ]);
    const full = (await call('tool_search', {
      query: 'plain.echo',
      detail: 'full',
      max_results: 1,
    })) as Found;
    expect(full.tools[0]?.declaration).toContain('* Gives its text back. Nothing else.');
    expect(full.tools[0]?.declaration).toContain('plain.echo(args: {');
  });

  it('says how to go on where nothing is found, and what is wrong with what cannot be', async () => {
    const { call, client } = await serve(setUp(servers));
    expect(await call('tool_search', { query: 'xyzzyplugh' })).toMatchObject({
      success: true,
      tools: [],
      tool_references: [],
      total_matches: 0,
      hint: 'Nothing matches. Servers: broken (0 tools, failed), my_tracker (5 tools), plain (3 tools). Try other words: what is done, to what. list_available_tools lists all.',
    });
    expect(await call('tool_search', { query: '', read_only: true })).toMatchObject({
      hint: expect.stringMatching(/Say in a few words .* Leave out server, read_only/),
    });
    for (const [args, text] of [
      [
        { query: '(', use_regex: true },
        /The pattern cannot be used: .*missing closing \).* The syntax is that of RE2/,
      ],
      [{ query: 'a', server: 'plan' }, /There is no server "plan"\. Did you mean plain\?/],
      [{ query: 'a', max_results: 0 }, /max_results is 0; it takes a whole number from 1 to 50/],
      [
        { query: 'a'.repeat(2_001) },
        /The query has 2001 characters; at most 2000 \(searchQueryCharactersMax\)/,
      ],
      [{}, /query/],
    ] as const) {
      const answer = await client.callTool({ name: 'tool_search', arguments: args });
      expect(answer.isError).toBe(true);
      expect(answer.content).toMatchObject([{ text: expect.stringMatching(text) }]);
    }
  });

  it('refers to tools by the names that a client of the hybrid mode sees', async () => {
    const long = 'a_very_long_name_for_a_tool_that_repeats_the_text_that_it_is_given';
    const plain = { ...servers.plain, renameTools: { echo: long } };
    const { call, client } = await serve(setUp({ plain }), { args: ['--mode', 'hybrid'] });
    const listed = (await client.listTools()).tools.map(({ name }) => name);
    expect(await call('tool_search', { query: long, max_results: 1 })).toMatchObject({
      tools: [{ name: `plain__${long}` }],
      tool_references: [{ tool_name: listed.find((name) => name.startsWith('plain__a_very_long')) }],
    });
  });

  it('sees what a profile leaves, and nothing else', async () => {
    const profiles = { reader: { excludeTools: ['plain.*'] } };
    const { call } = await serve(setUp(servers, { profiles }), { args: ['--profile', 'reader'] });
    expect(await call('tool_search', { query: 'plain__add' })).toMatchObject({ tools: [] });
    expect(await call('tool_search', { query: 'plain__', use_regex: true })).toMatchObject({
      tools: [],
      total_matches: 0,
    });
  });
});

describe('search', () => {
  it('prints calls, or JSON', async () => {
    const { configFile } = setUp(servers);
    const ask = (...args: string[]) => command(['search', ...args, '--config', configFile]);
    const printed = await ask('give', 'a', 'text', 'back');
    expect(printed.code).toBe(0);
    expect(printed.stdout.split('\n').slice(0, 3)).toEqual([
      'plain__echo',
      '  Gives its text back.',
      '  plain.echo(args: { text: string }): Promise<ToolResult>',
    ]);
    const json = await ask('--json', '--regex', '^my_tracker', '--max', '2', '--read-only');
    expect(JSON.parse(json.stdout)).toMatchObject({
      success: true,
      total_matches: 2,
      tool_references: [{ tool_name: 'my_tracker__issue' }, { tool_name: 'my_tracker__issues' }],
    });
    const typed = await ask('issue add echo', '--json', '--has-output-schema', '--server', 'plain');
    expect(JSON.parse(typed.stdout).tools).toMatchObject([{ name: 'plain__add' }]);
    const full = await ask('plain.echo', '--detail', 'full', '--max', '1');
    expect(full.stdout).toContain('* Gives its text back. Nothing else.');
    expect(await ask('xyzzyplugh')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('Nothing matches. Servers:'),
    });
    expect(await ask('(', '--regex')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The pattern cannot be used'),
    });
    expect(await ask('issue', '--max', '0')).toMatchObject({ code: 2 });
    expect(await ask('issue', '--server', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no server "nobody"'),
    });
  });
});
