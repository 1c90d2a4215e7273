/** What every command needs around its work: the configuration, the orchestrator, Ctrl-C, and a clean end. */

import type { ConfigOverrides } from '../config/candidate.ts';
import { processEnvironment, serverEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { killAllGroups } from '../downstream/process-group.ts';
import { createLog, type Log, type LogLevel } from '../log.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { exitCodes } from './exit-codes.ts';

export interface CommonOptions {
  readonly config?: string;
  readonly profile?: string;
  readonly logLevel?: LogLevel;
}

/** What a command's own options say beyond the common ones. */
export type OwnOverrides = Omit<ConfigOverrides, 'logLevel' | 'profile'>;

export interface Session {
  readonly config: Config;
  readonly log: Log;
  readonly orchestrator: Orchestrator;
  /**
   * Aborted by the first Ctrl-C or SIGTERM (the second one ends the process at once), and where stdout can no longer
   * be written.
   */
  readonly signal: AbortSignal;
}

/** Loads the configuration and says on stderr what is odd about it. */
export async function loadSettings(
  { config: file, profile, logLevel }: CommonOptions,
  own: OwnOverrides = {},
): Promise<{ config: Config; log: Log }> {
  const config = await loadConfig({
    ...(file !== undefined && { file }),
    environment: processEnvironment(),
    directory: process.cwd(),
    overrides: { ...own, profile, ...(logLevel !== undefined && { logLevel }) },
  });
  const log = createLog(config.logLevel);
  for (const warning of config.warnings) log.warn({}, warning);
  for (const { name, status, reason } of config.unusableServers) {
    if (status === 'invalid') log.warn({ server: name }, reason);
  }
  return { config, log };
}

/**
 * Opens, works, and closes whatever happened; sets the exit code to what `work` returns. Work that throws because it was
 * interrupted is no error, and output that nobody reads to its end, as behind `| head`, is none either.
 */
export async function withSession(
  options: CommonOptions,
  work: (session: Session) => Promise<number>,
): Promise<void> {
  const { config, log } = await loadSettings(options);
  const signal = AbortSignal.any([interruptSignal(), outputFailure()]);
  const orchestrator = await openOrchestrator(config, log);
  try {
    process.exitCode = await work({ config, log, orchestrator, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = exitCodes.interrupted;
  } finally {
    await orchestrator.close();
  }
  if (isOutputClosed(signal)) process.exitCode = exitCodes.success;
}

/**
 * What the work gives, or the signal's reason thrown as soon as it fires: for work that knows no signal. What is left of
 * it ends with the session.
 */
export async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** True where the session ends because the reader of our output has gone. */
export function isOutputClosed({ reason }: AbortSignal): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === 'EPIPE';
}

/** Loads most of the program: everything but the command line and our own MCP server. */
export async function openOrchestrator(config: Config, log: Log): Promise<Orchestrator> {
  const { Orchestrator } = await import('../orchestrator.ts');
  return Orchestrator.open({ config, log, serverEnvironment: serverEnvironment() });
}

/** From here on no end of the process leaves a server behind. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('exit', killAllGroups);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      controller.abort(name);
    });
  }
  return controller.signal;
}

/** Aborted, with the error, where stdout cannot be written. */
function outputFailure(): AbortSignal {
  const controller = new AbortController();
  process.stdout.on('error', (error) => controller.abort(error));
  return controller.signal;
}
