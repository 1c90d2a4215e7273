/** Runs the hazards of every topic in one isolation mode, each beside a bystander and before a script that has to work. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { descendantsOf, isAlive } from '../support/processes.ts';
import { type HazardCase, readTopics, type Topic } from './case-file.ts';
import type { Case, Closing, HostSetup, Report } from './host.ts';

const linux = process.platform === 'linux';
/** In our own process, isolated-vm's clock runs on while an isolate waits for a core. */
const inProcessCpuFactor = 3;
/** What an event loop may be held for: by computing; and in a lock, or while the kernel starts a process on a busy machine. */
const computedMsMax = 100;
const blockedMsMax = 500;
/** From its limit to the end of a run; on a busy machine the time that was spent waiting for a core comes on top. */
const slackMs = 1_000;
/** A call of the bystander's, among those of a hazard that keeps the same server busy. */
const bystanderCallMsMax = 5_000;

export function hazardsIn(isolation: HostSetup['isolation'], residentMegabytesGrownMax: number): void {
  for (const topic of readTopics()) {
    const cases = topic.cases.filter(
      ({ processOnly }) => isolation === 'process' || processOnly === undefined,
    );
    describe(topic.name, () => {
      const { cpuMsMax = 0 } = topic.limits;
      const limits = {
        ...topic.limits,
        cpuMsMax: isolation === 'process' ? cpuMsMax : cpuMsMax * inProcessCpuFactor,
      };
      const host = hostOf(limits, isolation);
      test.concurrent.for(cases.map((hazard) => [hazard.name, hazard] as const))('%s', async ([, hazard]) => {
        check(hazard, limits, await host.face(hazard));
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

function check({ expected }: HazardCase, { cpuMsMax }: { readonly cpuMsMax: number }, report: Faced): void {
  const { result, bystander, next, loop, timeoutSeconds } = report;
  const { status, error, stats } = result;
  const said = status === 'success' ? JSON.stringify(result.result) : (error?.message ?? '');
  const outcomes = expected.map((one) => `${one.status} ${one.text}`.trim());
  const isExpected = expected.some(
    (one) =>
      one.status === status &&
      (status === 'success' && one.text !== '' ? said === one.text : said.includes(one.text)),
  );
  expect(isExpected, `it became "${status} ${said.slice(0, 300)}", not ${outcomes.join(' or ')}`).toBe(true);
  expect(stats.cpu_ms, 'processor time beyond the limit').toBeLessThan(cpuMsMax + slackMs);
  expect(stats.wall_ms - loop.awaitedMs, 'time beyond the limit').toBeLessThan(
    timeoutSeconds * 1_000 + slackMs,
  );
  expect(loop.computedMs, 'the event loop was held').toBeLessThan(computedMsMax);
  expect(loop.blockedMs, 'the event loop was blocked').toBeLessThan(blockedMsMax);
  expect(bystander, 'the bystander').toMatchObject({ status: 'success' });
  expect(Math.max(...bystander.calls.map(({ ms }) => ms))).toBeLessThan(bystanderCallMsMax);
  expect(bystander.calls.filter(({ ok }) => !ok)).toEqual([]);
  expect(next, 'the next script').toMatchObject({ status: 'success', result: 42 });
}

type Faced = Report & { readonly timeoutSeconds: number };

interface Host {
  face(hazard: HazardCase): Promise<Faced>;
  close(): Promise<Closing & { readonly left: readonly number[] }>;
}

/** The host is started before the topic's tests. Where it dies, so do they. */
function hostOf(limits: Topic['limits'], isolation: HostSetup['isolation']): Host {
  const waiting = new Map<number, (report: Report) => void>();
  let host: ChildProcess;
  let lastId = 0;
  const dead = Promise.withResolvers<never>();
  dead.promise.catch(() => {});
  beforeAll(async () => {
    const folder = temporaryFolder(afterAll);
    host = fork(path.join(import.meta.dirname, 'host.ts'), { execArgv: ['--expose-gc', '--no-warnings'] });
    host.once('exit', (code, signal) => dead.reject(new Error(`the orchestrator ended: ${signal ?? code}`)));
    host.send({ folder, isolation, limits } satisfies HostSetup);
    await Promise.race([once(host, 'message'), dead.promise]);
    host.on('message', (message) => {
      const { id } = message as Report;
      waiting.get(id)?.(message as Report);
      waiting.delete(id);
    });
  });
  return {
    async face({ code, timeoutSeconds, abortAfterOutputMs }) {
      const id = ++lastId;
      const answered = new Promise<Report>((resolve) => waiting.set(id, resolve));
      host.send({ id, code, timeout: timeoutSeconds, input: { id }, abortAfterOutputMs } satisfies Case);
      return { ...(await Promise.race([answered, dead.promise])), timeoutSeconds };
    },
    async close() {
      const below = linux && host.pid !== undefined ? descendantsOf(host.pid) : [];
      const exit = once(host, 'exit');
      host.send('close');
      const [closing] = (await once(host, 'message')) as [Closing];
      await exit;
      return { ...closing, left: below.filter(isAlive) };
    },
  };
}
