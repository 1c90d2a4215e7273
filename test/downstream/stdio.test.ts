// Servers over stdio: eras, broken servers, ends of processes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { killAllGroups } from '../../src/downstream/process-group.ts';
import { hasPython } from '../support/processes.ts';
import {
  defaultEnvironment,
  emptyFile,
  failureOf,
  isAlive,
  limits,
  markedProcesses,
  open,
  read,
  stdio,
  textOf,
  until,
} from './support.ts';

const once = { repeatable: false };

describe('eras', () => {
  it('speaks the old era with a server of the v1 SDK', async () => {
    const connection = open(stdio('sdk-v1-stdio'));
    const list = await connection.listTools();
    expect(list).toMatchObject({
      serverInfo: { name: 'sdk-v1', version: '1.0.0' },
      protocolVersion: '2025-11-25',
    });
    expect(connection.era()).toMatchObject({ era: 'legacy' });
    const result = await connection.callTool('add', { a: 1, b: 2 }, once);
    expect(result).toEqual({ content: [{ type: 'text', text: '3' }], structuredContent: { sum: 3 } });
  });

  it('speaks the old era with a server that knows both, in one process', async () => {
    const connection = open(stdio('sdk-v2-stdio'));
    expect(textOf(await connection.callTool('era', {}, once))).toBe('legacy');
    expect(connection.era()).toMatchObject({ era: 'legacy' });
    expect(markedProcesses()).toHaveLength(1);
  });

  it('speaks the new era with a server that knows no other', async () => {
    const connection = open(stdio('sdk-v2-stdio', ['modern']));
    expect(await connection.listTools()).toMatchObject({
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'sdk-v2' },
      instructions: 'Instructions of sdk-v2.',
    });
    expect(connection.era()).toMatchObject({ era: 'modern' });
    expect(textOf(await connection.callTool('era', {}, once))).toBe('modern');
    const result = await connection.callTool('echo', { text: 'hello' }, once);
    expect(result).toMatchObject({ content: [{ type: 'text', text: 'hello' }], _meta: { kept: true } });
    expect(result).not.toHaveProperty('resultType');
    expect(markedProcesses()).toHaveLength(1);
  });

  it.skipIf(!hasPython)(
    'works with a server in plain Python (where skipped: apt-get install python3)',
    async () => {
      const connection = open(stdio('plain-python.py'));
      expect((await connection.listTools()).tools).toHaveLength(3);
      expect((await connection.callTool('add', { a: 2, b: 3 }, once)).structuredContent).toEqual({ sum: 5 });
      expect(textOf(await connection.callTool('echo', { text: 'grüße' }, once))).toBe('grüße');
      expect(await connection.callTool('fail', {}, once)).toMatchObject({ isError: true });
    },
  );

  it('asks a server of the old era nothing that it does not know', async () => {
    const starts = emptyFile();
    const connection = open(stdio('exits-on-unknown-method', [starts]));
    expect(textOf(await connection.callTool('echo', { a: 1 }, once))).toBe('{"a":1}');
    expect(read(starts)).toBe('s');
    const probes = emptyFile();
    await open(stdio('silent-to-unknown-methods', [probes])).connect();
    expect(read(probes)).toBe('');
  });

  it('starts a remembered server of the new era once, until the verdict is a day old', async () => {
    const starts = emptyFile();
    const connection = open(stdio('modern-raw', [starts]));
    await connection.connect();
    expect(read(starts)).toBe('ss');
    const again = open(stdio('modern-raw', [starts]), { era: connection.era() });
    await again.connect();
    expect(read(starts)).toBe('sss');
    const later = open(stdio('modern-raw', [starts]), {
      era: { era: 'modern', seenAtMs: Date.now() - 25 * 3_600_000 },
    });
    await later.connect();
    expect(read(starts)).toBe('sssss');
  });

  it.each(['exits-on-unknown-method', 'sdk-v1-stdio'])(
    'asks anew where a remembered new server has become an old one (%s)',
    async (fixture) => {
      const connection = open(stdio(fixture), { era: { era: 'modern', seenAtMs: Date.now() } });
      await connection.connect();
      expect(connection.era()).toMatchObject({ era: 'legacy' });
    },
  );

  it('asks anew where a remembered old server has become a new one', async () => {
    const connection = open(stdio('modern-raw'), { era: { era: 'legacy', seenAtMs: Date.now() } });
    expect(await connection.listTools()).toMatchObject({ serverInfo: { name: 'modern-raw' } });
    expect(connection.era()).toMatchObject({ era: 'modern' });
  });

  it('takes an answer of a newer version for the new era', async () => {
    const connection = open(stdio('modern-raw', ['', 'answers-initialize']));
    await connection.connect();
    expect(connection.era()).toMatchObject({ era: 'modern' });
  });
});

describe('what the server sends', () => {
  it('gives malformed tools and results of the new era as they are', async () => {
    const connection = open(stdio('modern-raw'));
    expect((await connection.listTools()).tools).toEqual([
      { name: 'good', inputSchema: { type: 'object' } },
      { name: 'bad', inputSchema: null, description: null },
      5,
    ]);
    expect(await connection.callTool('good', {}, once)).toEqual({
      content: [{ type: 'hologram', data: 1 }],
      structuredContent: [1],
      vendor: { kept: true },
    });
  });

  it('ends a call that asks for input without end', async () => {
    for (const server of [stdio('modern-raw'), stdio('sdk-v2-stdio', ['modern'])]) {
      const failure = await failureOf(open(server).callTool('ask', {}, once));
      expect(failure).toMatchObject({ code: 'protocol_error', tool: 'ask', retrySafe: 'unknown' });
      expect(failure.message).toContain('asked back 10 times and more');
    }
  });

  it('gives odd results of the old era as they are, and an error where there is none', async () => {
    const connection = open(stdio('malformed-tools', [], { callMsMax: 3_000 }));
    expect(await connection.callTool('unknown_content', {}, once)).toEqual({
      content: [{ type: 'hologram', data: 1 }],
      structuredContent: [1],
      _meta: { a: 1 },
      vendor: 2,
    });
    expect(await connection.callTool('no_content', {}, once)).toEqual({ structuredContent: { a: 1 } });
    expect(await connection.callTool('string_id', {}, once)).toEqual({ content: [] });
    expect(await connection.callTool('deep_result', {}, once)).toHaveProperty('deep.a.a.a');
    const expected = {
      string_result: 'no object: "just a string"',
      null_result: 'no object: null',
      no_result: 'neither a result nor an error',
      string_error: 'it broke',
      error_without_code: 'no code here',
    };
    for (const [tool, text] of Object.entries(expected)) {
      const failure = await failureOf(connection.callTool(tool, {}, once));
      expect(failure).toMatchObject({ code: 'protocol_error', server: 'malformed-tools', tool });
      expect(failure.message).toContain(text);
    }
  });

  it('tolerates garbage on stdout', async () => {
    const connection = open(stdio('garbage-on-stdout'));
    expect((await connection.listTools()).tools).toHaveLength(1);
    for (let a = 0; a < 3; a += 1)
      expect(textOf(await connection.callTool('echo', { a }, once))).toBe(`{"a":${a}}`);
  });

  it('drops double, unasked and late answers', async () => {
    const connection = open(stdio('late-answers', [], { callMsMax: 300 }));
    expect(textOf(await connection.callTool('double', {}, once))).toBe('first');
    expect(await failureOf(connection.callTool('late', {}, once))).toMatchObject({ code: 'call_timeout' });
    await connection.callTool('release', {}, once);
    expect(textOf(await connection.callTool('echo', { a: 1 }, once))).toBe('{"a":1}');
  });

  it('refuses requests of the server', async () => {
    const connection = open(stdio('asks-client'));
    const replies = JSON.parse(textOf(await connection.callTool('ask', {}, once)));
    expect(replies).toEqual(
      ['sampling/createMessage', 'roots/list', 'made/up'].map((method) => ({
        id: `q-${method}`,
        code: -32601,
      })),
    );
  });

  it('passes on isError results, and errors with bounded clean text', async () => {
    const connection = open(stdio('asks-client'));
    expect(await connection.callTool('fail', {}, once)).toEqual({
      content: [{ type: 'text', text: 'no such file' }],
      isError: true,
    });
    const failure = await failureOf(connection.callTool('error', {}, once));
    expect(failure).toMatchObject({ code: 'protocol_error', retrySafe: 'unknown' });
    expect(failure.message).toContain('error -32099: bad thing');
    expect(failure.message.length).toBeLessThanOrEqual(2_001);
    expect(await failureOf(connection.callTool('error', {}, { repeatable: true }))).toMatchObject({
      retrySafe: 'yes',
    });
  });

  it('gives a server only the default environment and its own', async () => {
    const connection = open(stdio('asks-client', [], { env: { MINE: '1' } }));
    const environment = JSON.parse(textOf(await connection.callTool('environment', {}, once)));
    expect(environment).toEqual({ ...defaultEnvironment, MINE: '1' });
  });
});

describe('large messages', () => {
  it('takes a large result', async () => {
    const connection = open(stdio('huge-result'));
    expect(textOf(await connection.callTool('bytes', { bytes: 8_000_000 }, once))).toHaveLength(8_000_000);
  });

  it('refuses a result over the limit of results and goes on', async () => {
    const connection = open(stdio('huge-result'), { limits: limits({ toolResultBytesMax: 1_000_000 }) });
    const echo = connection.callTool('echo', { a: 1 }, once);
    const failure = await failureOf(connection.callTool('bytes', { bytes: 1_100_000 }, once));
    expect(failure).toMatchObject({ code: 'result_too_large', retrySafe: 'no' });
    expect(failure.message).toMatch(/11000\d\d bytes; at most 1000000/);
    expect(textOf(await echo)).toBe('{"a":1}');
  });

  it('skips a message over the limit of messages and still knows whose it was', async () => {
    const connection = open(stdio('huge-result'), { limits: limits({ messageBytesMax: 1_048_576 }) });
    const failure = await failureOf(connection.callTool('bytes', { bytes: 3_000_000 }, { repeatable: true }));
    expect(failure).toMatchObject({ code: 'result_too_large', retrySafe: 'yes' });
    expect(textOf(await connection.callTool('echo', { a: 1 }, once))).toBe('{"a":1}');
    expect(markedProcesses()).toHaveLength(1);
  });

  it('ends a connection whose oversized message belongs to nobody', async () => {
    const connection = open(stdio('huge-result'), { limits: limits({ messageBytesMax: 1_048_576 }) });
    const failure = await failureOf(connection.callTool('anonymous', { bytes: 3_000_000 }, once));
    expect(failure).toMatchObject({ code: 'connection_lost', retrySafe: 'unknown' });
    expect(failure.message).toContain('messageBytesMax');
    expect(textOf(await connection.callTool('echo', { a: 1 }, once))).toBe('{"a":1}');
  });
});

describe('servers that cannot be reached', () => {
  it('tells why a server ended, with its last words', async () => {
    const connection = open(stdio('exits-at-once'));
    const failure = await failureOf(connection.connect());
    expect(failure).toMatchObject({ code: 'server_unavailable', retrySafe: 'yes', server: 'exits-at-once' });
    expect(failure.message).toContain('exit code 3');
    expect(failure.message).toContain('API_KEY is not set');
    expect(connection.lastStderr()).toEqual(['exits-at-once: API_KEY is not set']);
    expect(connection.state()).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('API_KEY'),
    });
  });

  it('gives up on a server that never answers', async () => {
    const connection = open(stdio('never-answers', [], { connectMsMax: 900 }));
    const failure = await failureOf(connection.callTool('any', {}, once));
    expect(failure).toMatchObject({ code: 'server_unavailable' });
    expect(failure.message).toContain('did not answer within 900 ms');
    expect(failure.message).toContain('waiting for nothing');
    expect(failure.hint).toContain('raise "connect_timeout" of "never-answers"');
  });

  it('shows what a program that is no server prints on stdout', async () => {
    const code = 'console.log("Usage: tool FILE"); console.log("more"); process.stdin.resume()';
    const failure = await failureOf(
      open(stdio('x', [], { args: ['-e', code], connectMsMax: 600 })).connect(),
    );
    expect(failure.message).toContain('2 lines on its stdout were no messages, the first: Usage: tool FILE');
  });

  it('fails fast right after a failure, with the same problem', async () => {
    const starts = emptyFile();
    const connection = open(stdio('exits-at-once'));
    const failures = await Promise.all([failureOf(connection.connect()), failureOf(connection.connect())]);
    expect(failures[0]).toBe(failures[1]);
    const startedAt = performance.now();
    const fast = await failureOf(connection.connect());
    expect(performance.now() - startedAt).toBeLessThan(20);
    expect(fast.message).toMatch(/API_KEY is not set \(the next attempt is possible in [01]\.\d s\)/);
    await until(
      async () => !(await failureOf(connection.connect())).message.includes('next attempt'),
      'a new attempt',
    );
    expect(await failureOf(connection.connect({ background: true }))).toMatchObject({
      message: expect.stringMatching(/possible in [12]\.\d s/),
    });
    expect(read(starts)).toBe('');
  });

  it.each([
    [
      { command: 'no-such-command-here' },
      '"no-such-command-here" was not found on PATH (searched: ',
      'Install',
    ],
    [{ command: 'npx -y no-such' }, 'was not found on PATH', '"npx", and what follows it into "args"'],
    [{ command: './no-such-file' }, 'the file "./no-such-file" does not exist', 'Correct "command"'],
    [{ cwd: '/no/such/folder' }, 'working directory "/no/such/folder" does not exist', 'Correct "cwd"'],
    [{ command: './raw.mjs' }, 'may not be executed', 'executable'],
  ])('explains what cannot be started: %o', async (overrides, text, hint) => {
    const failure = await failureOf(open(stdio('slow', [], overrides)).connect());
    expect(failure).toMatchObject({ code: 'server_unavailable', hint: expect.stringContaining(hint) });
    expect(failure.message).toContain(text);
  });

  it('hides secret variables that a server prints', async () => {
    const code = 'console.error("my token is " + process.env.API_TOKEN); process.exitCode = 1';
    const config = stdio('x', [], { args: ['-e', code], env: { API_TOKEN: 's3cr3t-value' } });
    const failure = await failureOf(open(config).connect());
    expect(failure.message).toContain('my token is [hidden]');
  });

  it('hides variables in arguments, and secrets that its bounds would cut in half', async () => {
    const long = 'z9'.repeat(2_000);
    const config = stdio('postgres', [], {
      command: 'sh',
      args: ['-c', 'printf "%490s %s\n" "" "$LONG" >&2; exit 4', '--key=k-123', long],
      env: { LONG: long, DATABASE: 'postgres' },
      secrets: ['k-123'],
    });
    const connection = open(config);
    const failure = await failureOf(connection.connect());
    expect(failure.message).toMatch(
      /^server "postgres" is not available: its command "sh -c .* exit 4 --key=\[hidden\] \[hidden\]" ended with exit code 4 before it answered; the last lines of its stderr:\n\[hidden\]$/s,
    );
    expect(connection.state().problem).not.toContain('z9');
    expect(connection.lastStderr()).toEqual(['[hidden]']);
  });

  it('tells the last words of each of many that end at once', async () => {
    const failures = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const args = ['-c', 'echo MISSING_TOKEN >&2; exit 4'];
        return failureOf(open(stdio(`s${index}`, [], { command: 'sh', args })).connect());
      }),
    );
    expect(failures.filter(({ message }) => !/stderr:\nMISSING_TOKEN$/.test(message))).toEqual([]);
  });
});

describe('ends of processes', () => {
  it('ends a server that ignores the end of its input and SIGTERM', async () => {
    const connection = open(stdio('ignores-sigterm'));
    const pid = Number(textOf(await connection.callTool('pid', {}, once)));
    await connection.close();
    expect(isAlive(pid)).toBe(false);
    expect(connection.state().state).toBe('idle');
    expect(await failureOf(connection.connect())).toMatchObject({ code: 'server_unavailable' });
  });

  it('ends a grandchild that ignores SIGTERM', async () => {
    const file = emptyFile();
    const connection = open(stdio('spawns-grandchild', [file]));
    await connection.connect();
    await until(() => read(file) !== '', 'the grandchild to announce itself');
    const grandchild = Number(read(file));
    expect(isAlive(grandchild)).toBe(true);
    await connection.close();
    expect(isAlive(grandchild)).toBe(false);
  });

  it('ends the grandchild of a server that died, and notices the death although the pipe stays open', async () => {
    const file = emptyFile();
    const connection = open(stdio('spawns-grandchild', [file]));
    await connection.connect();
    await until(() => read(file) !== '', 'the grandchild to announce itself');
    const grandchild = Number(read(file));
    expect(await failureOf(connection.callTool('die', {}, once))).toMatchObject({ code: 'connection_lost' });
    await until(() => !isAlive(grandchild), 'the grandchild to be ended');
    expect(Number(textOf(await connection.callTool('pid', {}, once)))).toBeGreaterThan(0);
  });

  it('closes in the middle of connecting', async () => {
    const connection = open(stdio('never-answers'));
    const connecting = failureOf(connection.connect());
    await until(() => markedProcesses().length === 1, 'the server to be started');
    await connection.close();
    expect(await connecting).toMatchObject({
      code: 'server_unavailable',
      message: expect.stringContaining('shutting down'),
    });
  });

  it('kills all groups at once', async () => {
    const file = emptyFile();
    const connection = open(stdio('spawns-grandchild', [file]));
    await connection.connect();
    await until(() => read(file) !== '', 'the grandchild to announce itself');
    killAllGroups();
    await until(() => markedProcesses().length === 0, 'all processes to be gone');
  });

  it('keeps our version in step with the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const source = readFileSync(new URL('../../src/downstream/handshake.ts', import.meta.url), 'utf8');
    expect(source).toContain(`version: '${manifest.version}'`);
  });
});
