/** A downstream server that means harm, or is merely odd: nobody else notices, and what is said of it is true. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';
import { eventually } from '../support/processes.ts';

function hostile() {
  const file = path.join(temporaryFolder(), 'calls');
  writeFileSync(file, '');
  return { file, entry: fixture('hostile-answers.mjs', file) };
}

describe('answers', () => {
  it.each([
    [
      'a failure nested without end',
      'deep_failure',
      { kind: 'tool_failed', message: expect.stringContaining('no') },
    ],
    [
      'a result nested without end',
      'deep_result',
      { kind: 'result_too_large', message: expect.stringContaining('nested too deeply') },
    ],
    ['a schema whose hint would be long', 'long_enum', { kind: 'arguments_invalid' }],
    [
      'a definition nested without end',
      'deep_schema',
      { kind: 'tool_unknown', hint: expect.stringContaining('levels deep') },
    ],
  ])('%s', async (_, tool, error) => {
    const { run } = await serve(setUp({ hostile: hostile().entry }));
    expect(await run(`await hostile.${tool}({})`, { check: 'off' })).toMatchObject({
      status: 'error',
      error,
    });
    expect(await run('return await hostile.ok({})')).toMatchObject({ status: 'success', result: 'ok' });
  });

  it('say what was carried out although the call failed', async () => {
    const { file, entry } = hostile();
    const { run } = await serve(setUp({ hostile: { ...entry, timeout: 1_000 } }));
    const result = await run('await hostile.deep_result({}).catch(() => {}); await hostile.slow_write({})');
    expect(result.calls).toMatchObject([
      { ok: false, error: 'result_too_large', outcome: 'done' },
      { ok: false, error: 'call_timeout', outcome: 'unknown' },
    ]);
    expect(readFileSync(file, 'utf8')).not.toBe('');
    expect(result.text).toContain('UNKNOWN OUTCOME (call_timeout)');
  });
});

it('a list that changes at each asking, beside the cache, stops no start', async () => {
  const setup = setUp({ hostile: hostile().entry });
  for (let start = 0; start < 2; start += 1) {
    const { call, run, client } = await serve(setup);
    expect(await call('refresh_tools')).toMatchObject({ server_count: 1, tool_count: 7 });
    expect(await run('return await hostile.ok({})')).toMatchObject({ status: 'success' });
    await client.close();
  }
});

describe('a tool that changed since it was cached', () => {
  /** A server whose `work` takes `before`, and after the file exists, `after`; a new tool comes with it. */
  function changing() {
    const folder = temporaryFolder();
    const flag = path.join(folder, 'changed');
    const file = path.join(folder, 'server.mjs');
    const raw = path.resolve(import.meta.dirname, '../fixtures/servers/raw.mjs');
    writeFileSync(
      file,
      `import { existsSync } from 'node:fs';
      import { serve, text, tool } from ${JSON.stringify(raw)};
      const name = existsSync(${JSON.stringify(flag)}) ? 'after' : 'before';
      const inputSchema = { type: 'object', properties: { [name]: { type: 'number' } }, required: [name], additionalProperties: false };
      serve({ tools: [tool('work', { inputSchema }), ...(name === 'after' ? [tool('brand_new')] : [])], call: () => text('done') });`,
    );
    const setup = setUp({ changing: { command: process.execPath, args: [file] } });
    const run = (code: string) =>
      command(['run', '-', '--json', '--config', setup.configFile], { stdin: code });
    return { flag, run };
  }

  it('is called by its new arguments, and its new neighbours can be imported', async () => {
    const { flag, run } = changing();
    expect(JSON.parse((await run('return await changing.work({ before: 1 })')).stdout)).toMatchObject({
      result: 'done',
    });
    writeFileSync(flag, '');
    expect(JSON.parse((await run('return await changing.work({ after: 1 })')).stdout)).toMatchObject({
      result: 'done',
    });
  });

  it('by import', async () => {
    const { flag, run } = changing();
    await run('return await changing.work({ before: 1 })');
    writeFileSync(flag, '');
    const code = 'import { changing__brand_new } from "unified_api";\nreturn await changing__brand_new({})';
    expect(JSON.parse((await run(code)).stdout)).toMatchObject({ result: 'done' });
  });

  it('by a call, and the type check goes by what it is now', async () => {
    const { flag, run } = changing();
    await run('return await changing.work({ before: 1 })');
    writeFileSync(flag, '');
    expect(JSON.parse((await run('return await changing.brand_new({})')).stdout)).toMatchObject({
      result: 'done',
    });
    expect(JSON.parse((await run('return await changing.work({ before: 1 })')).stdout)).toMatchObject({
      status: 'type_error',
      error: { hint: 'It takes: changing.work({ after: number })' },
    });
  });
});

describe('a server that is down', () => {
  it('holds up no script that merely has a word like its name', async () => {
    const { call, run } = await serve(
      setUp({
        data: { ...fixture('never-answers.mjs'), connect_timeout: 2_000 },
        crashes: fixture('crashes-on-call.mjs'),
      }),
    );
    await eventually(
      async () => JSON.stringify(await call('list_available_tools')).includes('"failed"'),
      'given up',
    );
    const result = await run('const data = [1]; return data.length', { timeout: 1 });
    expect(result).toMatchObject({ status: 'success', result: 1 });
  });

  it('is there again by itself once it is mended', async () => {
    const file = path.join(temporaryFolder(), 'late.mjs');
    const setup = setUp(
      { late: { command: process.execPath, args: [file] } },
      { limits: { reconnectMsMax: 500 } },
    );
    const { call } = await serve(setup);
    await eventually(
      async () => JSON.stringify(await call('list_available_tools')).includes('"failed"'),
      'it is missing',
    );
    const raw = path.resolve(import.meta.dirname, '../fixtures/servers/raw.mjs');
    writeFileSync(
      file,
      `import { serve, tool } from ${JSON.stringify(raw)}; serve({ tools: [tool('here')] });`,
    );
    await eventually(
      async () => JSON.stringify(await call('list_available_tools')).includes('"here"'),
      'it is back',
    );
  });
});

it('nothing is written after the end, and never half a catalogue', async () => {
  const setup = setUp({ silent: fixture('never-answers.mjs'), crashes: fixture('crashes-on-call.mjs') });
  const { client } = await serve(setup);
  await client.close();
  expect(existsSync(path.join(setup.folder, 'generated/unified_api.ts'))).toBe(false);
});
