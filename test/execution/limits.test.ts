/**
 * Every limit that a script can meet, lowered in the configuration and met, one configuration for most of them; and
 * docs/limits.md says of every limit what happens then.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { RunStatus } from '../../src/execution/run-result.ts';
import { limitTable } from '../../src/limits.ts';
import type { Orchestrator } from '../../src/orchestrator.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openOrchestrator } from '../support/in-process.ts';
import { fixture, root } from '../support/orchestrator.ts';

const page = readFileSync(path.join(root, 'docs/limits.md'), 'utf8');
const servers = {
  slow: fixture('slow.mjs'),
  slower: fixture('slow.mjs'),
  plain: fixture('plain-tools.mjs'),
  ledger: fixture('ledger.mjs', path.join(temporaryFolder(afterAll), 'ledger')),
};
const limits = {
  ...{
    wallSecondsDefault: 1,
    wallSecondsMax: 60,
    cpuMsMax: 400,
    heapMebibytesMax: 24,
    residentMebibytesMax: 128,
  },
  ...{ callsMax: 20, callsInFlightMax: 2, argumentBytesMax: 4_096, toolResultBytesMax: 1_024, timersMax: 10 },
  ...{ codeBytesMax: 2_048, inputBytesMax: 1_024, outputBytesMax: 100, resultBytesMax: 1_024 },
  ...{ leftCallMsMax: 50, stopCallsMax: 2, runsMax: 2, runsQueuedMax: 1, sandboxRunsMax: 5 },
};

interface Case {
  /** Which one, and what it is lowered to. */
  readonly limit: keyof typeof limits;
  readonly code: string;
  readonly input?: unknown;
  readonly timeout?: number;
  readonly status: RunStatus;
  /** Of the error; else the whole result. */
  readonly message?: string;
  readonly result?: unknown;
}

const cases: readonly Case[] = [
  {
    ...{ limit: 'wallSecondsDefault', code: 'await slow.sleep_ms({ ms: 60_000 })' },
    ...{ status: 'timeout', message: 'The script did not end within 1 s.' },
  },
  {
    ...{ limit: 'wallSecondsMax', code: 'return 1', timeout: 61 },
    ...{
      status: 'limit',
      message: 'timeout is 61; it takes seconds, above 0 and at most 60 (wallSecondsMax).',
    },
  },
  {
    ...{ limit: 'cpuMsMax', code: 'for (;;);' },
    ...{ status: 'limit', message: 'more than 400 ms of processor time (cpuMsMax)' },
  },
  {
    ...{ limit: 'heapMebibytesMax', code: 'const all = []; for (;;) all.push(new Array(1_000).fill({}))' },
    ...{ status: 'limit', message: 'more than 24 MiB of heap (heapMebibytesMax)' },
  },
  {
    limit: 'residentMebibytesMax',
    code: 'const all = []; for (;;) all.push(new Intl.DateTimeFormat("de"))',
    ...{ status: 'limit', message: 'more than 128 MiB of memory (residentMebibytesMax)' },
  },
  {
    ...{ limit: 'callsMax', code: 'for (;;) await plain.echo({ text: "a" })' },
    ...{ status: 'limit', message: 'more than 20 tool calls, the most allowed (callsMax)' },
  },
  {
    // Four calls of 100 ms, two at a time.
    limit: 'callsInFlightMax',
    code: `const since = Date.now();
      await Promise.all([1, 2, 3, 4].map(() => slower.sleep_ms({ ms: 100 })));
      return [await slower.in_flight_max({}), Date.now() - since >= 195]`,
    ...{ status: 'success', result: [2, true] },
  },
  {
    ...{ limit: 'argumentBytesMax', code: 'await plain.echo({ text: "x".repeat(5_000) })' },
    ...{ status: 'error', message: 'argumentBytesMax' },
  },
  {
    ...{ limit: 'toolResultBytesMax', code: 'await plain.echo({ text: "x".repeat(2_000) })' },
    ...{ status: 'error', message: 'toolResultBytesMax' },
  },
  {
    ...{ limit: 'timersMax', code: 'for (let i = 0; i < 11; i++) setTimeout(() => {}, 1_000)' },
    ...{ status: 'error', message: 'timersMax' },
  },
  {
    ...{ limit: 'codeBytesMax', code: `return ${JSON.stringify('x'.repeat(3_000))}` },
    ...{ status: 'limit', message: 'The script has 3009 bytes; at most 2048 (codeBytesMax).' },
  },
  {
    ...{ limit: 'inputBytesMax', code: 'return 1', input: 'x'.repeat(2_000) },
    ...{ status: 'limit', message: 'The input has 2002 bytes; at most 1024 (inputBytesMax).' },
  },
  {
    ...{ limit: 'resultBytesMax', code: 'return "x".repeat(2_000)' },
    ...{ status: 'error', message: 'resultBytesMax' },
  },
  {
    limit: 'stopCallsMax',
    code: 'await onStop([1, 2, 3].map(() => ({ tool: "plain.echo", args: { text: "a" } })))',
    ...{ status: 'error', message: 'onStop: 3 calls are registered in lists; at most 2 (stopCallsMax).' },
  },
];

/** Limits that need more than one script to be met, here and elsewhere. */
const alsoMet: Readonly<Record<string, string>> = {
  outputBytesMax: 'test/execution/limits.test.ts',
  leftCallMsMax: 'test/execution/limits.test.ts',
  runsMax: 'test/execution/limits.test.ts',
  runsQueuedMax: 'test/execution/limits.test.ts',
  sandboxRunsMax: 'test/sandbox/pool.test.ts',
  sandboxIdleMs: 'test/sandbox/pool.test.ts',
  stopMsMax: 'test/server/on-stop.test.ts',
  stopCpuMsMax: 'test/server/on-stop.test.ts',
  compileMsMax: 'test/execution/bundle.test.ts',
  declareMsMax: 'test/policies/run.test.ts',
  checkMsMax: 'test/server/type-gate.test.ts',
  policyCheckMsMax: 'test/server/limits.test.ts',
  checkMebibytesMax: 'test/checking/script-checker.test.ts',
  checkIdleMs: 'test/checking/script-checker.test.ts',
};

let orchestrator: Orchestrator;
beforeAll(async () => {
  orchestrator = await openOrchestrator(servers, { limits }, afterAll);
});

describe('a script meets', () => {
  test.each(cases)('$limit', async ({ limit, code, input, timeout = 30, status, message, result }) => {
    const run = await orchestrator.runner.run({
      code,
      ...(input !== undefined && { input }),
      ...(limit !== 'wallSecondsDefault' && { timeout }),
    });
    expect({ status: run.status, result: run.result }).toEqual({ status, result });
    if (message !== undefined) expect(run.error?.message).toContain(message);
    expect(
      await orchestrator.runner.run({ code: 'return 42', timeout: 30 }),
      'the next script',
    ).toMatchObject({
      result: 42,
    });
  });

  it('outputBytesMax: the rest is cut and counted', async () => {
    const run = await orchestrator.runner.run({ code: 'console.log("x".repeat(500)); return 1' });
    expect(run).toMatchObject({
      ...{ status: 'success', output: 'x'.repeat(100) },
      truncated: { what: 'output', bytes: 401, limit: 100 },
    });
  });

  it('leftCallMsMax: what it left behind is cut short, with unknown outcome', async () => {
    const run = await orchestrator.runner.run({ code: 'slow.sleep_ms({ ms: 60_000 }); return 1' });
    expect(run).toMatchObject({
      status: 'success',
      calls: [{ ok: false, outcome: 'unknown', awaited: false }],
    });
  });

  it('runsMax and runsQueuedMax: one more waits, and the next is refused at once', async () => {
    const ender = new AbortController();
    const endless = {
      code: 'await new Promise(() => setInterval(() => {}, 1_000))',
      signal: ender.signal,
      timeout: 30,
    };
    const running = [1, 2].map(() => orchestrator.runner.run(endless));
    const queued = orchestrator.runner.run({ code: 'return "my turn"', timeout: 30 });
    await expect.poll(() => orchestrator.activity().sandboxes).toMatchObject({ running: 2, waiting: 1 });
    const refused = await orchestrator.runner.run({ code: 'return 1' });
    expect(refused).toMatchObject({
      status: 'limit',
      error: {
        kind: 'limit_exceeded',
        message: '2 scripts run and 1 wait for their turn; no more are taken (runsMax, runsQueuedMax).',
        retry_safe: 'yes',
      },
    });
    expect(refused.stats.wall_ms).toBeLessThan(1_000);
    ender.abort();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual(['aborted', 'aborted']);
    expect((await queued).result).toBe('my turn');
  });
});

describe('docs/limits.md', () => {
  const rows = (text: string) =>
    [...text.matchAll(/^\| `(\w+)`(?:, `(\w+)`)?/gm)].flatMap(([, ...names]) => names.filter(Boolean));

  it('says of every limit what happens when it is met, and of none that there is not', () => {
    expect(rows(page).sort(), 'add a row for each limit of src/limits.ts').toEqual(
      Object.keys(limitTable).sort(),
    );
  });

  it('names the limits of a script, each of which a test meets', () => {
    const [section = ''] = /## A script\n[\s\S]*?(?=\n## )/.exec(page) ?? [];
    const met = [...cases.map(({ limit }) => limit), ...Object.keys(alsoMet)];
    expect(rows(section).sort()).toEqual(met.sort());
    for (const [limit, file] of Object.entries(alsoMet)) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(readFileSync(path.join(root, file), 'utf8'), file).toContain(limit);
    }
  });
});
