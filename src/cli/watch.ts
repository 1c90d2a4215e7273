/** `watch`: servers, runs and calls on a terminal, drawn anew every moment until q or Ctrl-C. */
import type { CatalogServer } from '../catalog/tool.ts';
import type { RunSummary } from '../execution/run-record.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { printable } from '../text.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, type Session, withSession } from './session.ts';
import { paint } from './terminal.ts';

export interface WatchOptions extends CommonOptions {
  /** Seconds. */
  readonly interval: number;
  readonly once?: boolean;
}

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
/** q, Q, and what Ctrl-C and Ctrl-D are while keys are read one by one. */
const endKeys: ReadonlySet<number> = new Set([0x71, 0x51, 0x03, 0x04]);
const usualRows = 24;
const usualColumns = 80;
/** At least so many runs are shown, however many servers there are. */
const runsShownMin = 5;

/** Ends by q, Ctrl-C, or after one frame where stdout is no terminal. */
export async function watch(options: WatchOptions): Promise<void> {
  await withSession(options, async (session) => {
    const { orchestrator, signal } = session;
    const { stdout } = process;
    if (options.once || !stdout.isTTY) {
      await orchestrator.catalog.firstAnswers(session.config.limits.listWaitMs, undefined, signal);
      stdout.write(`${(await frame(session, Number.POSITIVE_INFINITY)).join('\n')}\n`);
      return exitCodes.success;
    }
    // Whatever ends the process, the terminal is as it was.
    process.once('exit', () => stdout.write(leave));
    stdout.write(enter);
    void orchestrator.catalog.refreshAll(signal);
    await drawUntilEnd(session, options.interval);
    return exitCodes.success;
  });
}

async function drawUntilEnd(session: Session, seconds: number): Promise<void> {
  const { stdin, stdout } = process;
  const ended = Promise.withResolvers<void>();
  const onKey = ([key]: Uint8Array) => {
    if (endKeys.has(key ?? 0)) ended.resolve();
  };
  session.signal.addEventListener('abort', () => ended.resolve(), { once: true });
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onKey).resume();
  const draw = async () => {
    const rows = (stdout.rows || usualRows) - 1;
    const lines = await frame(session, rows);
    // Each line is cleared to its end, and what is below: nothing flickers.
    stdout.write(
      `\x1b[H${lines
        .slice(0, rows)
        .map((line) => `${line}\x1b[K`)
        .join('\n')}\x1b[J`,
    );
  };
  const onResize = () => void draw();
  stdout.on('resize', onResize);
  const timer = setInterval(() => void draw(), seconds * 1_000);
  try {
    await draw();
    await ended.promise;
  } finally {
    clearInterval(timer);
    stdout.off('resize', onResize);
    stdin.off('data', onKey).pause();
    if (stdin.isTTY) stdin.setRawMode(false);
  }
}

async function frame({ orchestrator, config }: Session, rows: number): Promise<string[]> {
  const { stdout } = process;
  const columns = stdout.isTTY ? (stdout.columns || usualColumns) - 1 : Number.POSITIVE_INFINITY;
  const servers = orchestrator.catalog.servers();
  const runs = await orchestrator.runs.list();
  const head = paint('bold', fitted(headline(orchestrator, servers, runs), columns), stdout);
  const serverLines = servers.map((server) => serverLine(server, columns));
  const room = Math.max(1, rows - 6 - Math.min(runs.length, runsShownMin));
  const shown = serverLines.slice(0, room);
  if (serverLines.length > shown.length)
    shown.push(paint('dim', `... and ${serverLines.length - shown.length} more`, stdout));
  const runLines = runs
    .slice(0, Math.max(runsShownMin, rows - shown.length - 6))
    .map((run) => runLine(run, columns));
  const none =
    config.storage.driver === 'memory'
      ? 'none; runs of other processes are seen with "storage": "file" or "redis"'
      : 'none yet';
  return [
    head,
    '',
    paint('dim', fitted(`${cell('SERVER', 24)}${cell('STATE', 12)}${cell('TOOLS', 7)}`, columns), stdout),
    ...shown,
    '',
    paint(
      'dim',
      fitted(`${cell('RUN', 42)}${cell('STATE', 12)}${cell('CALLS', 7)}${cell('STARTED', 10)}`, columns),
      stdout,
    ),
    ...(runLines.length > 0 ? runLines : [paint('dim', fitted(none, columns), stdout)]),
  ];
}

function headline(
  { config }: Orchestrator,
  servers: readonly CatalogServer[],
  runs: readonly RunSummary[],
): string {
  const ready = servers.filter(({ status }) => status === 'ready' || status === 'cached').length;
  const tools = servers.reduce((sum, server) => sum + server.tools.length, 0);
  const running = runs.filter(({ status }) => status === 'running').length;
  const file = config.file ?? 'no configuration file';
  return `${ready} of ${servers.length} servers, ${tools} tools, ${running} running · ${file} · q ends`;
}

const stateColours = { ready: 'green', cached: 'yellow', success: 'green', running: 'cyan' } as const;

function serverLine({ name, status, tools, problem }: CatalogServer, columns: number): string {
  const { stdout } = process;
  const about = problem === undefined ? '' : problem.replace(/\s+/g, ' ');
  const start = `${cell(name, 24)}`;
  const state = cell(status, 12);
  const rest = fitted(`${cell(String(tools.length), 7)}${about}`, Math.max(0, columns - 36));
  return `${printable(start, stdout)}${coloured(status, state)}${printable(rest, stdout)}`;
}

function runLine({ run_id, status, calls, started_at }: RunSummary, columns: number): string {
  const { stdout } = process;
  const time = new Date(started_at).toLocaleTimeString('en-GB');
  const rest = fitted(`${cell(String(calls), 7)}${time}`, Math.max(0, columns - 54));
  return `${printable(cell(run_id, 42), stdout)}${coloured(status, cell(status, 12))}${printable(rest, stdout)}`;
}

function coloured(status: string, text: string): string {
  const colour = stateColours[status as keyof typeof stateColours] ?? 'red';
  return paint(['pending', 'connecting', 'disabled'].includes(status) ? 'dim' : colour, text, process.stdout);
}

/** One column: cut to its width, and filled up to it. */
function cell(text: string, width: number): string {
  return `${fitted(text.replace(/\s+/g, ' '), width - 1).padEnd(width - 1)} `;
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
