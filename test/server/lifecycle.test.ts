/** Servers that die, change or hang while we run, and what is left of us afterwards: nothing. */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { bin, fixture, serve, setUp } from '../support/orchestrator.ts';
import { descendantsOf, eventually, hasPython, hasWatchdog, isAlive } from '../support/processes.ts';

describe('a server that is killed in the middle of a script', () => {
  it('is a ToolError for the call, and back for the next one', async () => {
    const { run } = await serve(
      setUp({ slow: fixture('slow.mjs'), crashes: fixture('crashes-on-call.mjs') }),
    );
    const result = await run(`
      const first = await crashes.pid({});
      try {
        await crashes.crash({});
        return 'no error';
      } catch (error) {
        const { kind, server, tool, retrySafe, message } = error;
        const second = await crashes.pid({});
        return { isToolError: error instanceof ToolError, kind, server, tool, retrySafe, message, cameBack: second !== first };
      }`);
    expect(result).toMatchObject({
      status: 'success',
      result: {
        isToolError: true,
        kind: 'connection_lost',
        server: 'crashes',
        tool: 'crash',
        retrySafe: 'unknown',
        cameBack: true,
      },
    });
    expect((result.result as { message: string }).message).toContain('out of luck');
    expect(result.calls).toMatchObject([
      { ok: true },
      { ok: false, outcome: 'unknown', error: 'connection_lost' },
      { ok: true },
    ]);
  });

  it('by SIGKILL from outside, too', async () => {
    const { run } = await serve(
      setUp({ slow: fixture('slow.mjs'), crashes: fixture('crashes-on-call.mjs') }),
    );
    const { result: pid } = await run('return await crashes.pid({})');
    process.kill(pid as number, 'SIGKILL');
    // A call that is sent before anybody heard of the end may have been carried out, for all that is known.
    await eventually(async () => {
      const { status, result, calls } = await run('return await crashes.pid({})');
      if (status !== 'success') expect(calls).toMatchObject([{ ok: false, error: 'connection_lost' }]);
      return status === 'success' && result !== pid;
    }, 'the server is back, as another process');
  });

  it('a write whose outcome is unknown is made once; what may be repeated is', async () => {
    const file = path.join(temporaryFolder(), 'count');
    writeFileSync(file, '');
    const { run } = await serve(setUp({ counts: fixture('counts-writes.mjs', file) }));
    const result = await run(`
      const kinds = {};
      for (const tool of ['write_once', 'write_idempotent_once', 'read_once']) {
        try { await counts[tool]({}); kinds[tool] = 'done'; } catch (error) { kinds[tool] = error.kind; }
      }
      return kinds;`);
    expect(result.result).toEqual({
      write_once: 'connection_lost',
      write_idempotent_once: 'done',
      read_once: 'done',
    });
    const letters = readFileSync(file, 'utf8');
    expect([...letters].filter((letter) => letter === 'w')).toHaveLength(1);
    expect([...letters].filter((letter) => letter === 'i')).toHaveLength(2);
  });
});

describe('cancelling', () => {
  it('the request ends the run and its calls', async () => {
    const { client, run } = await serve(setUp({ slow: fixture('slow.mjs') }), {
      client: { versionNegotiation: { mode: 'legacy' } },
    });
    const stop = new AbortController();
    client.setNotificationHandler('notifications/message', () => stop.abort());
    const code =
      'await slow.sleep_ms({ ms: 1 }); const long = slow.sleep_ms({ ms: 60_000 }); console.log("sent"); await long';
    const running = client
      .callTool({ name: 'execute_composed_code', arguments: { code } }, { signal: stop.signal })
      .then(
        () => 'answered',
        () => 'cancelled',
      );
    expect(await running).toBe('cancelled');
    await eventually(
      async () => ((await run('return await slow.cancelled({})')).result as unknown[]).length === 1,
      'the server was told',
    );
  });

  it('a timeout does the same, and the result says what was done', async () => {
    const { run } = await serve(setUp({ slow: fixture('slow.mjs') }));
    // The server is there: what the time is for is the calls.
    await run('await slow.sleep_ms({ ms: 1 })', { check: 'off' });
    const result = await run('await slow.sleep_ms({ ms: 1 });\nawait slow.sleep_ms({ ms: 60_000 })', {
      ...{ check: 'off', timeout: 2 },
    });
    expect(result).toMatchObject({
      status: 'timeout',
      returncode: 124,
      calls: [
        { ok: true, line: 1 },
        { ok: false, line: 2, outcome: 'unknown' },
      ],
    });
    await eventually(
      async () => ((await run('return await slow.cancelled({})')).result as unknown[]).length === 1,
      'the server was told',
    );
  });
});

describe('a changed list of tools', () => {
  it.each([
    ['list-changed.mjs', 'add', 'legacy'],
    ['sdk-v2-stdio.mjs', 'add_tool', 'modern'],
  ])('of %s (by %s, %s era) is read again, and generated', async (file, adder, era) => {
    const setup = setUp({ changing: fixture(file, era), other: fixture('crashes-on-call.mjs') });
    const { call, run } = await serve(setup);
    const generated = path.join(setup.folder, 'generated/unified_api.ts');
    await eventually(() => existsSync(generated), 'generated');
    expect(readFileSync(generated, 'utf8')).not.toContain('brand_new');
    expect(await run(`return await changing.${adder}({ name: "brand_new" })`)).toMatchObject({
      status: 'success',
    });
    await eventually(
      async () => JSON.stringify(await call('list_available_tools')).includes('brand_new'),
      'the new tool is listed',
    );
    await eventually(
      () => readFileSync(generated, 'utf8').includes('brand_new'),
      'the new tool is in unified_api.ts',
    );
    expect(await run('return await changing.brand_new({})')).toMatchObject({ status: 'success' });
  });
});

describe('the introspection cache', () => {
  it('lets the next start answer before any server does, and follows the server afterwards', async () => {
    const log = path.join(temporaryFolder(), 'starts');
    const setup = setUp({ crashes: fixture('crashes-on-call.mjs', log) });
    const first = await serve(setup);
    await eventually(
      async () => JSON.stringify(await first.call('list_available_tools')).includes('"ready"'),
      'asked once',
    );
    await first.client.close();
    const second = await serve(setup, { args: ['--log-level', 'info'] });
    expect(await second.call('get_api_documentation', { tools: ['crashes.echo'] })).toMatchObject({
      documentation: expect.stringContaining('crashes.echo(args'),
    });
    await eventually(
      async () => JSON.stringify(await second.call('list_available_tools')).includes('"ready"'),
      'refreshed',
    );
    expect(await second.call('refresh_tools')).toMatchObject({
      status: 'ok',
      server_count: 1,
      tool_count: 3,
      added: [],
      removed: [],
      changed: [],
      failed: [],
    });
  });
});

describe('afterwards no process is left', () => {
  const servers = (folder: string) => ({
    grandchild: fixture('spawns-grandchild.mjs', path.join(folder, 'grandchild.pid')),
    stubborn: fixture('ignores-sigterm.mjs'),
    plain: fixture('crashes-on-call.mjs'),
  });

  async function running() {
    const folder = temporaryFolder();
    const setup = setUp(servers(folder), { limits: { closeMsMax: 200 } });
    const child = spawn(process.execPath, [bin, '--config', setup.configFile], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const send = (message: object) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
    });
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/call', params: { name: 'refresh_tools', arguments: {} } });
    await eventually(() => stdout.includes('"id":2'), 'all servers are up');
    await eventually(() => existsSync(path.join(folder, 'grandchild.pid')), 'the grandchild is up');
    const pids = [
      child.pid ?? 0,
      ...descendantsOf(child.pid ?? 0),
      Number(readFileSync(path.join(folder, 'grandchild.pid'), 'utf8')),
    ];
    expect(pids.length).toBeGreaterThanOrEqual(6);
    return { child, ended, pids, send };
  }

  it.each([
    ['when our stdin closes', (child: { stdin: NodeJS.WritableStream }) => void child.stdin.end(), 0],
    ['on SIGTERM', (child: { kill(name: NodeJS.Signals): boolean }) => void child.kill('SIGTERM'), 130],
    ['on SIGINT', (child: { kill(name: NodeJS.Signals): boolean }) => void child.kill('SIGINT'), 130],
    ['on SIGKILL', (child: { kill(name: NodeJS.Signals): boolean }) => void child.kill('SIGKILL'), null],
  ])('%s', async (_, end, code) => {
    const { child, ended, pids } = await running();
    if (process.platform === 'linux') await eventually(() => hasWatchdog(child.pid ?? 0), 'it is watched');
    end(child);
    expect(await ended).toBe(code);
    await eventually(() => pids.every((pid) => !isAlive(pid)), `gone: ${pids.join(', ')}`);
  });

  it('when the client goes while a script runs', async () => {
    const { child, ended, pids, send } = await running();
    send({
      id: 3,
      method: 'tools/call',
      params: { name: 'execute_composed_code', arguments: { code: 'for (;;) await plain.echo({})' } },
    });
    await eventually(() => descendantsOf(child.pid ?? 0).length >= 5, 'the script runs');
    child.stdin.end();
    await ended;
    await eventually(() => pids.every((pid) => !isAlive(pid)), 'all gone');
  });
});

it.skipIf(!hasPython)(
  'a server written in plain Python works like any other (where skipped: apt-get install python3)',
  async () => {
    const { run } = await serve(setUp({ py: fixture('plain-python.py') }));
    expect(await run('return [await py.add({ a: 2, b: 3 }), await py.echo({ text: "hi" })]')).toMatchObject({
      status: 'success',
      result: [{ sum: 5 }, 'hi'],
    });
    expect(await run('await py.fail({})')).toMatchObject({
      status: 'error',
      error: { kind: 'tool_failed', server: 'py', tool: 'fail' },
    });
  },
);
