/** The pool: processes kept, replaced, queued for, watched, aborted and ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { descendantsOf, hasWatchdog, isAlive } from '../support/processes.ts';
import { Sandbox, sandboxProcesses, until } from './harness.ts';

const linux = process.platform === 'linux';
const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
  if (linux) expect(sandboxProcesses()).toEqual([]);
});

function start(...options: ConstructorParameters<typeof Sandbox>): Sandbox {
  const sandbox = new Sandbox(...options);
  open.push(sandbox);
  return sandbox;
}

describe('processes', () => {
  test.runIf(linux)('are used again after a clean end, with nothing left of the script before', async () => {
    const sandbox = start();
    await sandbox.run('globalThis.left = 1; Object.prototype.left = 1');
    const before = sandboxProcesses();
    for (const code of [
      'return typeof left',
      'null.x',
      'return () => () => 1',
      'await new Promise(() => {})',
    ])
      await sandbox.run(code);
    expect(await sandbox.value('return typeof left')).toBe('undefined');
    // On a busy machine another may have been started meanwhile.
    expect(sandboxProcesses()).toEqual(expect.arrayContaining(before));
  });

  test.runIf(linux)('are replaced after a limit was met', async () => {
    const sandbox = start({ cpuMsMax: 50 });
    await sandbox.run('return 1');
    const [before] = sandboxProcesses();
    expect((await sandbox.run('for (;;);')).failure?.reason).toBe('cpu');
    expect(await sandbox.value('return 2')).toBe(2);
    expect(sandboxProcesses()).not.toContain(before);
  });

  test.runIf(linux)('are replaced after so many runs', async () => {
    const sandbox = start({ sandboxRunsMax: 3 });
    const seen = new Set<number>();
    for (let run = 0; run < 7; run++) {
      await sandbox.run('return 1', { onOutput() {} });
      for (const pid of sandboxProcesses()) seen.add(pid);
    }
    expect(seen.size).toBeGreaterThanOrEqual(3);
  });

  test.runIf(linux)('are kept warm, and grow and shrink with the work', async () => {
    const sandbox = start({ sandboxIdleMs: 1_000 });
    sandbox.pool.warm();
    const warm = Math.min(availableParallelism(), 4);
    await until(() => sandboxProcesses().length === warm);
    const waiting = Array.from({ length: warm + 2 }, () =>
      sandbox.value('await new Promise((go) => setTimeout(go, 600)); return 1'),
    );
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => 1));
    expect(sandboxProcesses().length).toBeGreaterThan(warm);
    await until(() => sandboxProcesses().length === warm);
  });

  test.runIf(linux)('hold no environment', async () => {
    const sandbox = start();
    await sandbox.run('return 1');
    expect(readFileSync(`/proc/${sandboxProcesses()[0]}/environ`, 'utf8')).toBe('');
  });

  test.runIf(linux)(
    'may use of the processor what their scripts may, and then the kernel ends them',
    async () => {
      const sandbox = start({ cpuMsMax: 60_000, stopMsMax: 3_000 });
      await sandbox.run('return 1');
      const limits = readFileSync(`/proc/${sandboxProcesses()[0]}/limits`, 'utf8');
      expect(/Max cpu time +(\d+) +(\d+)/.exec(limits)?.slice(1)).toEqual(['133', '133']);
    },
  );

  test.runIf(linux)('that die while idle cost no script its run', async () => {
    const sandbox = start();
    sandbox.pool.warm();
    const warm = Math.min(availableParallelism(), 4);
    await until(() => sandbox.pool.stats().processes === warm && sandboxProcesses().length === warm);
    await sandbox.run('return 1');
    for (const signal of ['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const) {
      const before = sandboxProcesses();
      for (const pid of before) process.kill(pid, signal);
      // At once, before anybody has been told that they are gone.
      expect(await sandbox.value('return 1')).toBe(1);
      await until(() => sandboxProcesses().length >= warm);
      expect(sandboxProcesses().filter((pid) => before.includes(pid))).toEqual([]);
    }
  });

  test.runIf(linux)('that are killed from outside end their script, and only that', async () => {
    const sandbox = start();
    const running = sandbox.run(`console.log('up'); await new Promise((go) => setTimeout(go, 60_000))`, {
      onOutput: () => process.kill(sandboxProcesses()[0] as number, 'SIGSEGV'),
    });
    expect((await running).failure).toMatchObject({
      reason: 'crashed',
      message: expect.stringContaining('SIGSEGV'),
    });
    expect(await sandbox.value('return 1')).toBe(1);
  });
});

describe('runs', () => {
  test('a process that is to be replaced, and says in one breath that it is done and ready, takes no script along', async () => {
    const sandbox = start({ sandboxRunsMax: 1 });
    // What comes while we are at work is read at once.
    const busy = setInterval(() => {
      const until = performance.now() + 40;
      while (performance.now() < until);
    }, 50);
    const all = await Promise.all(Array.from({ length: 30 }, (_, index) => sandbox.run(`return ${index}`)));
    clearInterval(busy);
    expect(all.filter(({ ok }) => !ok).map(({ failure }) => failure?.message)).toEqual([]);
  });

  test('20 at once, each with its own calls and output', async () => {
    const sandbox = start();
    const code =
      'const all = []; for (let i = 0; i < 5; i++) all.push((await files.read({ of: input.n, i })).of); console.log(input.n); return all';
    const runs = await Promise.all(Array.from({ length: 20 }, (_, n) => sandbox.run(code, { input: { n } })));
    for (const [n, ran] of runs.entries()) {
      expect(ran.value).toEqual([n, n, n, n, n]);
      expect(ran.output).toBe(`${n}\n`);
    }
  });

  test('a slow script does not hold up the next', async () => {
    const sandbox = start();
    const stop = new AbortController();
    const slow = Array.from({ length: 4 }, () =>
      sandbox.run('await new Promise((go) => setTimeout(go, 60_000))', { signal: stop.signal }),
    );
    expect(await sandbox.value('return 1')).toBe(1);
    stop.abort();
    expect((await Promise.all(slow)).map(({ failure }) => failure?.reason)).toEqual([
      'aborted',
      'aborted',
      'aborted',
      'aborted',
    ]);
  });

  test('beyond the limit wait, and beyond the queue are refused', async () => {
    const sandbox = start({ runsMax: 1, runsQueuedMax: 1 });
    const first = sandbox.value('await new Promise((go) => setTimeout(go, 100)); return 1');
    const second = sandbox.value('return 2');
    await expect(sandbox.run('return 3')).rejects.toMatchObject({ code: 'limit_exceeded' });
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(await sandbox.value('return 4')).toBe(4);
  });

  test('tell what they used', async () => {
    const sandbox = start();
    const ran = await sandbox.run('const end = Date.now() + 100; while (Date.now() < end); return 1');
    expect(ran.cpuMs).toBeGreaterThan(5);
    expect(ran.memoryBytesPeak).toBeGreaterThan(10 * 1_024 * 1_024);
  });

  test('see the table that was set last', async () => {
    const sandbox = start();
    expect(await sandbox.value('return typeof later__tool')).toBe('undefined');
    sandbox.pool.setApi(JSON.stringify({ servers: { later: ['tool'] } }));
    expect(await sandbox.value('return [typeof later__tool, typeof later.tool, typeof files]')).toEqual([
      'function',
      'function',
      'undefined',
    ]);
  });
});

describe('aborting', () => {
  test.each([
    ['a script that waits', 'await new Promise((go) => setTimeout(go, 60_000))'],
    ['a script that computes', 'for (;;);'],
    ['a script in a builtin that cannot be interrupted', '[].indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
  ])('%s', async (_name, code) => {
    const sandbox = start();
    const stop = new AbortController();
    const running = sandbox.run(`console.log('up'); await files.read(); ${code}`, {
      signal: stop.signal,
      onOutput: () => setTimeout(() => stop.abort(), 50),
    });
    const aborted = once(stop.signal, 'abort').then(() => performance.now());
    expect((await running).failure).toMatchObject({ reason: 'aborted' });
    expect(performance.now() - (await aborted)).toBeLessThan(2_000);
    expect(await sandbox.value('return 1')).toBe(1);
  });

  test('before the start, and in the queue', async () => {
    const sandbox = start({ runsMax: 1 });
    expect((await sandbox.run('return 1', { signal: AbortSignal.abort() })).failure?.reason).toBe('aborted');
    const stop = new AbortController();
    const first = sandbox.value('await new Promise((go) => setTimeout(go, 100)); return 1');
    const queued = sandbox.run('return 2', { signal: stop.signal });
    stop.abort();
    expect((await queued).failure?.reason).toBe('aborted');
    expect(await first).toBe(1);
  });
});

describe('ending', () => {
  test('close ends what runs and refuses what comes', async () => {
    const sandbox = start({ runsMax: 1 });
    const running = sandbox.run(`console.log('up'); for (;;);`, { onOutput: () => void sandbox.close() });
    const queued = sandbox.run('return 1');
    await expect(queued).rejects.toMatchObject({ code: 'sandbox_failed' });
    expect((await running).failure).toMatchObject({
      reason: 'aborted',
      message: expect.stringContaining('closing'),
    });
    await expect(sandbox.run('return 1')).rejects.toMatchObject({ code: 'sandbox_failed' });
  });

  const parent = fileURLToPath(new URL('../fixtures/sandbox-parent.ts', import.meta.url));

  test.runIf(linux).each(['wait', 'stuck'])('a parent that is killed leaves no process: %s', async (what) => {
    const child = spawn(process.execPath, [parent, what], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await until(() => hasWatchdog(child.pid ?? 0));
    const left = descendantsOf(child.pid ?? 0);
    expect(left.length).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await until(() => !left.some(isAlive), 30_000);
  });

  test('a parent with nothing left to do ends, though it never closed its pool', async () => {
    const child = spawn(process.execPath, [parent, 'end'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    const [code] = await once(child, 'exit');
    expect([code, printed]).toEqual([0, '7\n']);
  });
});
