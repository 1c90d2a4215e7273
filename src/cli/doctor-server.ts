/** One server looked at step by step, by itself: its command or address, its start, its answers, its tools. */
import { introspect } from '../catalog/introspect.ts';
import type { PinStatus, Pins } from '../catalog/pins.ts';
import { suspiciousTexts } from '../catalog/suspicious-text.ts';
import type { ToolDefinition } from '../catalog/tool.ts';
import type { ServerConfig, UnusableServer } from '../config/types.ts';
import { Connection } from '../downstream/connection.ts';
import { messageOf, OrchestratorError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { silentLog } from '../log.ts';
import { counted } from '../text.ts';
import { type Diagnosis, failed, type Look, ok, warning } from './diagnosis.ts';
import { isAuthFailure, lookAtAuth } from './doctor-auth.ts';
import { lookAtCommand } from './doctor-command.ts';

export interface ServerLookOptions {
  readonly limits: Limits;
  readonly defaultEnvironment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** What its tools were when they were first seen. */
  readonly pins: Pins;
}

/** Half of what is allowed is slow enough to be told. */
const slowShare = 0.5;
const setAsideShownMax = 5;

/** Starts the server and ends it again. Never rejects: what goes wrong is a finding. */
export async function diagnoseServer(config: ServerConfig, options: ServerLookOptions): Promise<Diagnosis> {
  const first =
    config.transport === 'stdio'
      ? lookAtCommand(config, options.defaultEnvironment)
      : [lookAtAddress(config.url)];
  const canStart = !first.some(({ verdict }) => verdict === 'failed');
  const looks = canStart ? [...first, ...(await lookAtAnswers(config, options))] : first;
  return { subject: config.name, kind: 'server', looks };
}

/** An entry that cannot be used says itself what to do. */
export function diagnoseUnusable({ name, status, reason }: UnusableServer): Diagnosis {
  const look =
    status === 'disabled'
      ? ok('configuration', 'it is disabled')
      : failed('configuration', reason, 'Mend the entry as it says; the other servers work without it.');
  return { subject: name, kind: 'server', looks: [look] };
}

function lookAtAddress(url: string): Look {
  const { protocol, hostname, host } = new URL(url);
  const isLocal = /^(?:localhost|127\.|\[::1\])/.test(hostname);
  return protocol === 'http:' && !isLocal
    ? warning(
        'address',
        `${host} is reached without encryption`,
        'Write https:// where the server offers it: headers go there in plain text.',
      )
    : ok('address', host);
}

async function lookAtAnswers(
  config: ServerConfig,
  { limits, defaultEnvironment, signal, pins }: ServerLookOptions,
): Promise<Look[]> {
  const connection = new Connection(config, { limits, log: silentLog, defaultEnvironment });
  const startedAt = performance.now();
  try {
    await connection.connect({ signal });
    const ms = Math.round(performance.now() - startedAt);
    const { tools, quarantined, protocolVersion } = await introspect(connection, limits, { signal });
    const isSlow = ms > config.connectMsMax * slowShare;
    return [
      isSlow
        ? warning(
            'start',
            `it took ${ms} ms to answer; at most ${config.connectMsMax} ms are allowed`,
            'Raise "connect_timeout", or have what it needs installed beforehand.',
          )
        : ok('start', `answered in ${ms} ms, protocol ${protocolVersion ?? 'unknown'}`),
      ...(await lookAtAuth(config, limits)),
      ...lookAtOutput(connection),
      tools.length === 0
        ? warning(
            'tools',
            'it has no tools',
            'Look into its documentation: some need a setting or credentials to show them.',
          )
        : ok('tools', `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`),
      ...quarantined
        .slice(0, setAsideShownMax)
        .map(({ name, reason }) =>
          warning('tools', `${name} was set aside: ${reason}`, 'Tell its author; the other tools work.'),
        ),
      ...lookAtDefinitions(config.name, tools, pins),
    ];
  } catch (error) {
    const hint = error instanceof OrchestratorError ? error.hint : undefined;
    // It is there: all that it wants is to know us.
    const step = isAuthFailure(error) ? 'auth' : 'start';
    return [failed(step, messageOf(error), hint ?? 'Start it by hand to see more.')];
  } finally {
    await connection.close();
  }
}

/** Whether they are what they were, and what in them is not meant for people. */
function lookAtDefinitions(server: string, tools: readonly ToolDefinition[], pins: Pins): Look[] {
  const texts = tools.flatMap((tool) => suspiciousTexts(tool).map((text) => `${tool.name}: ${text}`));
  return [
    ...lookAtPins(server, tools, pins),
    ...texts
      .slice(0, setAsideShownMax)
      .map((text) =>
        warning('definitions', text, 'Look at it, and remove the server if it is not meant well.'),
      ),
  ];
}

function lookAtPins(server: string, tools: readonly ToolDefinition[], pins: Pins): Look[] {
  if (pins.problem !== undefined)
    return [
      failed('definitions', pins.problem, 'Mend the file, or delete it: what is seen next is pinned anew.'),
    ];
  const all = pins.status(server, tools);
  const of = (wanted: PinStatus['status']) => all.filter(({ status }) => status === wanted);
  if (of('new').length === all.length) return [ok('definitions', 'nothing is pinned yet')];
  // A tool that is withheld does not work.
  const told = pins.mode === 'enforce' ? failed : warning;
  const changed = of('changed')
    .slice(0, setAsideShownMax)
    .map(({ tool, differences = [] }) =>
      told(
        'definitions',
        `${tool} is no longer defined as it was pinned: ${differences.join('; ')}`,
        `If that is right: pins approve ${server}.${tool}`,
      ),
    );
  // Else what is new is pinned as it is seen.
  const odd = pins.mode === 'enforce' ? (['new', 'missing'] as const) : (['missing'] as const);
  const others = odd.flatMap((status) => {
    const names = of(status).map(({ tool }) => tool);
    if (names.length === 0) return [];
    const shown = names.slice(0, setAsideShownMax).join(', ');
    const what = status === 'new' ? 'not there when the others were pinned' : 'pinned, and gone';
    const message = `${counted(names.length, 'tool')} ${what}: ${shown}`;
    return [told('definitions', message, `If that is right: pins approve ${server}`)];
  });
  if (changed.length + others.length > 0) return [...changed, ...others];
  const further = of('new').length > 0 ? `, ${of('new').length} new` : '';
  return [ok('definitions', `unchanged: ${counted(of('pinned').length, 'tool')} as pinned${further}`)];
}

function lookAtOutput(connection: Connection): Look[] {
  const stray = connection.strayOutput();
  if (!stray) return [];
  const lines = stray.count === 1 ? 'a line' : `${stray.count} lines`;
  return [
    warning(
      'stdout',
      `it prints ${lines} that ${stray.count === 1 ? 'is no message' : 'are no messages'}, the first: ${stray.first}`,
      'stdout belongs to the protocol: have it print to stderr (a banner can often be switched off).',
    ),
  ];
}
