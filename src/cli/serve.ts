/** `serve`: MCP over stdin and stdout, until the client goes or a signal comes. */

import { packageVersion } from '../config/environment.ts';
import { messageOf } from '../errors.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { serveOverStdio } from '../server/stdio.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, interruptSignal, loadSettings, openOrchestrator } from './session.ts';

/** Long enough for the client's first requests to be answered before the rest of the program is loaded. */
const openDelayMs = 100;
/** Servers that nobody has asked for yet are started when a client that wants something at once has got it. */
const backgroundDelayMs = 1_500;

export async function serve(options: CommonOptions): Promise<void> {
  const { config, log } = await loadSettings(options);
  const signal = interruptSignal();
  // Opened behind the first answers: listing our own tools needs none of it.
  const opened = once(() => openOrchestrator(config, log));
  const gone = serveOverStdio({ config, log, version: packageVersion(), orchestrator: opened });
  const failed = (error: unknown) =>
    log.error({ error: messageOf(error) }, 'the orchestrator could not be opened');
  const timers = [
    setTimeout(() => void opened().then((orchestrator) => orchestrator.warm(), failed), openDelayMs),
    setTimeout(
      () => void opened().then((orchestrator) => orchestrator.startBackground(), failed),
      backgroundDelayMs,
    ),
  ];
  const interrupted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  await Promise.race([gone, interrupted]);
  for (const timer of timers) clearTimeout(timer);
  try {
    if (opened.called()) await (await opened()).close();
  } catch (error) {
    failed(error);
  } finally {
    // Open handles of the protocol's streams must not hold the process.
    process.exit(signal.aborted ? exitCodes.interrupted : exitCodes.success);
  }
}

/** Calls `make` at the first call only. */
function once(make: () => Promise<Orchestrator>): (() => Promise<Orchestrator>) & { called(): boolean } {
  let made: Promise<Orchestrator> | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  return Object.assign(get, { called: () => made !== undefined });
}
