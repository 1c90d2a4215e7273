/** `serve`: MCP to one client over stdin and stdout, or to many over HTTP, until the client goes or a signal comes. */
import { packageVersion, serverEnvironment } from '../config/environment.ts';
import type { Config, ServeMode, ServerConfig } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, interruptSignal, loadSettings, openOrchestrator } from './session.ts';

export interface ServeOptions extends CommonOptions {
  readonly transport?: 'stdio' | 'http';
  readonly mode?: ServeMode;
  readonly host?: string;
  readonly port?: number;
}

/** Long enough for the client's first requests to be answered before the rest of the program is loaded. */
const openDelayMs = 100;
/** Servers that nobody has asked for yet are started when a client that wants something at once has got it. */
const backgroundDelayMs = 1_500;

export async function serve(options: ServeOptions): Promise<void> {
  const { transport, mode, host, port } = options;
  const { config, log } = await loadSettings(options, { transport, mode, http: { host, port } });
  const signal = interruptSignal();
  // Opened behind the first answers: listing our own tools needs none of it.
  const opened = once(() => openOrchestrator(config, log));
  const served: Serving = { config, log, signal, opened };
  const code = config.transport === 'http' ? await overHttp(served) : await overStdio(served);
  try {
    if (opened.called()) await Promise.all([opened().then((one) => one.close()), endStartedAhead()]);
  } catch (error) {
    couldNotOpen(log)(error);
  } finally {
    // Open handles of the protocol's streams must not hold the process.
    process.exit(code);
  }
}

interface Serving {
  readonly config: Config;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly opened: Once;
}

async function overStdio(served: Serving): Promise<number> {
  const { config, log, signal, opened } = served;
  const { serveOverStdio } = await import('../server/stdio.ts');
  const gone = serveOverStdio({
    config,
    log,
    version: packageVersion(),
    orchestrator: opened,
    current: () => opened.value()?.config ?? config,
    whenOpened: opened.whenMade,
    startAhead: (choose) => startServersAhead(choose, served),
  });
  const failed = couldNotOpen(log);
  const timers = [
    setTimeout(() => void opened().then((orchestrator) => orchestrator.warm(), failed), openDelayMs),
    setTimeout(
      () => void opened().then((orchestrator) => orchestrator.startBackground(), failed),
      backgroundDelayMs,
    ),
  ];
  await Promise.race([gone, interrupted(signal)]);
  for (const timer of timers) clearTimeout(timer);
  return signal.aborted ? exitCodes.interrupted : exitCodes.success;
}

/** Long before the first run, a script that waits for the program has its servers started beside it. */
async function startServersAhead(
  choose: () => readonly ServerConfig[],
  { config: { limits }, opened }: Serving,
): Promise<void> {
  if (opened.value()) return;
  const { startAhead } = await import('../downstream/head-start.ts');
  // From then on connections start them.
  if (opened.value()) return;
  const options = { limits, defaultEnvironment: serverEnvironment() };
  for (const server of choose().slice(0, limits.connectionsAtOnceMax)) startAhead(server, options);
}

/** Told to end, it lets work under way end: nothing is interrupted, and that is a success. */
async function overHttp({ config, log, signal, opened }: Serving): Promise<number> {
  const { openHttp } = await import('../server/http/open.ts');
  const front = await openHttp({
    config,
    log,
    version: packageVersion(),
    orchestrator: opened,
    current: () => opened.value()?.config ?? config,
    whenOpened: opened.whenMade,
  });
  process.stderr.write(`Serving MCP at ${front.url}\n`);
  opened().then((orchestrator) => orchestrator.startBackground(), couldNotOpen(log));
  await interrupted(signal);
  await front.close();
  return exitCodes.success;
}

async function endStartedAhead(): Promise<void> {
  const { endAhead } = await import('../downstream/head-start.ts');
  await endAhead();
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function couldNotOpen(log: Log): (error: unknown) => void {
  return (error) => log.error({ error: messageOf(error) }, 'the orchestrator could not be opened');
}

interface Once {
  (): Promise<Orchestrator>;
  called(): boolean;
  /** Undefined before it is made. */
  value(): Orchestrator | undefined;
  /** Calls back with it, now or when it is made; never where it cannot be made. */
  whenMade(listener: (orchestrator: Orchestrator) => void): void;
}

/** Calls `make` at the first call only. */
function once(make: () => Promise<Orchestrator>): Once {
  let made: Promise<Orchestrator> | undefined;
  let value: Orchestrator | undefined;
  const listeners: ((orchestrator: Orchestrator) => void)[] = [];
  const get = () => {
    made ??= make().then((orchestrator) => {
      value = orchestrator;
      for (const listener of listeners.splice(0)) listener(orchestrator);
      return orchestrator;
    });
    return made;
  };
  return Object.assign(get, {
    called: () => made !== undefined,
    value: () => value,
    whenMade(listener: (orchestrator: Orchestrator) => void) {
      if (value) listener(value);
      else listeners.push(listener);
    },
  });
}
