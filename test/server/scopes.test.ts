// Whose process it is that answers: that of all, of one run, or of one principal; and that nobody sees what is another's.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/downstream/caller.ts';
import type { Orchestrator } from '../../src/orchestrator.ts';
import { serverListing } from '../../src/server/list-servers.ts';
import { connectHttp, serveHttp } from '../support/http.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { fixture, serve, setUp } from '../support/orchestrator.ts';

const soon = { timeout: 10_000, interval: 10 };
const own = (scope: string, more: object = {}) => ({
  own: { ...fixture('keeps-to-itself.mjs'), scope, ...more },
});
const oldEra = { versionNegotiation: { mode: 'legacy' } } as const;
const anna = { principal: 'anna' };
const ben = { principal: 'ben' };

async function call(orchestrator: Orchestrator, tool: string, caller: Caller, args: object = {}) {
  const known = await orchestrator.catalog.find('own', tool);
  const { signal } = new AbortController();
  const result = await orchestrator.router.callTool(known, { ...args }, { signal, caller });
  return JSON.parse((result.content as { text: string }[])[0]?.text ?? '');
}

const pidOf = (orchestrator: Orchestrator, caller: Caller): Promise<number> =>
  call(orchestrator, 'pid', caller);
const row = (orchestrator: Orchestrator) =>
  serverListing(orchestrator).servers.find(({ name }) => name === 'own');

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('shared', () => {
  it('is one process for all', async () => {
    const orchestrator = await openOrchestrator(own('shared'));
    const pids = await Promise.all([anna, ben].map((caller) => pidOf(orchestrator, caller)));
    expect(pids[0]).toBe(pids[1]);
    expect(row(orchestrator)).not.toHaveProperty('scope');
  });
});

describe('run', () => {
  const script = `
    await own.remember({ word: input });
    const pids = await Promise.all([own.pid({}), own.pid({})]);
    return { pids, words: Object.keys(await own.recall({})) }`;

  it('is a process of its own for each script, ended with it', async () => {
    const orchestrator = await openOrchestrator(own('run'));
    const results = await Promise.all(
      ['first', 'second'].map((input) => orchestrator.runner.run({ code: script, input })),
    );
    const [first, second] = results.map(({ result }) => result as { pids: number[]; words: string[] });
    expect([first?.words, second?.words]).toEqual([['first'], ['second']]);
    expect(first?.pids[0]).toBe(first?.pids[1]);
    expect(first?.pids[0]).not.toBe(second?.pids[0]);
    for (const { pids } of [first, second].filter((one) => one !== undefined))
      await expect.poll(() => isRunning(pids[0] ?? 0), soon).toBe(false);
    expect(row(orchestrator)).toMatchObject({ scope: 'run', connections: 0, calls: 8 });
  });

  it('ends with a script that fails or is cut off, too', async () => {
    const orchestrator = await openOrchestrator(own('run'));
    const failing = await orchestrator.runner.run({ code: 'throw new Error(String(await own.pid({})))' });
    const cut = await orchestrator.runner.run({
      code: 'console.log(await own.pid({})); await own.wait({ ms: 60000 })',
      timeout: 1,
    });
    expect(cut.status).toBe('timeout');
    const pids = [Number(failing.error?.message), Number(cut.output)];
    expect(pids.every((pid) => pid > 0)).toBe(true);
    for (const pid of pids) await expect.poll(() => isRunning(pid), soon).toBe(false);
  });

  it('is one for each single call, or for the calls of one session', async () => {
    const orchestrator = await openOrchestrator(own('run'));
    const single = [await pidOf(orchestrator, anna), await pidOf(orchestrator, anna)];
    expect(single[0]).not.toBe(single[1]);
    for (const pid of single) await expect.poll(() => isRunning(pid), soon).toBe(false);
    const inSession = { ...anna, session: 'one' };
    const pid = await pidOf(orchestrator, inSession);
    expect(await pidOf(orchestrator, inSession)).toBe(pid);
    expect(await pidOf(orchestrator, { ...anna, session: 'other' })).not.toBe(pid);
    expect(
      await pidOf(orchestrator, { ...ben, session: 'one' }),
      'a name that is guessed leads nowhere',
    ).not.toBe(pid);
  });

  it('is bounded: a run keeps its own, and what is beyond is told', async () => {
    const orchestrator = await openOrchestrator(own('run'), { limits: { scopedConnectionsMax: 1 } });
    const running = orchestrator.runner.run({
      code: 'const pid = await own.pid({}); await own.wait({ ms: 1500 }); return [pid, await own.pid({})]',
    });
    await expect.poll(() => row(orchestrator)?.connections, soon).toBe(1);
    await expect(pidOf(orchestrator, anna)).rejects.toMatchObject({
      code: 'limit_exceeded',
      retrySafe: 'yes',
      message: expect.stringContaining('scopedConnectionsMax'),
    });
    const { result } = await running;
    const [before, after] = result as number[];
    expect(before).toBe(after);
    expect(await pidOf(orchestrator, anna)).not.toBe(before);
  });
});

describe('principal', () => {
  it('is a process of its own for each, whatever they do', async () => {
    const orchestrator = await openOrchestrator(own('principal'));
    const pids = await Promise.all([anna, anna, ben].map((caller) => pidOf(orchestrator, caller)));
    expect(pids[0]).toBe(pids[1]);
    expect(pids[0]).not.toBe(pids[2]);
    const { result } = await orchestrator.runner.run({ code: 'return await own.pid({})', caller: anna });
    expect(result).toBe(pids[0]);
    expect(row(orchestrator)).toMatchObject({ scope: 'principal', connections: 2, calls: 4 });
  });

  it('is bounded: who was there longest ago gives way, and is let in again', async () => {
    const orchestrator = await openOrchestrator(own('principal'), { limits: { scopedConnectionsMax: 2 } });
    const first = await pidOf(orchestrator, anna);
    const second = await pidOf(orchestrator, ben);
    expect(await pidOf(orchestrator, anna)).toBe(first);
    await pidOf(orchestrator, { principal: 'cleo' });
    await expect.poll(() => isRunning(second), soon).toBe(false);
    expect(await pidOf(orchestrator, anna)).toBe(first);
    // Those at work stay.
    const atWork = [anna, { principal: 'cleo' }].map((caller) =>
      call(orchestrator, 'wait', caller, { ms: 1_000 }),
    );
    await expect.poll(() => row(orchestrator)?.connections, soon).toBe(2);
    await expect(pidOf(orchestrator, ben)).rejects.toMatchObject({ code: 'limit_exceeded' });
    await Promise.all(atWork);
    expect(await pidOf(orchestrator, ben)).not.toBe(second);
  });

  it('is stopped without work, and started again', async () => {
    const orchestrator = await openOrchestrator(own('principal'), { limits: { scopedIdleMs: 200 } });
    const first = await pidOf(orchestrator, anna);
    await expect.poll(() => isRunning(first), soon).toBe(false);
    expect(await pidOf(orchestrator, anna)).not.toBe(first);
    await expect.poll(() => row(orchestrator)?.idle, soon).toBe(true);
  });

  it('ends with the server, and with the orchestrator', async () => {
    const orchestrator = await openOrchestrator({});
    const { own: entry } = own('principal');
    const register = () =>
      orchestrator.servers.register({ name: 'own', entry, principal: 'local', isOperator: true });
    await register();
    const first = await pidOf(orchestrator, anna);
    await orchestrator.servers.remove('own');
    await expect.poll(() => isRunning(first), soon).toBe(false);
    await register();
    const second = await pidOf(orchestrator, ben);
    await orchestrator.close();
    expect(isRunning(second)).toBe(false);
  });
});

describe('a client', () => {
  const pidBy = async ({ client }: { client: Client }) => {
    const answer = await client.callTool({ name: 'call_remote_tool', arguments: { tool_name: 'own__pid' } });
    const [block] = answer.content;
    return Number(block?.type === 'text' ? block.text : undefined);
  };

  it('over stdio keeps what its single calls built up, apart from its scripts', async () => {
    const served = await serve(setUp(own('run'), { check: 'off' }));
    const pid = await pidBy(served);
    expect(pid).toBeGreaterThan(0);
    expect(await pidBy(served)).toBe(pid);
    const { result } = await served.run('return await own.pid({})');
    expect(result).toBeGreaterThan(0);
    expect(result).not.toBe(pid);
  });

  it('over HTTP does so in its session, and has none otherwise', async () => {
    const served = await serveHttp(setUp(own('run'), { check: 'off' }));
    const inSession = await connectHttp(served.url, {
      client: { capabilities: { elicitation: {} }, ...oldEra },
    });
    const pid = await pidBy(inSession);
    expect(pid).toBeGreaterThan(0);
    expect(await pidBy(inSession)).toBe(pid);
    const without = await connectHttp(served.url);
    const pids = [await pidBy(without), await pidBy(without), pid];
    expect(new Set(pids).size).toBe(3);
    for (const ended of pids.slice(0, 2)) await expect.poll(() => isRunning(ended), soon).toBe(false);
  });
});

describe('over HTTP, a server whose list and answers are private', () => {
  it('shows nobody the tools, the types or the answers of another', async () => {
    const http = {
      tokens: [
        { name: 'anna', token: 'anna-token-0123456789' },
        { name: 'ben', token: 'ben-token-0123456789' },
      ],
    };
    const storage = { storage: 'file', storage_folder: 'state', check: 'off' };
    const setup = setUp(own('principal', { learnTypes: true }), { http, ...storage });
    const served = await serveHttp(setup);
    expect(served.stderr()).toContain('mcpServers.own.learnTypes has no effect');
    const as = (name: string) =>
      connectHttp(served.url, { headers: { Authorization: `Bearer ${name}-token-0123456789` } });
    const [first, second] = [await as('anna'), await as('ben')];
    const told = await first.run(
      'await own.remember({ word: "annas_secret" }); const all = []; for (let i = 0; i < 12; i++) all.push(await own.recall({})); return all.at(-1)',
    );
    expect(told.result).toEqual({ annas_secret: 1 });
    expect((await second.run('return await own.recall({})')).result).toEqual({});
    const answers = await Promise.all(
      [first, second].flatMap(({ client }) =>
        ['refresh_tools', 'list_available_tools', 'get_api_documentation', 'list_servers'].map((name) =>
          client.callTool({ name, arguments: name === 'list_available_tools' ? { detail: 'full' } : {} }),
        ),
      ),
    );
    expect(JSON.stringify(answers)).toContain('recall');
    expect(JSON.stringify(answers)).not.toContain('annas_secret');
    await served.end();
    const kept = readdirSync(setup.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      // The record of her own run is hers to look up.
      .filter((file) => !/state.run[s-]/.test(file));
    for (const file of kept) expect(readFileSync(file, 'latin1'), file).not.toContain('annas_secret');
  });
});
