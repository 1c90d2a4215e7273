// What is done for servers between calls: those without work are stopped, those that do not answer are started anew.
import { describe, expect, it } from 'vitest';
import { localCaller } from '../../src/downstream/caller.ts';
import type { Connection } from '../../src/downstream/connection.ts';
import { serverListing } from '../../src/server/list-servers.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { fixture } from '../support/orchestrator.ts';
import { http, isAlive, limits, open, startHttp, stdio, stop, textOf, until } from './support.ts';

const once = { repeatable: false };

function states(connection: Connection): string[] {
  const seen: string[] = [];
  connection.onStateChanged(() => {
    const { state } = connection.state();
    if (seen.at(-1) !== state) seen.push(state);
  });
  return seen;
}

const pidOf = async (connection: Connection) => Number(textOf(await connection.callTool('pid', {}, once)));

/** That nothing happens takes time to see. */
const passing = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a server without work', () => {
  it('is stopped, and started again once for all who call it', async () => {
    const connection = open(stdio('crashes-on-call', [], { idleMs: 200 }));
    const first = await pidOf(connection);
    await until(() => connection.isAsleep, 'the server to be stopped');
    expect(connection.state()).toMatchObject({ state: 'idle' });
    await until(() => !isAlive(first), 'its process to end');
    let changes = 0;
    connection.onToolsChanged(() => {
      changes += 1;
    });
    const pids = await Promise.all([pidOf(connection), pidOf(connection), pidOf(connection)]);
    expect(new Set(pids).size).toBe(1);
    expect(pids[0]).not.toBe(first);
    expect(connection.isAsleep).toBe(false);
    expect(changes, 'the new process may have other tools').toBe(1);
  });

  it('is not one that works on a call for longer', async () => {
    const connection = open(stdio('slow', [], { idleMs: 100 }));
    const seen = states(connection);
    expect(textOf(await connection.callTool('sleep_ms', { ms: 600 }, once))).toBe('slept');
    expect(seen).toEqual(['connecting', 'connected']);
    await until(() => connection.isAsleep, 'the server to be stopped afterwards');
  });

  it('is not one of which somebody wants to hear', async () => {
    const connection = open(stdio('offers', [], { idleMs: 100 }));
    const letGo = await connection.subscribe('note://one');
    const seen = states(connection);
    await passing(400);
    expect(seen).toEqual([]);
    letGo();
    await until(() => connection.isAsleep, 'the server to be stopped afterwards');
  });

  it('stays where nothing else is said', async () => {
    const connection = open(stdio('slow'));
    await connection.connect();
    const seen = states(connection);
    await passing(300);
    expect(seen).toEqual([]);
  });

  it('over HTTP has its session ended, and gets another one', async () => {
    const { url } = await startHttp('http-v1');
    const sessions = async () => Number(await (await fetch(url.replace('/mcp', '/sessions'))).text());
    const connection = open(http(url, { idleMs: 150 }));
    expect(textOf(await connection.callTool('count', {}, once))).toBe('1');
    expect(await sessions()).toBe(1);
    await until(async () => (await sessions()) === 0, 'the session to be ended');
    expect(textOf(await connection.callTool('count', {}, once))).toBe('2');
  });

  it('is ready all the same, says that it is idle, and is woken by a script', async () => {
    const orchestrator = await openOrchestrator(
      { napping: fixture('crashes-on-call.mjs'), awake: { ...fixture('slow.mjs'), idle_timeout: 0 } },
      { limits: { serverIdleMs: 200 } },
    );
    for (const name of ['napping', 'awake']) await orchestrator.catalog.refresh(name);
    const row = (name: string) => serverListing(orchestrator).servers.find((server) => server.name === name);
    await until(() => row('napping')?.idle === true, 'the server to be stopped');
    expect(row('napping')?.status).toBe('ready');
    expect(row('awake')).not.toHaveProperty('idle');
    expect(orchestrator.activity().connected).toBe(1);
    // What is asked in the background wakes nobody.
    await orchestrator.catalog.retryFailed();
    expect(row('napping')?.idle).toBe(true);
    const { result } = await orchestrator.runner.run({ code: 'return await napping.echo({ a: 1 })' });
    expect(result).toEqual({ a: 1 });
    expect(row('napping')).not.toHaveProperty('idle');
  });
});

describe('a server that is asked whether it is there', () => {
  const patience = limits({ healthMsMax: 250 });

  it('is started anew where it does not answer, without a call', async () => {
    const connection = open(stdio('falls-silent', [], { healthMs: 100 }), { limits: patience });
    const first = Number(textOf(await connection.callTool('fall_silent', {}, once)));
    const seen = states(connection);
    let problem: string | undefined;
    connection.onStateChanged(() => {
      problem ??= connection.state().problem;
    });
    await until(() => seen.includes('connected'), 'it to be started anew');
    expect(seen).toEqual(['failed', 'connecting', 'connected']);
    expect(problem).toContain('no answer within');
    expect(await pidOf(connection)).not.toBe(first);
    await until(() => !isAlive(first), 'the silent process to end');
  });

  it('is started anew where it died between calls', async () => {
    const connection = open(stdio('crashes-on-call', [], { healthMs: 100 }), { limits: patience });
    const first = await pidOf(connection);
    const seen = states(connection);
    process.kill(first, 'SIGKILL');
    await until(() => seen.includes('connected'), 'it to be started anew');
    expect(await pidOf(connection)).not.toBe(first);
  });

  it('over HTTP is connected to again once it answers again', async () => {
    const { url, child } = await startHttp('http-v1');
    const connection = open(http(url, { healthMs: 100, connectMsMax: 500 }), { limits: patience });
    await connection.connect();
    child.kill('SIGSTOP');
    await until(() => connection.state().state === 'failed', 'its silence to be noticed');
    child.kill('SIGCONT');
    await until(() => connection.state().state === 'connected', 'it to be there again');
    expect(textOf(await connection.callTool('count', {}, once))).toBe('1');
    await stop(child);
    await until(() => connection.state().state === 'failed', 'its end to be noticed');
  });

  it.each([
    ['old', 'falls-silent', [], 2],
    ['new', 'sdk-v2-stdio', ['modern'], 0],
  ] as const)('is left as it is where it answers: one of the %s era', async (_, name, args, pings) => {
    const connection = open(stdio(name, args, { healthMs: 60 }), { limits: limits({ healthMsMax: 5_000 }) });
    await connection.connect();
    const seen = states(connection);
    await passing(400);
    expect(seen).toEqual([]);
    if (pings === 0) return;
    const methods = JSON.parse(textOf(await connection.callTool('seen', {}, once)));
    expect(methods.filter((method: string) => method === 'ping').length).toBeGreaterThanOrEqual(pings);
  });

  it('of the configuration: all of them, but the one that says otherwise', async () => {
    const entry = fixture('falls-silent.mjs');
    const orchestrator = await openOrchestrator(
      { asked: entry, left: { ...entry, health_check: 0 } },
      { limits: { healthCheckMs: 50 } },
    );
    const pings = async (name: string) => {
      const tool = await orchestrator.catalog.find(name, 'seen');
      const { signal } = new AbortController();
      const result = await orchestrator.router.callTool(tool, {}, { signal, caller: localCaller });
      return JSON.parse(textOf(result)).filter((method: string) => method === 'ping').length;
    };
    expect(await pings('left')).toBe(0);
    await until(async () => (await pings('asked')) > 1, 'it to be asked');
    expect(await pings('left')).toBe(0);
  });

  it('is not asked while it works, nor started for it while it is idle', async () => {
    const connection = open(stdio('falls-silent', [], { healthMs: 60, idleMs: 150 }), { limits: patience });
    const first = await pidOf(connection);
    await until(() => connection.isAsleep, 'it to be stopped');
    const seen = states(connection);
    await passing(300);
    expect(seen).toEqual([]);
    expect(await pidOf(connection)).not.toBe(first);
    const working = open(stdio('slow', [], { healthMs: 40, callMsMax: 5_000 }), {
      limits: limits({ healthMsMax: 50 }),
    });
    expect(textOf(await working.callTool('sleep_ms', { ms: 300 }, once))).toBe('slept');
    expect(working.state().state).toBe('connected');
  });
});
