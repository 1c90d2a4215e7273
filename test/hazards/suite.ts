/**
 * Runs the hazards of every topic in one isolation mode. Whatever a script does, this has to hold:
 *
 * - it becomes the result that its file names, within its limits, and the result tells nothing of our own paths;
 * - the orchestrator's event loop goes on, and a bystander's run with it;
 * - the next script works; and at the end of a topic memory is back, no process is left, the orchestrator has had no
 *   fault of its own, and it ends by itself.
 *
 * A topic has one orchestrator, in a program of its own (host.ts). It is loaded with several cases at once on purpose.
 * What is measured in wall-clock time leaves out what was spent waiting for a core: the suite runs beside all the others.
 *
 * To add a case, write the file; case-file.ts says how. One case alone: `npx vitest run test/hazards -t 'cpu > loop-without-end.js'`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { returnCodes, runResultSchema } from '../../src/execution/run-result.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type HazardCase, type IsolationMode, type Outcome, readTopics } from './case-file.ts';
import type { Report } from './host.ts';
import { HostProcess } from './host-process.ts';

/** In our own process, isolated-vm's clock runs on while an isolate waits for a core: the bystander's, too. */
const inProcessCpuFactor = 3;
const inProcessCpuMsMore = 200;
/** What an event loop may be held for: by computing; and in a lock, or while the kernel starts a process on a busy machine. */
const computedMsMax = 100;
const blockedMsMax = 1_000;
/** From its limit to the end of a run. */
const slackMs = 1_000;
/** A call of the bystander's, among those of a hazard that keeps the same server busy. */
const bystanderCallMsMax = 5_000;

export function hazardsIn(mode: IsolationMode, residentMegabytesGrownMax: number): void {
  for (const topic of readTopics()) {
    const own = topic.limits.cpuMsMax;
    const cpuMsMax = mode === 'process' ? own : own * inProcessCpuFactor + inProcessCpuMsMore;
    const cases = topic.cases.filter(({ processOnly }) => mode === 'process' || processOnly === undefined);
    describe(topic.name, () => {
      let host: HostProcess;
      beforeAll(async () => {
        const setup = { folder: temporaryFolder(afterAll), isolation: mode };
        host = await HostProcess.start({ ...setup, limits: { ...topic.limits, cpuMsMax } });
      });
      test.concurrent.for(cases.map((hazard) => [hazard.name, hazard] as const))('%s', async ([, hazard]) => {
        check(hazard, await host.face(hazard), { mode, cpuMsMax });
      });
      afterAll(async () => {
        const { residentMegabytesBefore, residentMegabytesAfter, problems, left } = await host.close();
        expect(problems).toEqual([]);
        expect(residentMegabytesAfter - residentMegabytesBefore).toBeLessThan(residentMegabytesGrownMax);
        expect(left, 'processes left behind').toEqual([]);
      });
    });
  }
}

function check(
  { expected, timeoutSeconds }: HazardCase,
  report: Report,
  { mode, cpuMsMax }: { readonly mode: IsolationMode; readonly cpuMsMax: number },
): void {
  const { result, bystander, next, loop } = report;
  const { status, stats } = result;
  const said = status === 'success' ? `${JSON.stringify(result.result)}` : (result.error?.message ?? '');
  const outcomes = expected[mode];
  const became = `it became "${status} ${said.slice(0, 300)}", not "${outcomes.map((one) => `${one.status} ${one.text}`.trim()).join('" or "')}"`;
  expect(
    outcomes.some((one) => one.status === status && isSaid(one, said, mode)),
    became,
  ).toBe(true);
  runResultSchema.parse(result);
  expect(result.returncode).toBe(returnCodes[status]);
  expect(JSON.stringify(result)).not.toContain(process.cwd());
  expect(stats.cpu_ms, 'processor time beyond the limit').toBeLessThan(cpuMsMax + slackMs);
  const wallMs = stats.wall_ms - loop.awaitedMs;
  expect(wallMs, 'time beyond the limit').toBeLessThan(timeoutSeconds * 1_000 + slackMs);
  expect(loop.computedMs, 'the event loop was held').toBeLessThan(computedMsMax);
  expect(loop.blockedMs, 'the event loop was blocked').toBeLessThan(blockedMsMax);
  expect(bystander, 'the bystander').toMatchObject({ status: 'success' });
  const slowestMs = Math.max(...bystander.calls.map(({ ms }) => ms));
  expect(slowestMs, "a bystander's call").toBeLessThan(bystanderCallMsMax + loop.awaitedMs);
  expect(bystander.calls.filter(({ ok }) => !ok)).toEqual([]);
  expect(next, 'the next script').toMatchObject({ status: 'success', result: 42 });
}

function isSaid({ status, text }: Outcome, said: string, mode: IsolationMode): boolean {
  // Scripts share the clock and the memory of one process there: which of its limits a script meets first is chance.
  if (status === 'limit' && mode === 'in-process') return true;
  if (status === 'success') return said === text;
  return text === '""' ? said === '' : said.includes(text);
}
