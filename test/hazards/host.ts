/**
 * The orchestrator that the hazards run in: a program of its own, so that what they do to it can be measured, and
 * survived. Takes cases over IPC, answers each with its RunResult and with what it did to everything around it.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadConfig } from '../../src/config/load.ts';
import type { RunResult } from '../../src/execution/run-result.ts';
import { type Log, silentLog } from '../../src/log.ts';
import { Orchestrator } from '../../src/orchestrator.ts';
import type { IsolationMode } from './case-file.ts';
import { type Held, LoopWatch } from './loop-watch.ts';

export interface HostSetup {
  readonly folder: string;
  readonly isolation: IsolationMode;
  readonly limits: Readonly<Record<string, number>>;
}

export interface Case {
  readonly id: number;
  readonly code: string;
  readonly timeout: number;
  readonly input?: unknown;
  /** The hazard of which the orchestrator itself is to abort the run, so many milliseconds after its first output. */
  readonly abortAfterOutputMs?: number | undefined;
}

/** What one hazard did. */
export interface Report {
  readonly id: number;
  readonly result: RunResult;
  /** Another script that calls a tool all the while. */
  readonly bystander: RunResult;
  /** The script after it; its call ends the bystander. */
  readonly next: RunResult;
  /** Our event loop's while the hazard ran. */
  readonly loop: Held;
}

export interface Closing {
  readonly residentMegabytesBefore: number;
  readonly residentMegabytesAfter: number;
  /** What was logged as an error: a script that cannot be stopped, a fault of our own. */
  readonly problems: readonly string[];
}

const megabyte = 1e6;
const problems: string[] = [];
const log: Log = { ...silentLog, error: (_, message) => problems.push(message) };

/** Made by a flag that is gone again before a script's global could get it, too. */
const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
})();

process.once('message', (setup) => void serve(setup as HostSetup));
// Whoever asked is gone; an exit in order could hang where a hazard still runs.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

async function serve(setup: HostSetup): Promise<void> {
  const orchestrator = await open(setup);
  const watch = new LoopWatch();
  // All that a first run loads is loaded.
  await Promise.all([1, 2].map(() => run(orchestrator, 'await hazard.echo({}); return 1')));
  const residentMegabytesBefore = residentMegabytes();
  process.on('message', async (message) => {
    if (message === 'close') {
      const residentMegabytesAfter = residentMegabytes();
      await orchestrator.close();
      watch.close();
      process.removeAllListeners('disconnect');
      process.send?.({ residentMegabytesBefore, residentMegabytesAfter, problems } satisfies Closing);
      process.disconnect();
      return;
    }
    process.send?.(await face(orchestrator, watch, message as Case));
  });
  process.send?.('ready');
}

async function open({ folder, isolation, limits }: HostSetup): Promise<Orchestrator> {
  const program = path.join(import.meta.dirname, 'server.mjs');
  const file = path.join(folder, 'mcp_servers_config.json');
  const mcpServers = { hazard: { command: process.execPath, args: [program], concurrency: 32 } };
  const settings = { cache: false, generated: false, check: 'off', sandbox: { isolation }, limits };
  writeFileSync(file, JSON.stringify({ mcpServers, orchestrator: settings }));
  const config = await loadConfig({ file, environment: {}, directory: folder });
  const { PATH = '' } = process.env;
  const orchestrator = await Orchestrator.open({ config, log, serverEnvironment: { PATH } });
  orchestrator.warm();
  await orchestrator.catalog.refreshAll();
  return orchestrator;
}

/** The bystander is at work before the hazard starts, and ends when the script after the hazard says so. */
async function face(orchestrator: Orchestrator, watch: LoopWatch, hazard: Case): Promise<Report> {
  const { id, code, timeout, input } = hazard;
  const isAtWork = Promise.withResolvers<void>();
  const bystander = orchestrator.runner.run({
    code: `console.log('at work');
      let calls = 0;
      do { await new Promise((go) => setTimeout(go, Math.min(200, 50 * ++calls))); } while (!(await hazard.isOver(input)));
      return calls;`,
    input: { id },
    onOutput: () => isAtWork.resolve(),
  });
  await Promise.race([isAtWork.promise, bystander]);
  const measured = watch.begin();
  const result = await orchestrator.runner.run({
    code,
    timeout,
    input,
    ...abortion(hazard.abortAfterOutputMs),
  });
  const loop = measured();
  const next = await run(orchestrator, 'await hazard.over(input); return 41 + 1', { id });
  return { id, result, bystander: await bystander, next, loop };
}

function abortion(milliseconds: number | undefined): object {
  if (milliseconds === undefined) return {};
  const ender = new AbortController();
  return { signal: ender.signal, onOutput: () => setTimeout(() => ender.abort(), milliseconds) };
}

function run({ runner }: Orchestrator, code: string, input?: unknown): Promise<RunResult> {
  return runner.run({ code, input });
}

function residentMegabytes(): number {
  collectGarbage();
  return process.memoryUsage.rss() / megabyte;
}
