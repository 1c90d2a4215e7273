/**
 * A sandbox process that was taken over, played by a real program that speaks our frames as it likes: nothing of it
 * reaches another run, it is killed, its own run ends, and the next script works.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProcessLink } from '../../src/execution/process-link.ts';
import { startSandboxProcess } from '../../src/execution/sandbox-process.ts';
import { isAlive } from '../support/processes.ts';
import { echo, type Ran, type RunOptions, Sandbox, until } from './harness.ts';

const program = path.join(import.meta.dirname, '../fixtures/hostile-sandbox.ts');
/** What the next processes do; honest ones where there is nothing. */
const next: string[] = [];
const hostile: ChildProcess[] = [];

const sandbox = new Sandbox(
  {
    callsInFlightMax: 16,
    argumentBytesMax: 10_000,
    outputBytesMax: 10_000,
    resultBytesMax: 10_000,
    residentMebibytesMax: 128,
  },
  undefined,
  {
    openLink: (options, events) =>
      openProcessLink(options, events, (limits) => {
        const what = next.shift();
        if (what === undefined) return startSandboxProcess(limits);
        const child = spawn(process.execPath, [program, what], {
          stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        });
        hostile.push(child);
        return child;
      }),
  },
);

/** It calls and prints all the while in a process of its own, until it is told to end. */
let bystander: Promise<Ran>;
let isOver = false;
beforeAll(async () => {
  const started = Promise.withResolvers<void>();
  bystander = sandbox.run(
    `console.log('mine');
    let calls = 0;
    do calls++; while (!(await files.read({ calls })).isOver && await new Promise((go) => setTimeout(() => go(true), 20)));
    return calls;`,
    {
      onOutput: () => started.resolve(),
      onCall: async (call) => (isOver ? { ok: true, value: '{"isOver":true}' } : echo(call)),
    },
  );
  await started.promise;
});
afterAll(async () => {
  isOver = true;
  const { ok, value, calls, output } = await bystander;
  expect({ ok, output }).toEqual({ ok: true, output: 'mine\n' });
  expect(calls).toHaveLength(value as number);
  expect(calls.map(({ id }) => id)).toEqual(calls.map((_, index) => index + 1));
  await sandbox.close();
});

async function meet(what: string, options: RunOptions = {}, processes = 1): Promise<Ran> {
  // Honest processes that are at rest are kept busy: the script gets one of its own.
  const held = Promise.withResolvers<void>();
  const beside = Array.from({ length: sandbox.pool.stats().processes - 1 }, () => {
    const isHeld = Promise.withResolvers<void>();
    const ran = sandbox.run('await files.read()', {
      onCall: async () => {
        isHeld.resolve();
        await held.promise;
        return { ok: true, value: '1' };
      },
    });
    return { ran, isHeld: isHeld.promise };
  });
  await Promise.all(beside.map(({ isHeld }) => isHeld));
  next.push(...Array<string>(processes).fill(what));
  const ran = await sandbox.run(`return 'run-1'`, options);
  held.resolve();
  for (const one of beside) expect((await one.ran).ok).toBe(true);
  expect(next, 'all hostile processes were started').toEqual([]);
  return ran;
}

async function isDead(): Promise<void> {
  const pid = hostile.at(-1)?.pid ?? 0;
  await until(() => !isAlive(pid));
  expect(await sandbox.value('return (await files.read({ a: 1 })).a')).toBe(1);
}

test.each([
  ['calls for another run', 'it sent "call" for a script that it does not run'],
  ['prints for another run', 'it sent "output" for a script that it does not run'],
  ['ends another run', 'it sent "done" for a script that it does not run'],
  ['says that another run has stopped', 'it sent "stopped" for a script that it does not run'],
  ['calls before it has a script', 'it sent "call" for a script that it does not run'],
  ['calls with a number from the future', 'it sent call 2 after 0'],
  ['calls with a number again', 'it sent call 1 after 1'],
  ['calls with number 0', 'it sent call 0 after 0'],
  ['calls more at once than it may', 'it sent call 17 after 16, with 16 under way'],
  ['is ready while a script runs', 'it sent "ready" out of turn'],
  ['stops what nobody asked it to stop', 'it sent "stopped" out of turn'],
  ['ends with what is no JSON', 'it sent a result that is no JSON'],
  ['fails with what is no JSON', 'it sent something other than a message: x'],
  ['fails for a reason of its own', 'it sent a message with a bad "reason": "toString"'],
  ['leaves out what belongs to its end', 'it sent a message with a bad "cpuMs"'],
  ['returns more than it may', 'it sent a result over resultBytesMax'],
  ['prints more than it may', 'it sent more output than outputBytesMax'],
  ['prints nothing, without end', 'it sent empty output'],
  ['sends a header that is no JSON', 'it sent something other than a message: {'],
  ['sends a header of nothing', 'it sent something other than a message: '],
  ['sends a message of a type of its own', 'it sent a message of an unknown type'],
  ['announces a frame of 8 GB', 'a frame of 8589934598 bytes'],
  ['sends what are no frames', 'a frame of'],
  ['closes the pipe in the middle', 'SIGKILL'],
  ['dies in the middle', 'SIGSEGV'],
  ['floods stderr and dies', 'exit code 1'],
])('it %s', async (what, message) => {
  const { ok, failure, value } = await meet(what, {
    // Not answered: what comes is counted, and does nothing.
    onCall: () => new Promise(() => {}),
  });
  expect({ ok, value }).toEqual({ ok: false, value: undefined });
  expect(failure).toMatchObject({ reason: 'crashed', message: expect.stringContaining(message) });
  await isDead();
});

test.each([
  'returns twice',
  'calls after its end',
  'prints after its end',
  'is ready twice after its end',
  'never gets ready again',
])('it %s: the first result counts', async (what) => {
  const { ok, value, calls, output } = await meet(what);
  expect({ ok, value, calls, output }).toEqual({ ok: true, value: 'first', calls: [], output: '' });
  // The next script does not wait for its end.
  const since = performance.now();
  expect(await sandbox.value('return 1')).toBe(1);
  expect(performance.now() - since).toBeLessThan(2_000);
  await isDead();
});

test.each([
  'sends half a frame and ends',
  'ends without a word',
  'dies by a signal',
  'closes the pipe and lives on',
])('it %s, before anything came of its script: another process runs it, but no third one', async (what) => {
  expect((await meet(what)).value).toBe('run-1');
  await isDead();
  const { failure } = await meet(what, {}, 2);
  expect(failure).toMatchObject({ reason: 'crashed' });
  await isDead();
});

test.each(['says no more', 'sends half a frame'])('it %s: the run is ended from outside', async (what) => {
  const ender = new AbortController();
  const { failure } = await meet(what, { signal: ender.signal, onOutput: () => ender.abort() });
  expect(failure).toMatchObject({ reason: 'aborted' });
  await isDead();
});

test('it reads no answers: they do not gather on our side', async () => {
  const value = JSON.stringify('x'.repeat(8 * 1_024 * 1_024));
  const { failure, calls } = await meet('reads no answers', { onCall: async () => ({ ok: true, value }) });
  expect(failure).toMatchObject({ reason: 'resident', message: expect.stringContaining('unread') });
  expect(calls.length).toBeLessThan(100);
  await isDead();
});

test('it calls before it is asked to stop: what its script registered is not run there', async () => {
  const { failure, stop, calls } = await meet('calls before it is asked to stop');
  expect(failure).toMatchObject({ reason: 'error', message: 'mine' });
  expect(calls).toEqual([]);
  expect(await stop?.run(1)).toMatchObject({ reason: 'crashed' });
  await isDead();
});

test('arguments that are too large are an answer, and no call', async () => {
  const { value, calls } = await meet('says how large its arguments are');
  expect(JSON.parse(value as string)).toMatchObject({
    kind: 'arguments_invalid',
    message: expect.stringContaining('20000 bytes as JSON; at most 10000 (argumentBytesMax)'),
  });
  expect(calls).toEqual([]);
});
