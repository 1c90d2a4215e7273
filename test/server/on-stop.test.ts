/**
 * What a script registered by `onStop` is done where it was cut off, whatever cut it off: a real server writes down what was
 * really done, and the result says whether all was.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { RunResult } from '../../src/execution/run-result.ts';
import { command } from '../support/command.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { newLedger } from '../support/ledger.ts';
import { type Served, serve, setUp } from '../support/orchestrator.ts';
import { descendantsOf, eventually } from '../support/processes.ts';

const limits = {
  cpuMsMax: 500,
  heapMebibytesMax: 32,
  callsMax: 20,
  stopMsMax: 3_000,
  stopCpuMsMax: 300,
  stopCallsMax: 3,
};
const ledger = newLedger(afterAll);
let served: Served;
beforeAll(async () => {
  ledger.wrong({ hang: ['wait', 'wait in onStop'], fail: ['broken'] });
  const servers = { ledger: { ...(ledger.servers.ledger as object), concurrency: 64 } };
  served = await serve(setUp(servers, { check: 'off', limits }, afterAll), {
    onEnd: afterAll,
    client: { versionNegotiation: { mode: 'legacy' } },
  });
});

/** Entries of one test bear its name: others run beside it. */
function entriesOf(name: string): string[] {
  return ledger
    .lines()
    .filter((line) => line.includes(`"${name}: `))
    .map((line) => line.replace(`append "${name}: `, '').slice(0, -1));
}

/** `lists(...)`, `write(...)` and what cuts a script off, for the scripts of one test. */
function scriptOf(name: string, code: string): string {
  return `
    const entry = (text) => ({ entry: ${JSON.stringify(`${name}: `)} + text });
    const write = (text) => ledger.append(entry(text));
    const list = (...texts) => onStop(texts.map((text) => ({ tool: 'ledger.append', args: entry(text) })));
    const wait = () => ledger.append({ entry: 'wait' });
    const nativeLoop = () => [].indexOf.call({ length: 2 ** 53 - 1 }, 1);
    ${code}`;
}

interface Case {
  readonly what: string;
  readonly code: string;
  readonly timeout?: number;
  readonly status: RunResult['status'];
  readonly reason?: NonNullable<RunResult['stop']>['reason'];
  /** What was done, in this order. */
  readonly done: readonly string[];
  /** Of what was not. */
  readonly error?: string;
}

const lists: readonly Case[] = [
  {
    what: 'a time limit, in a call',
    code: `await list('halt', 'release'); await wait()`,
    ...{ timeout: 1, status: 'timeout', done: ['halt', 'release'] },
  },
  {
    what: 'a time limit, in a loop',
    code: `await list('halt'); for (;;) await new Promise((go) => setTimeout(go, 1))`,
    ...{ timeout: 1, status: 'timeout', done: ['halt'] },
  },
  {
    what: 'processor time',
    code: `await list('halt'); for (;;);`,
    ...{ status: 'limit', done: ['halt'] },
  },
  {
    what: 'processor time, in a loop that cannot be interrupted: the process is killed',
    code: `await list('halt'); nativeLoop()`,
    ...{ status: 'limit', done: ['halt'] },
  },
  {
    what: 'memory: the process aborts',
    code: `await list('halt'); const m = new Map(); for (let i = 0; ; i++) m.set(i, i)`,
    ...{ status: 'limit', done: ['halt'] },
  },
  {
    what: 'too many calls',
    code: `await list('halt'); for (;;) await ledger.look({ entry: 1 })`,
    ...{ status: 'limit', done: ['halt'] },
  },
  {
    what: 'a rejection that nothing handles',
    code: `await list('halt'); Promise.reject(new Error('lost')); await wait()`,
    ...{ status: 'error', done: ['halt'] },
  },
  {
    what: 'a cut while the list is still being looked at',
    code: `list('halt'); for (;;);`,
    ...{ status: 'limit', done: ['halt'] },
  },
  {
    what: 'the last registered is done first, what was taken back is not',
    code: `await list('first'); const remove = await list('not'); await list('last'); remove(); await write('work'); await wait()`,
    ...{ timeout: 1, status: 'timeout', done: ['work', 'last', 'first'] },
  },
  {
    what: 'a call that fails keeps the rest from nothing',
    code: `await list('a'); await onStop([{ tool: 'ledger.append', args: { entry: 'broken' } }, { tool: 'ledger__append', args: entry('b') }]); for (;;);`,
    ...{ status: 'limit', done: ['b', 'a'], error: 'ledger.append failed: tool_failed' },
  },
  {
    what: 'a call that is not answered has stopMsMax',
    code: `await list('never'); await onStop([{ tool: 'ledger.append', args: { entry: 'wait in onStop' } }, { tool: 'ledger.append', args: entry('late') }]); for (;;);`,
    ...{ status: 'limit', done: [], error: 'stopMsMax was over' },
  },
];

const functions: readonly Case[] = [
  {
    what: 'a time limit: it has calls, timers and output of its own',
    code: `onStop(async () => { await write('halt'); await new Promise((go) => setTimeout(go, 20)); await write('release'); console.log('released') }); await wait()`,
    ...{ timeout: 1, status: 'timeout', done: ['halt', 'release'] },
  },
  {
    what: 'processor time, in a loop that awaits something',
    code: `onStop(() => write('halt')); for (;;) await new Promise((go) => setTimeout(go))`,
    status: 'limit',
    done: ['halt'],
  },
  {
    what: 'a loop that awaits nothing: there is no room for it',
    code: `await list('halt'); onStop(() => write('never')); for (;;);`,
    status: 'limit',
    done: ['halt'],
    error: 'the function on line',
  },
  {
    what: 'too many calls',
    code: `onStop(() => write('halt')); for (;;) await ledger.look({ entry: 1 })`,
    ...{ status: 'limit', done: ['halt'] },
  },
  {
    what: 'an exception in a timer',
    code: `onStop(() => write('halt')); setTimeout(() => { throw new Error('late') }); await wait()`,
    ...{ status: 'error', done: ['halt'] },
  },
  {
    what: 'a loop that cannot be interrupted takes the function with it, not the list',
    code: `await list('halt'); onStop(() => write('never')); await ledger.look({ entry: 1 }); nativeLoop()`,
    ...{ status: 'limit', done: ['halt'], error: 'was not run: the sandbox had to be ended' },
  },
  {
    what: 'one that loops has stopCpuMsMax',
    code: `await list('halt'); onStop(() => { for (;;); }); await wait()`,
    ...{ timeout: 1, status: 'timeout', done: ['halt'], error: '300 ms of processor time (stopCpuMsMax)' },
  },
  {
    what: 'one that never ends has stopMsMax',
    code: `await list('halt'); onStop(() => new Promise((go) => setTimeout(go, 60_000))); await wait()`,
    ...{ timeout: 1, status: 'timeout', done: ['halt'], error: 'did not end within 3000 ms (stopMsMax)' },
  },
  {
    what: 'one that calls without end has stopCallsMax',
    code: `await list('halt'); onStop(async () => { for (let i = 1; ; i++) await write(String(i)) }); await wait()`,
    ...{
      timeout: 1,
      status: 'timeout',
      done: ['1', '2', '3', 'halt'],
      error: '3 tool calls, the most allowed (stopCallsMax)',
    },
  },
  {
    what: 'one that fails says where',
    code: `await list('halt');\nonStop(async () => {\n  await write('before');\n  null.x;\n});\nawait wait()`,
    ...{
      timeout: 1,
      status: 'timeout',
      done: ['before', 'halt'],
      error: 'TypeError: Cannot read properties of null',
    },
  },
];

describe.each([
  ['a list, after', lists],
  ['a function, after', functions],
] as const)('%s', (kind, cases) => {
  test.concurrent.each(cases)('$what', async ({ what, code, timeout, status, reason, done, error }) => {
    const name = `${kind} ${what}`;
    const result = await served.run(scriptOf(name, code), timeout === undefined ? {} : { timeout });
    expect(entriesOf(name)).toEqual(done);
    const why = reason ?? (status as NonNullable<RunResult['stop']>['reason']);
    expect(result).toMatchObject({ status, stop: { ran: error === undefined, reason: why } });
    expect(result.text).toContain(error === undefined ? 'onStop: all that' : 'onStop: NOT ALL WAS DONE: ');
    if (error !== undefined) expect(result.stop?.error).toContain(error);
    else
      expect(result.stop?.calls.map(({ ok }) => ok)).toEqual(
        done.filter((one) => one !== 'work').map(() => true),
      );
    if (code.includes('console.log')) expect(result.output).toBe('released\n');
  });
});

describe('registering', () => {
  it.each([
    [
      'list("1", "2", "3", "4")',
      'limit_exceeded',
      '4 calls are registered in lists; at most 3 (stopCallsMax)',
    ],
    ['onStop([{ tool: "ledger.apend" }])', 'tool_unknown', 'onStop, call 1 of the list'],
    ['onStop([{ tool: "ledger.append", args: {} }])', 'arguments_invalid', 'onStop, call 1 of the list'],
  ])('%s fails at once, and is not held', async (call, kind, message) => {
    const code = `try { await ${call} } catch ({ kind, message }) { return { kind, message } }`;
    const result = await served.run(scriptOf('refused', code));
    expect(result).toMatchObject({ status: 'success', result: { kind } });
    expect((result.result as { message: string }).message).toContain(message);
  });

  it('is for being cut off: after a good end or an exception nothing is done', async () => {
    const ended = await served.run(
      scriptOf('good', `await list('never'); onStop(() => write('never')); return 1`),
    );
    const threw = await served.run(
      scriptOf('good', `await list('never'); onStop(() => write('never')); null.x`),
    );
    expect([ended.status, threw.status]).toEqual(['success', 'error']);
    expect([ended.stop, threw.stop]).toEqual([undefined, undefined]);
    expect(entriesOf('good')).toEqual([]);
  });
});

it('where the process is killed from outside, the list is done', async () => {
  const name = 'killed';
  const running = served.run(scriptOf(name, `await list('halt'); await write('at work'); await wait()`));
  await eventually(() => entriesOf(name).length === 1, 'the script is at work');
  for (const pid of descendantsOf(served.pid)) {
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/sandbox/main.cjs'))
      process.kill(pid, 'SIGKILL');
  }
  expect(await running).toMatchObject({
    status: 'error',
    stop: { ran: true, reason: 'error', calls: [{ ok: true }] },
  });
  expect(entriesOf(name)).toEqual(['at work', 'halt']);
});

it('where the client cancels the request, both are done', async () => {
  const name = 'cancelled';
  const code = scriptOf(
    name,
    `await list('list'); onStop(() => write('function')); await write('at work'); await wait()`,
  );
  const ender = new AbortController();
  const running = served.client
    .callTool({ name: 'execute_composed_code', arguments: { code } }, { signal: ender.signal })
    .catch(() => 'cancelled');
  await eventually(() => entriesOf(name).length === 1, 'the script is at work');
  ender.abort();
  expect(await running).toBe('cancelled');
  await eventually(() => entriesOf(name).length === 3, 'what was registered is done');
  expect(entriesOf(name)).toEqual(['at work', 'function', 'list']);
});

it('on Ctrl-C at the command line, both are done, and the exit code is 130', async () => {
  const own = newLedger();
  own.wrong({ hang: ['wait'] });
  const { folder, configFile } = setUp(own.servers, { check: 'off' });
  const file = path.join(folder, 'script.ts');
  writeFileSync(
    file,
    scriptOf(
      'terminal',
      `await list('list'); onStop(() => write('function')); console.log('at work'); await wait()`,
    ),
  );
  const { code, stderr } = await command(['run', file, '--config', configFile], {
    onData: (text, kill) => text.includes('at work') && kill('SIGINT'),
  });
  expect({ code, stderr }).toEqual({
    code: 130,
    stderr: expect.stringContaining('onStop: all that was registered was done'),
  });
  expect(own.lines()).toEqual(['append "wait"', 'append "terminal: function"', 'append "terminal: list"']);
});

it('in our own process, both are done', async () => {
  const own = newLedger();
  own.wrong({ hang: ['wait'] });
  const { runner } = await openOrchestrator(own.servers, { sandbox: { isolation: 'in-process' }, limits });
  const run = (code: string) => runner.run({ code: scriptOf('inside', code), timeout: 1 });
  const waits = await run(`await list('list'); onStop(() => write('function')); await wait()`);
  expect(waits).toMatchObject({ status: 'timeout', stop: { ran: true } });
  const loops = await run(`await list('list'); onStop(() => write('function')); for (;;);`);
  expect(loops.stop).toMatchObject({ reason: loops.status });
  expect(own.lines().filter((line) => line !== 'append "wait"')).toEqual([
    ...['append "inside: function"', 'append "inside: list"'],
    ...(loops.stop?.ran ? ['append "inside: function"'] : []),
    'append "inside: list"',
  ]);
});
